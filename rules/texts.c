/* An open hash over the pool itself. */
#include "rules/texts.h"

#include <stdlib.h>

enum { SEED = 1 };

static uint32_t find_slot(const struct texts *t, struct span s)
{
    uint32_t i = (uint32_t)table_hash(SEED, s.p, s.n) & (t->n_slots - 1);
    while (t->slots[i] != 0 && !span_eq(texts_at(t, t->slots[i] - 1), s))
        i = (i + 1) & (t->n_slots - 1);
    return i;
}

static bool grow_slots(struct texts *t)
{
    struct texts wider = *t;
    wider.n_slots = t->n_slots == 0 ? 1024 : t->n_slots * 2;
    wider.slots = calloc(wider.n_slots, sizeof *wider.slots);
    if (wider.slots == NULL)
        return false;
    for (uint32_t i = 0; i < t->n_slots; i++)
        if (t->slots[i] != 0)
            wider.slots[find_slot(&wider, texts_at(t, t->slots[i] - 1))] = t->slots[i];
    free(t->slots);
    t->slots = wider.slots;
    t->n_slots = wider.n_slots;
    return true;
}

static bool grow_pool(struct texts *t, size_t need)
{
    size_t room = t->room == 0 ? 4096 : t->room;
    while (room < need)
        room *= 2;
    if (need > TABLE_SIZE_MAX / 2)
        return false;
    uint8_t *pool = realloc(t->pool, room);
    if (pool == NULL)
        return false;
    t->pool = pool;
    t->room = (uint32_t)room;
    return true;
}

uint32_t texts_put(struct texts *t, struct span s)
{
    if (s.n > TABLE_TEXT_MAX || (t->n_texts >= t->n_slots / 2 && !grow_slots(t)))
        return TABLE_NONE;
    uint32_t i = find_slot(t, s);
    if (t->slots[i] != 0)
        return t->slots[i] - 1;
    size_t need = (size_t)t->n + 2 + s.n;
    if (need > t->room && !grow_pool(t, need))
        return TABLE_NONE;
    uint32_t at = t->n;
    uint16_t n = (uint16_t)s.n;
    memcpy(t->pool + at, &n, 2);
    memcpy(t->pool + at + 2, s.p, s.n);
    t->n = (uint32_t)need;
    t->slots[i] = at + 1;
    t->n_texts++;
    return at;
}

void texts_free(struct texts *t)
{
    free(t->pool);
    free(t->slots);
    *t = (struct texts){ 0 };
}
