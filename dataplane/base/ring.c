/* The positions only grow; a position modulo the size is the place. Each record has an 8-byte head
 * with its length; the mark SKIP says that the rest of the round is unused. */
#include "base/ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, HEAD = 8, ROOM_MIN = 1 << 17 };
#define SKIP UINT32_MAX

struct shared {
    _Alignas(LINE) _Atomic uint64_t head;   /* written by the producer */
    _Atomic uint64_t dropped;
    _Alignas(LINE) _Atomic uint64_t tail;   /* written by the consumer */
    _Atomic uint64_t torn;
    _Alignas(LINE) uint8_t data[];
};

/* Private to each process, so that the other one can't change it. */
struct ring {
    struct shared *at;
    uint64_t room;
    _Alignas(LINE) uint64_t tail_seen;      /* the producer's last look at the tail, to share less */
    _Alignas(LINE) uint64_t tail;           /* the consumer's own; the shared one only tells of it */
};

struct ring *ring_open(size_t room)
{
    if (room < ROOM_MIN || (room & (room - 1)) != 0)
        return NULL;
    struct ring *r = aligned_alloc(LINE, sizeof *r);
    void *p = mmap(NULL, sizeof(struct shared) + room, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (r == NULL || p == MAP_FAILED) {
        if (p != MAP_FAILED)
            munmap(p, sizeof(struct shared) + room);
        free(r);
        return NULL;
    }
    *r = (struct ring){ .at = p, .room = room };
    return r;
}

void ring_close(struct ring *r)
{
    if (r == NULL)
        return;
    munmap(r->at, sizeof(struct shared) + r->room);
    free(r);
}

void *ring_memory(struct ring *r, size_t *n)
{
    *n = r->room;
    return r->at->data;
}

static void mark(uint8_t *at, uint32_t length)
{
    memcpy(at, &length, sizeof length);
}

static size_t framed(size_t n)
{
    return HEAD + ((n + 7) & ~(size_t)7);
}

static bool has_room(struct ring *r, uint64_t head, size_t n)
{
    if (r->room - (head - r->tail_seen) >= n)
        return true;
    r->tail_seen = atomic_load_explicit(&r->at->tail, memory_order_acquire);
    return r->room - (head - r->tail_seen) >= n;
}

uint8_t *ring_claim(struct ring *r, size_t n)
{
    uint64_t head = atomic_load_explicit(&r->at->head, memory_order_relaxed);
    size_t at = head & (r->room - 1), to_end = r->room - at;
    size_t skip = to_end < framed(n) ? to_end : 0;
    if (!has_room(r, head, skip + framed(n))) {
        ring_lost(r);
        return NULL;
    }
    if (skip > 0) {
        mark(r->at->data + at, SKIP);
        atomic_store_explicit(&r->at->head, head + skip, memory_order_release);
        at = 0;
    }
    return r->at->data + at + HEAD;
}

void ring_commit(struct ring *r, size_t used)
{
    uint64_t head = atomic_load_explicit(&r->at->head, memory_order_relaxed);
    mark(r->at->data + (head & (r->room - 1)), (uint32_t)used);
    atomic_store_explicit(&r->at->head, head + framed(used), memory_order_release);
}

void ring_lost(struct ring *r)
{
    atomic_fetch_add_explicit(&r->at->dropped, 1, memory_order_relaxed);
}

static void tail_to(struct ring *r, uint64_t tail)
{
    r->tail = tail;
    atomic_store_explicit(&r->at->tail, tail, memory_order_release);
}

/* Gives everything back that was visible: after nonsense there is no next record to be found. */
static size_t torn(struct ring *r, uint64_t head)
{
    atomic_fetch_add_explicit(&r->at->torn, 1, memory_order_relaxed);
    tail_to(r, head & ~(uint64_t)7);
    return RING_EMPTY;
}

size_t ring_take(struct ring *r, void *out, size_t max)
{
    uint64_t tail = r->tail, head = atomic_load_explicit(&r->at->head, memory_order_acquire);
    size_t room = r->room;
    if (head - tail > room)
        return torn(r, head);
    while (tail != head) {
        size_t at = tail & (room - 1), to_end = room - at;
        uint32_t n;
        memcpy(&n, r->at->data + at, sizeof n);
        if (n == SKIP) {
            if (to_end > head - tail)
                return torn(r, head);
            tail += to_end;
            continue;
        }
        if (n == 0 || framed(n) > to_end || framed(n) > head - tail)
            return torn(r, head);
        bool fits = n <= max;
        if (fits)
            memcpy(out, r->at->data + at + HEAD, n);
        else
            atomic_fetch_add_explicit(&r->at->torn, 1, memory_order_relaxed);
        tail += framed(n);
        tail_to(r, tail);
        if (fits)
            return n;
    }
    if (tail != r->tail)
        tail_to(r, tail);
    return RING_EMPTY;
}

uint64_t ring_dropped(const struct ring *r)
{
    return atomic_load_explicit(&r->at->dropped, memory_order_relaxed);
}

uint64_t ring_torn(const struct ring *r)
{
    return atomic_load_explicit(&r->at->torn, memory_order_relaxed);
}

bool ring_is_empty(const struct ring *r)
{
    return atomic_load_explicit(&r->at->tail, memory_order_relaxed)
           == atomic_load_explicit(&r->at->head, memory_order_acquire);
}
