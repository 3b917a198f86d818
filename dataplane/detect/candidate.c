#include "detect/candidate.h"

#include <stdlib.h>

enum { FEW = 24 };

int candidates_open(struct candidates *c, uint32_t n_rules)
{
    *c = (struct candidates){ .n_rules = n_rules };
    c->bits = calloc(n_rules / 64 + 1, sizeof *c->bits);
    c->list = calloc(n_rules + 1, sizeof *c->list);
    return c->bits != NULL && c->list != NULL ? 0 : -1;
}

void candidates_close(struct candidates *c)
{
    free(c->bits);
    free(c->list);
    *c = (struct candidates){ 0 };
}

static void sort_few(uint32_t *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t x = v[i], k = i;
        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* Many: the bit map has them in order already. */
static void list_bits(struct candidates *c)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w <= c->n_rules / 64 && n < c->n; w++)
        for (uint64_t b = c->bits[w]; b != 0; b &= b - 1)
            c->list[n++] = w * 64 + (uint32_t)__builtin_ctzll(b);
}

uint32_t candidates_take(struct candidates *c)
{
    uint32_t n = c->n;
    if (n <= FEW)
        sort_few(c->list, n);
    else
        list_bits(c);
    for (uint32_t i = 0; i < n; i++)
        c->bits[c->list[i] / 64] = 0;
    c->n = 0;
    return n;
}
