#ifndef BASE_SLAB_H
#define BASE_SLAB_H
/* A table of objects of one size, reserved at start-up; a page costs memory once it is touched.
 * Slots are named by number, so a reference takes four bytes. Not thread-safe. */
#include <stddef.h>
#include <stdint.h>

enum { SLAB_NONE = 0 };     /* no slot has this number */

struct slab {
    uint8_t *base;
    size_t size;            /* bytes of an object, a multiple of 8 */
    uint32_t n, used, fresh, free;  /* slots in all, in use, first never used, head of the given-back */
};

/* Room for n objects of `size` bytes. -1 when the system has no room. */
int slab_open(struct slab *s, size_t size, uint32_t n);
void slab_close(struct slab *s);

/* A zeroed object, its number in *slot; NULL when the table is full. */
void *slab_take(struct slab *s, uint32_t *slot);
void slab_give(struct slab *s, uint32_t slot);

static inline void *slab_at(const struct slab *s, uint32_t slot)
{
    return slot == SLAB_NONE ? NULL : s->base + (size_t)slot * s->size;
}

#endif
