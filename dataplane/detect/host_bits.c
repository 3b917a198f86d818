#include "detect/host_bits.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 16, WAYS = 4 };

/* A word: half of the mark above, the last second in which the bit is set below; 0 is free. */
#define TAG(word) ((uint32_t)((word) >> 32))
#define LAST(word) ((uint32_t)(word))

int host_bits_open(struct host_bits *h)
{
    *h = (struct host_bits){ .key = hash_key_draw(), .slots = calloc(SLOTS, sizeof *h->slots) };
    return h->slots != NULL ? 0 : -1;
}

void host_bits_close(struct host_bits *h)
{
    free(h->slots);
    h->slots = NULL;
}

static uint64_t mark_of(const struct host_bits *h, struct host_bit bit)
{
    struct { uint64_t name, pair; struct addr a, b; } who = { .name = bit.name, .pair = bit.b != NULL };
    who.a = *bit.a;
    if (bit.b != NULL && addr_before(bit.b, bit.a)) {
        who.a = *bit.b;
        who.b = *bit.a;
    } else if (bit.b != NULL) {
        who.b = *bit.b;
    }
    return hash_bytes(h->key, &who, sizeof who);
}

static _Atomic uint64_t *bucket(const struct host_bits *h, uint64_t mark)
{
    return &h->slots[(mark & (SLOTS - 1)) & ~(uint64_t)(WAYS - 1)];
}

static uint64_t load(const _Atomic uint64_t *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

/* The entry of this mark, NULL when there is none. */
static _Atomic uint64_t *find(const struct host_bits *h, uint64_t mark)
{
    _Atomic uint64_t *b = bucket(h, mark);
    for (unsigned i = 0; i < WAYS; i++)
        if (TAG(load(&b[i])) == TAG(mark) && load(&b[i]) != 0)
            return &b[i];
    return NULL;
}

bool host_bits_are_set(const struct host_bits *h, struct host_bit bit, uint32_t now_s)
{
    const _Atomic uint64_t *slot = find(h, mark_of(h, bit));
    return slot != NULL && LAST(load(slot)) >= now_s;
}

void host_bits_set(struct host_bits *h, struct host_bit bit, uint32_t now_s, uint32_t seconds)
{
    uint64_t mark = mark_of(h, bit);
    uint32_t last = seconds < UINT32_MAX - now_s ? now_s + seconds : UINT32_MAX;
    _Atomic uint64_t *slot = find(h, mark), *b = bucket(h, mark);
    for (unsigned i = 0; i < WAYS && slot == NULL; i++)
        if (LAST(load(&b[i])) < now_s)
            slot = &b[i];
    if (slot == NULL) {
        slot = b;
        for (unsigned i = 1; i < WAYS; i++)
            if (LAST(load(&b[i])) < LAST(load(slot)))
                slot = &b[i];
    }
    atomic_store_explicit(slot, (uint64_t)TAG(mark) << 32 | last, memory_order_relaxed);
}

void host_bits_clear(struct host_bits *h, struct host_bit bit)
{
    _Atomic uint64_t *slot = find(h, mark_of(h, bit));
    if (slot != NULL)
        atomic_store_explicit(slot, 0, memory_order_relaxed);
}
