/* Robin Hood hashing: who is further from home takes the slot, so that no way is much longer
 * than the others. */
#include "rules/table_slots.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SEEDS = 16 };

static const uint8_t *key_text(const struct table_head *h, uint32_t k, size_t *len)
{
    const uint8_t *b = (const uint8_t *)h;
    uint32_t at;
    uint16_t n;
    memcpy(&at, b + h->keys.at + (size_t)k * 4, 4);
    memcpy(&n, b + h->pool.at + (at & ~TABLE_EXACT), 2);
    *len = n;
    return b + h->pool.at + (at & ~TABLE_EXACT) + 2;
}

/* As the look-up hashes it: a domain label by label from the right. */
static uint64_t key_hash(const struct table_head *h, uint32_t k)
{
    size_t end;
    const uint8_t *p = key_text(h, k, &end);
    uint64_t hash = h->seed;
    if (h->kind != TABLE_DOMAIN)
        return table_hash(hash, p, end);
    for (;;) {
        const uint8_t *dot = memrchr(p, '.', end);
        size_t start = dot != NULL ? (size_t)(dot - p) + 1 : 0;
        hash = table_hash(hash, p + start, end - start);
        if (start == 0)
            return hash;
        end = start - 1;
    }
}

static bool insert(struct table_head *h, uint32_t *slots, const uint64_t *hashes, uint32_t k)
{
    uint32_t mask = (1u << h->index_bits) - 1;
    uint32_t slot = table_home(hashes[k], h->slots.n);
    for (uint32_t way = 1; way <= TABLE_PROBES_MAX; way++) {
        if (way > h->probes)
            h->probes = way;
        uint32_t mine = (k + 1) | table_mark(hashes[k], h->index_bits);
        if (slots[slot] == 0) {
            slots[slot] = mine;
            return true;
        }
        uint32_t other = (slots[slot] & mask) - 1;
        uint32_t home = table_home(hashes[other], h->slots.n);
        uint32_t others_way = (slot >= home ? slot - home : slot + h->slots.n - home) + 1;
        if (others_way < way) {
            slots[slot] = mine;
            k = other;
            way = others_way;
        }
        if (++slot == h->slots.n)
            slot = 0;
    }
    return false;
}

static bool fill(struct table_head *h, uint32_t *slots, uint64_t *hashes)
{
    memset(slots, 0, (size_t)h->slots.n * 4);
    h->probes = 0;
    for (uint32_t k = 0; k < h->n_keys; k++)
        hashes[k] = key_hash(h, k);
    for (uint32_t k = 0; k < h->n_keys; k++)
        if (!insert(h, slots, hashes, k))
            return false;
    return true;
}

int table_slots_fill(struct table_head *h)
{
    uint32_t *slots = (uint32_t *)(void *)((uint8_t *)h + h->slots.at);
    uint64_t *hashes = malloc((h->n_keys + 1) * sizeof *hashes);
    bool full = hashes == NULL;
    for (uint64_t seed = 1; !full && seed <= SEEDS; seed++) {
        h->seed = seed * TABLE_SEED;     /* the same list makes the same block */
        if (fill(h, slots, hashes))
            break;
        full = seed == SEEDS;
    }
    free(hashes);
    return full ? -1 : 0;
}
