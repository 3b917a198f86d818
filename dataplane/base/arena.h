#ifndef BASE_ARENA_H
#define BASE_ARENA_H
/* Texts that live as long as one session: pieces are cut from pool buffers that never move, and all
 * go back together. A zeroed arena is empty. */
#include "base/cursor.h"
#include "base/pool.h"

struct arena { struct arena_block *top; };

/* n bytes, not zeroed, 16-byte aligned; NULL when the pool refuses (n is at most POOL_MAX - 16). */
void *arena_take(struct arena *a, struct pool *p, size_t n);

/* Gives back the unused end of the piece that was taken last: it keeps `used` bytes. */
void arena_trim(struct arena *a, void *piece, size_t used);

/* A copy of s; the empty span when the pool refuses. */
struct span arena_copy(struct arena *a, struct pool *p, struct span s);

void arena_free(struct arena *a, struct pool *p);

#endif
