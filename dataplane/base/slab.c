/* Objects of one size: fresh slots in order, given-back ones first, so memory grows with use. */
#include "base/slab.h"

#include <string.h>
#include <sys/mman.h>

int slab_open(struct slab *s, size_t size, uint32_t n)
{
    *s = (struct slab){ .size = (size + 7) & ~(size_t)7, .n = n, .fresh = 1 };
    void *p = mmap(NULL, s->size * ((size_t)n + 1), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return -1;
    s->base = p;
    return 0;
}

void slab_close(struct slab *s)
{
    if (s->base != NULL)
        munmap(s->base, s->size * ((size_t)s->n + 1));
    *s = (struct slab){ 0 };
}

void *slab_take(struct slab *s, uint32_t *slot)
{
    uint32_t i = s->free;
    if (i != SLAB_NONE)
        memcpy(&s->free, s->base + (size_t)i * s->size, sizeof s->free);
    else if (s->fresh <= s->n)
        i = s->fresh++;
    else
        return NULL;
    s->used++;
    *slot = i;
    return memset(s->base + (size_t)i * s->size, 0, s->size);
}

void slab_give(struct slab *s, uint32_t slot)
{
    if (slot == SLAB_NONE)
        return;
    memcpy(s->base + (size_t)slot * s->size, &s->free, sizeof s->free);
    s->free = slot;
    s->used--;
}
