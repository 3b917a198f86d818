#ifndef RULES_KEEP_H
#define RULES_KEEP_H
/* Memory that is given back all at once: what a parsed rule file consists of. */
#include "base/cursor.h"

struct keep { struct keep_chunk *chunks; size_t used, room; };

void *keep_take(struct keep *a, size_t n);                    /* zeroed, never NULL */
char *keep_text(struct keep *a, const void *p, size_t n);     /* a copy with a terminating zero */
/* Room for one more element of `size` bytes in an array of n; grows by doubling. */
void *keep_grow(struct keep *a, void *array, size_t n, size_t size);
void keep_free(struct keep *a);

#endif
