#ifndef DETECT_CANDIDATE_H
#define DETECT_CANDIDATE_H
/* The rules that are worth a full evaluation: each once, taken out in their order. */
#include <stdbool.h>
#include <stdint.h>

struct candidates { uint64_t *bits; uint32_t *list; uint32_t n, n_rules, at; };

int candidates_open(struct candidates *c, uint32_t n_rules);    /* -1: no memory */
void candidates_close(struct candidates *c);

static inline void candidates_add(struct candidates *c, uint32_t rule)
{
    uint64_t bit = 1ULL << (rule & 63);
    if ((c->bits[rule / 64] & bit) == 0) {
        c->bits[rule / 64] |= bit;
        c->list[c->n++] = rule;
    }
}

/* Puts what was added into order and empties the set; the list is good until the next add. */
uint32_t candidates_take(struct candidates *c);

#endif
