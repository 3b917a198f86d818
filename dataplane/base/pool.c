/* Power-of-two buffers. The region is cut into chunks of 256 KiB; a chunk serves one size while any
 * of its buffers is in use and goes back to the common stock when none is, so no size can starve
 * the others for ever. */
#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK = 256 * 1024, CLASSES = 11, NONE = -1 };   /* 64 << 10 is 64 KiB */

struct chunk {
    int32_t prev, next;         /* in the list of chunks of its size with a free buffer */
    uint32_t used, fresh;       /* buffers in use; first never used */
    int32_t free;               /* head of the given-back buffers of this chunk */
    int8_t class;
    bool listed;
};

struct pool {
    uint8_t *base;
    struct chunk *chunks;
    int32_t n, fresh, empty;    /* chunks in all, first never used, head of the stock */
    int32_t open[CLASSES];
    size_t in_use;
    uint64_t refused;
};

struct pool *pool_open(size_t budget)
{
    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->n = (int32_t)((budget + CHUNK - 1) / CHUNK);
    p->empty = NONE;
    for (int i = 0; i < CLASSES; i++)
        p->open[i] = NONE;
    p->chunks = calloc((size_t)p->n + 1, sizeof *p->chunks);
    void *base = mmap(NULL, (size_t)(p->n + 1) * CHUNK, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->chunks == NULL || base == MAP_FAILED) {
        free(p->chunks);
        free(p);
        return NULL;
    }
    p->base = base;
    return p;
}

void pool_close(struct pool *p)
{
    if (p == NULL)
        return;
    munmap(p->base, (size_t)(p->n + 1) * CHUNK);
    free(p->chunks);
    free(p);
}

static void list(struct pool *p, int32_t i)
{
    struct chunk *c = &p->chunks[i];
    c->prev = NONE;
    c->next = p->open[c->class];
    if (c->next != NONE)
        p->chunks[c->next].prev = i;
    p->open[c->class] = i;
    c->listed = true;
}

static void unlist(struct pool *p, int32_t i)
{
    struct chunk *c = &p->chunks[i];
    if (c->prev != NONE)
        p->chunks[c->prev].next = c->next;
    else
        p->open[c->class] = c->next;
    if (c->next != NONE)
        p->chunks[c->next].prev = c->prev;
    c->listed = false;
}

/* An empty chunk that a size has kept for itself, now that the stock is spent. */
static int32_t idle_chunk(struct pool *p)
{
    for (int class = 0; class < CLASSES; class++) {
        int32_t i = p->open[class];
        if (i != NONE && p->chunks[i].used == 0) {
            unlist(p, i);
            return i;
        }
    }
    return NONE;
}

static int32_t new_chunk(struct pool *p, int class)
{
    int32_t i = p->empty;
    if (i != NONE)
        p->empty = p->chunks[i].next;
    else if (p->fresh < p->n)
        i = p->fresh++;
    else
        i = idle_chunk(p);
    if (i == NONE)
        return NONE;
    p->chunks[i] = (struct chunk){ .class = (int8_t)class, .free = NONE };
    list(p, i);
    return i;
}

static inline int class_of(size_t n)
{
    return n <= POOL_MIN ? 0 : 58 - __builtin_clzll(n - 1);
}

void *pool_take(struct pool *p, size_t n)
{
    if (n > POOL_MAX) {
        p->refused++;
        return NULL;
    }
    int class = class_of(n);
    size_t size = (size_t)POOL_MIN << class;
    int32_t i = p->open[class];
    if (i == NONE && (i = new_chunk(p, class)) == NONE) {
        p->refused++;
        return NULL;
    }
    struct chunk *c = &p->chunks[i];
    uint8_t *start = p->base + (size_t)i * CHUNK, *b;
    if (c->free != NONE) {
        b = start + (size_t)c->free * size;
        memcpy(&c->free, b, sizeof c->free);
    } else {
        b = start + size * c->fresh++;
    }
    c->used++;
    p->in_use += size;
    if (c->free == NONE && (size_t)c->fresh * size >= CHUNK)
        unlist(p, i);
    return b;
}

void pool_give(struct pool *p, void *buffer)
{
    if (buffer == NULL)
        return;
    size_t at = (size_t)((uint8_t *)buffer - p->base);
    int32_t i = (int32_t)(at / CHUNK);
    struct chunk *c = &p->chunks[i];
    size_t size = (size_t)POOL_MIN << c->class;
    memcpy(buffer, &c->free, sizeof c->free);
    c->free = (int32_t)(at % CHUNK / size);
    c->used--;
    p->in_use -= size;
    if (!c->listed)
        list(p, i);
    /* the last empty chunk of a size stays with it, so that a lone buffer does not move a chunk to and fro */
    if (c->used == 0 && (c->prev != NONE || c->next != NONE)) {
        unlist(p, i);
        c->next = p->empty;
        p->empty = i;
    }
}

size_t pool_room(const struct pool *p, const void *buffer)
{
    size_t at = (size_t)((const uint8_t *)buffer - p->base);
    return (size_t)POOL_MIN << p->chunks[at / CHUNK].class;
}

void *pool_grow(struct pool *p, void *buffer, size_t used, size_t n)
{
    if (buffer != NULL && n <= pool_room(p, buffer))
        return buffer;
    void *bigger = pool_take(p, n);
    if (bigger == NULL || buffer == NULL)
        return bigger;
    memcpy(bigger, buffer, used);
    pool_give(p, buffer);
    return bigger;
}

size_t pool_room_total(const struct pool *p) { return (size_t)p->n * CHUNK; }
size_t pool_in_use(const struct pool *p) { return p->in_use; }
uint64_t pool_refused(const struct pool *p) { return p->refused; }
