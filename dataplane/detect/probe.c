/* What finds candidates: endings, lists, addresses, and patterns by Hyperscan. */
#include "detect/detect_parts.h"
#include "detect/listed.h"

static void add_all(struct detect *d, struct rs_range rules)
{
    const uint32_t *v = d->rs->refs + rules.at;
    for (uint32_t i = 0; i < rules.n; i++)
        candidates_add(&d->candidates, v[i]);
}

struct scan { struct detect *d; const struct rs_probe *probe; };

static void on_pattern(void *ctx, uint32_t pattern)
{
    const struct scan *s = ctx;
    add_all(s->d, s->d->rs->patterns[s->probe->patterns.at + pattern].rules);
}

static inline void ending_found(struct detect *d, const struct rs_tail *tails, uint32_t n_slots,
                                uint32_t hash, size_t n)
{
    for (const struct rs_tail *t = &tails[tail_slot(hash, n_slots)]; t->n != 0;) {
        if (t->hash == hash && t->n == n)
            add_all(d, t->rules);
        t = t + 1 < tails + n_slots ? t + 1 : tails;
    }
}

/* From the last byte to the first: whatever begins behind a dot may be a listed ending. */
static void probe_tails(struct detect *d, const struct rs_probe *p)
{
    struct span v;
    if (!value_get(&d->values, p->tail_view, &v))
        return;
    const struct rs_tail *tails = d->rs->tails + p->tails.at;
    uint32_t n_slots = p->tails.n, h = TAIL_SEED;
    const uint8_t *end = v.p + v.n, *stop = v.n > p->tail_max ? end - p->tail_max - 1 : v.p;
    for (const uint8_t *at = end; at-- > stop;) {
        uint8_t c = *at;
        if (c == '.' && at + 1 < end)
            ending_found(d, tails, n_slots, h, (size_t)(end - at) - 1);
        h = tail_step(h, c);
    }
    if (v.n > 0 && v.n <= p->tail_max && p->tail_start)
        ending_found(d, tails, n_slots, h, v.n);
}

static void probe_tables(struct detect *d, const struct rs_probe *p)
{
    enum buffer b = (enum buffer)d->rs->views[p->view].buffer;
    struct span v = SPAN_NONE;
    if (b != BUF_IP_SRC && b != BUF_IP_DST && !value_get(&d->values, p->view, &v))
        return;
    const struct table *tables = verifier_tables(d->verifier);
    struct asked asked;
    asked_set(&asked, &d->scene, v, b == BUF_IP_SRC);
    for (uint32_t i = 0; i < p->tables.n; i++) {
        const struct rs_probe_table *t = &d->rs->probe_tables[p->tables.at + i];
        if (!sieve_may_hold(&d->sieve, t->table, &asked))
            continue;
        if (asked_listed(&tables[t->table], &asked) != TABLE_NONE)
            add_all(d, t->rules);
    }
}

static void probe_spans(struct detect *d, struct rs_range spans, const struct addr *a)
{
    const struct rs_span *v = d->rs->spans + spans.at;
    uint32_t low = 0, high = spans.n;
    while (low < high) {            /* the first span that ends at or behind the address */
        uint32_t mid = low + (high - low) / 2;
        if (addr_before(&v[mid].last, a))
            low = mid + 1;
        else
            high = mid;
    }
    if (low < spans.n && !addr_before(a, &v[low].first))
        add_all(d, v[low].rules);
}

void run_probe(struct detect *d, uint32_t index)
{
    const struct rs_probe *p = &d->rs->probes[index];
    struct span v;
    if (p->tails.n > 0)
        probe_tails(d, p);
    if (p->tables.n > 0)
        probe_tables(d, p);
    if (p->db_n > 0 && value_get(&d->values, p->view, &v))
        matcher_scan(d->matcher, index, v, on_pattern, &(struct scan){ d, p });
    if (p->spans[0].n > 0)
        probe_spans(d, p->spans[0], &d->scene.src);
    if (p->spans[1].n > 0)
        probe_spans(d, p->spans[1], &d->scene.dst);
    add_all(d, p->always);
}
