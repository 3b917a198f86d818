#include "detect/seen.h"

#include <stdlib.h>

enum { SLOTS = 1 << 15, WAYS = 4, OWN = 3 };

int seen_open(struct seen *s)
{
    *s = (struct seen){ .key = hash_key_draw(), .n = SLOTS, .slots = calloc(SLOTS, sizeof(uint64_t)) };
    return s->slots != NULL ? 0 : -1;
}

void seen_close(struct seen *s)
{
    free(s->slots);
    s->slots = NULL;
}

static uint64_t mark_of(const struct seen *s, uint64_t flow_id, uint32_t hash)
{
    uint64_t words[2] = { flow_id, hash };
    uint64_t m = hash_bytes(s->key, words, sizeof words);
    return m != 0 ? m : 1;
}

static bool spilled(const struct seen *s, uint64_t mark)
{
    const uint64_t *b = &s->slots[(mark & (SLOTS - 1)) & ~(uint64_t)(WAYS - 1)];
    return b[0] == mark || b[1] == mark || b[2] == mark || b[3] == mark;
}

static void spill(struct seen *s, uint64_t mark)
{
    uint64_t *b = &s->slots[(mark & (SLOTS - 1)) & ~(uint64_t)(WAYS - 1)];
    for (unsigned i = 0; i < WAYS; i++)
        if (b[i] == 0) {
            b[i] = mark;
            return;
        }
    b[s->turn++ % WAYS] = mark;
}

bool seen_first(struct seen *s, struct detect_flow *df, uint64_t flow_id, uint32_t hash)
{
    hash += hash == 0;              /* 0 marks a free place */
    for (unsigned i = 0; i < OWN; i++)
        if (df->seen[i] == hash)
            return false;
    if (df->flags & DETECT_SPILLED && spilled(s, mark_of(s, flow_id, hash)))
        return false;
    uint32_t *place = &df->seen[df->next];
    if (*place != 0) {
        spill(s, mark_of(s, flow_id, *place));
        df->flags |= DETECT_SPILLED;
    }
    *place = hash;
    df->next = (uint8_t)((df->next + 1) % OWN);
    return true;
}
