/* The positions only grow; a position modulo the size is the place. Each record has an 8-byte head
 * with its length; the mark SKIP says that the rest of the round is unused. */
#include "base/ring.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, HEAD = 8, ROOM_MIN = 1 << 17 };
#define SKIP UINT32_MAX

struct ring {
    _Alignas(LINE) _Atomic uint64_t head;   /* the producer's line */
    uint64_t tail_seen;                     /* its last look at the tail, to share less */
    _Atomic uint64_t dropped;
    _Alignas(LINE) _Atomic uint64_t tail;   /* the consumer's line */
    _Atomic uint64_t torn;
    _Alignas(LINE) uint64_t room;           /* never changes */
    _Alignas(LINE) uint8_t data[];
};

size_t ring_bytes(size_t room)
{
    return sizeof(struct ring) + room;
}

struct ring *ring_lay(void *memory, size_t room)
{
    struct ring *r = memory;
    r->room = room;
    return r;
}

struct ring *ring_open(size_t room)
{
    if (room < ROOM_MIN || (room & (room - 1)) != 0)
        return NULL;
    void *p = mmap(NULL, ring_bytes(room), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : ring_lay(p, room);
}

void ring_close(struct ring *r)
{
    if (r != NULL)
        munmap(r, ring_bytes(r->room));
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
    r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
    return r->room - (head - r->tail_seen) >= n;
}

uint8_t *ring_claim(struct ring *r, size_t n)
{
    uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    size_t at = head & (r->room - 1), to_end = r->room - at;
    size_t skip = to_end < framed(n) ? to_end : 0;
    if (!has_room(r, head, skip + framed(n))) {
        ring_lost(r);
        return NULL;
    }
    if (skip > 0) {
        mark(r->data + at, SKIP);
        atomic_store_explicit(&r->head, head + skip, memory_order_release);
        at = 0;
    }
    return r->data + at + HEAD;
}

void ring_commit(struct ring *r, size_t used)
{
    uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    mark(r->data + (head & (r->room - 1)), (uint32_t)used);
    atomic_store_explicit(&r->head, head + framed(used), memory_order_release);
}

void ring_lost(struct ring *r)
{
    atomic_fetch_add_explicit(&r->dropped, 1, memory_order_relaxed);
}

/* Gives everything back that was visible: after nonsense there is no next record to be found. */
static size_t torn(struct ring *r, uint64_t head)
{
    atomic_fetch_add_explicit(&r->torn, 1, memory_order_relaxed);
    atomic_store_explicit(&r->tail, head, memory_order_release);
    return RING_EMPTY;
}

size_t ring_take(struct ring *r, void *out, size_t max)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
    size_t room = r->room;
    while (tail != head) {
        size_t at = tail & (room - 1), to_end = room - at;
        uint32_t n;
        memcpy(&n, r->data + at, sizeof n);
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
            memcpy(out, r->data + at + HEAD, n);
        else
            atomic_fetch_add_explicit(&r->torn, 1, memory_order_relaxed);
        tail += framed(n);
        atomic_store_explicit(&r->tail, tail, memory_order_release);
        if (fits)
            return n;
    }
    atomic_store_explicit(&r->tail, tail, memory_order_release);
    return RING_EMPTY;
}

uint64_t ring_dropped(const struct ring *r)
{
    return atomic_load_explicit(&r->dropped, memory_order_relaxed);
}

uint64_t ring_torn(const struct ring *r)
{
    return atomic_load_explicit(&r->torn, memory_order_relaxed);
}

bool ring_is_empty(const struct ring *r)
{
    return atomic_load_explicit(&r->tail, memory_order_relaxed)
           == atomic_load_explicit(&r->head, memory_order_acquire);
}
