#include "detect/sieve.h"

#include <stdlib.h>

enum { BITS_PER_KEY = 16 };

/* Tables of another seed hash otherwise; prefixes shorter than the address need another look. */
static bool can_cover(const struct table *t)
{
    if (t->head->seed != TABLE_SEED)
        return false;
    return table_kind(t) == TABLE_DOMAIN ||
           (table_kind(t) == TABLE_ADDRESS && (t->head->prefixes[0] | t->head->prefixes[1]) == 0);
}

static uint64_t bit_of(const struct sieve *s, uint64_t hash)
{
    return (hash ^ hash >> 32) & s->mask;
}

static bool has(const struct sieve *s, uint64_t hash)
{
    uint64_t bit = bit_of(s, hash);
    return s->bits[bit / 64] >> bit % 64 & 1;
}

static void put_keys(struct sieve *s, const struct table *t)
{
    for (uint32_t k = 0; k < t->head->n_keys; k++) {
        uint64_t bit = bit_of(s, table_key_hash(t, k));
        s->bits[bit / 64] |= 1ULL << bit % 64;
    }
}

int sieve_open(struct sieve *s, const struct table *tables, uint32_t n)
{
    uint64_t keys = 0, bits = 4096;
    *s = (struct sieve){ .covers = calloc(n + 1, 1) };
    if (s->covers == NULL)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        s->covers[i] = can_cover(&tables[i]) ? (uint8_t)table_kind(&tables[i]) : 0;
        keys += s->covers[i] != 0 ? tables[i].head->n_keys : 0;
    }
    while (bits < keys * BITS_PER_KEY)
        bits *= 2;
    s->mask = bits - 1;
    s->bits = calloc(bits / 64, sizeof *s->bits);
    if (s->bits == NULL) {
        sieve_close(s);
        return -1;
    }
    for (uint32_t i = 0; i < n; i++)
        if (s->covers[i] != 0)
            put_keys(s, &tables[i]);
    return 0;
}

void sieve_close(struct sieve *s)
{
    free(s->bits);
    free(s->covers);
    *s = (struct sieve){ 0 };
}

static bool any_ending(const struct sieve *s, const struct table_name *n)
{
    for (uint32_t i = 0; i < n->n; i++)
        if (has(s, n->hash[i]))
            return true;
    return false;
}

enum asked_may sieve_ask(const struct sieve *s, enum table_kind kind, struct asked *a)
{
    if (kind == TABLE_ADDRESS)
        return a->addr_may = has(s, asked_addr(a)->hash) ? ASKED_YES : ASKED_NO;
    return a->name_may = any_ending(s, asked_name(a)) ? ASKED_YES : ASKED_NO;
}
