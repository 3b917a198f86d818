#include "base/arena.h"

#include <assert.h>

struct arena_block {
    struct arena_block *below;
    uint32_t used, room;        /* bytes, this head included */
};

static_assert(sizeof(struct arena_block) == 16, "pieces stay aligned behind the head");

void *arena_take(struct arena *a, struct pool *p, size_t n)
{
    if (n > POOL_MAX - sizeof *a->top)
        return NULL;
    size_t want = (n + 15) & ~(size_t)15;
    struct arena_block *b = a->top;
    if (b == NULL || b->room - b->used < want) {
        struct arena_block *fresh = pool_take(p, want + sizeof *fresh);
        if (fresh == NULL)
            return NULL;
        *fresh = (struct arena_block){ b, sizeof *fresh, (uint32_t)pool_room(p, fresh) };
        a->top = b = fresh;
    }
    void *piece = (uint8_t *)b + b->used;
    b->used += (uint32_t)want;
    return piece;
}

void arena_trim(struct arena *a, void *piece, size_t used)
{
    a->top->used = (uint32_t)((uint8_t *)piece - (uint8_t *)a->top + (used + 15)) & ~15u;
}

struct span arena_copy(struct arena *a, struct pool *p, struct span s)
{
    uint8_t *copy = s.n > 0 ? arena_take(a, p, s.n) : NULL;
    if (copy == NULL)
        return SPAN_NONE;
    memcpy(copy, s.p, s.n);
    return (struct span){ copy, s.n };
}

void arena_free(struct arena *a, struct pool *p)
{
    while (a->top != NULL) {
        struct arena_block *below = a->top->below;
        pool_give(p, a->top);
        a->top = below;
    }
}
