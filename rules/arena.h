#ifndef RULES_ARENA_H
#define RULES_ARENA_H
/* Memory that is given back all at once: what a parsed rule file consists of. */
#include "base/cursor.h"

struct arena { struct arena_chunk *chunks; size_t used, room; };

void *arena_take(struct arena *a, size_t n);                    /* zeroed, never NULL */
char *arena_text(struct arena *a, const void *p, size_t n);     /* a copy with a terminating zero */
/* Room for one more element of `size` bytes in an array of n; grows by doubling. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
void arena_free(struct arena *a);

#endif
