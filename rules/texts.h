#ifndef RULES_TEXTS_H
#define RULES_TEXTS_H
/* The pool of a table under construction: each text is kept once, under its offset. */
#include "api/table.h"
#include "base/cursor.h"

struct texts {
    uint8_t *pool;
    uint32_t n, room;               /* bytes */
    uint32_t *slots;                /* offset + 1, 0 when free; a power of two of them */
    uint32_t n_slots, n_texts;
};

/* The offset of the text, TABLE_NONE when it is longer than TABLE_TEXT_MAX, the pool is full
 * (TABLE_SIZE_MAX) or memory is short. */
uint32_t texts_put(struct texts *t, struct span s);
void texts_free(struct texts *t);

static inline struct span texts_at(const struct texts *t, uint32_t at)
{
    uint16_t n;
    memcpy(&n, t->pool + at, 2);
    return (struct span){ t->pool + at + 2, n };
}

#endif
