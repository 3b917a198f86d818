#ifndef DETECT_SIEVE_H
#define DETECT_SIEVE_H
/* Rules have many lists, and nearly all traffic is on none of them. The sieve holds a bit for each
 * listed domain and each whole address, over all lists at once: a value that falls through needs no
 * look-up in any of them. What stays is looked up, so a wrong bit costs time and nothing else. */
#include "detect/listed.h"

struct sieve {
    uint64_t *bits;
    uint64_t mask;                  /* number of bits - 1 */
    uint8_t *covers;                /* by table: its kind when its keys are all in here, else 0 */
};

/* -1 when memory is short. 16 to 32 bits a key. */
int sieve_open(struct sieve *s, const struct table *tables, uint32_t n);
void sieve_close(struct sieve *s);

/* Asks for a kind of lists, and keeps the answer in `a`: it is the same for all of them. */
enum asked_may sieve_ask(const struct sieve *s, enum table_kind kind, struct asked *a);

/* False when table number `table` can't hold what is asked for. */
static inline bool sieve_may_hold(const struct sieve *s, uint32_t table, struct asked *a)
{
    enum table_kind kind = (enum table_kind)s->covers[table];
    if (kind == 0)
        return true;
    enum asked_may may = kind == TABLE_ADDRESS ? a->addr_may : a->name_may;
    return (may != ASKED_NOT ? may : sieve_ask(s, kind, a)) == ASKED_YES;
}

#endif
