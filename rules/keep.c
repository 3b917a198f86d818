/* Chunks of growing size in a list. Running out of memory while rules are loaded ends the loader:
 * nothing sensible can be done with half a rule set. */
#include "rules/keep.h"

#include <stdlib.h>

enum { CHUNK = 64 * 1024 };

struct keep_chunk { struct keep_chunk *next; _Alignas(16) uint8_t bytes[]; };

void *keep_take(struct keep *a, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    if (a->chunks == NULL || n > a->room - a->used) {
        size_t room = n > CHUNK ? n : CHUNK;
        struct keep_chunk *c = calloc(1, sizeof *c + room);
        if (c == NULL)
            abort();
        c->next = a->chunks;
        a->chunks = c;
        a->used = 0;
        a->room = room;
    }
    void *p = a->chunks->bytes + a->used;
    a->used += n;
    return p;
}

char *keep_text(struct keep *a, const void *p, size_t n)
{
    char *t = keep_take(a, n + 1);
    memcpy(t, p, n);
    return t;
}

void *keep_grow(struct keep *a, void *array, size_t n, size_t size)
{
    if (n > 0 && (n & (n - 1)) != 0)
        return array;           /* room for the next power of two is there */
    void *more = keep_take(a, (n > 0 ? 2 * n : 1) * size);
    if (n > 0)
        memcpy(more, array, n * size);
    return more;
}

void keep_free(struct keep *a)
{
    while (a->chunks != NULL) {
        struct keep_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
    *a = (struct keep){ 0 };
}
