/* Addresses of rules that have nothing else: the ranges of all of them are cut where any begins or
 * ends, so that one binary search finds all rules of an address. */
#include "rules/compile_parts.h"

#include <stdlib.h>

enum { WIDE_BITS = 20, OVERLAP_MAX = 16 };

/* Where a rule's range begins, or the first address behind it. */
struct edge { struct addr at; uint32_t rule; bool ends; };

/* The address behind this one; false behind the last of all. */
static bool next_address(struct addr *a)
{
    for (unsigned i = 16; i-- > 0;)
        if (++a->b[i] != 0)
            return true;
    return false;
}

static struct addr address_before(struct addr a)
{
    for (unsigned i = 16; i-- > 0;)
        if (a.b[i]-- != 0)
            break;
    return a;
}

/* No range may differ from first to last above its low 20 bits: that leaves out $EXTERNAL_NET. */
bool spans_worth(const struct addr_set *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const uint8_t *a = s->v[i].first.b, *b = s->v[i].last.b;
        if (memcmp(a, b, 16 - WIDE_BITS / 8 - 1) != 0 || (a[13] ^ b[13]) > 0x0f)
            return false;
    }
    return s->n > 0;
}

static int by_address(const void *x, const void *y)
{
    const struct edge *a = x, *b = y;
    int d = memcmp(a->at.b, b->at.b, 16);
    return d != 0 ? d : a->rule < b->rule ? -1 : a->rule > b->rule;
}

struct active { uint32_t *v; uint32_t n; };

static void change(struct active *on, const struct edge *e)
{
    uint32_t i = 0;
    if (!e->ends) {
        on->v[on->n++] = e->rule;
        return;
    }
    while (i < on->n && on->v[i] != e->rule)
        i++;
    if (i < on->n)
        on->v[i] = on->v[--on->n];
}

static struct edge *edges_of(const struct key *keys, uint64_t n, uint64_t *count)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < n; i++)
        total += 2ULL * keys[i].addresses->n;
    struct edge *e = calloc(total + 1, sizeof *e);
    if (e == NULL)
        abort();
    *count = 0;
    for (uint64_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < keys[i].addresses->n; k++) {
            struct addr behind = keys[i].addresses->v[k].last;
            e[(*count)++] = (struct edge){ keys[i].addresses->v[k].first, keys[i].rule, false };
            if (next_address(&behind))
                e[(*count)++] = (struct edge){ behind, keys[i].rule, true };
        }
    qsort(e, *count, sizeof *e, by_address);
    return e;
}

bool spans_build(struct compiler *c, const struct key *keys, uint64_t n, struct rs_range *out)
{
    *out = (struct rs_range){ (uint32_t)c->part[PART_SPANS].n, 0 };
    if (n == 0)
        return true;
    uint64_t n_edges, put = 0;
    struct edge *e = edges_of(keys, n, &n_edges);
    struct active on = { calloc(n_edges + 1, sizeof *on.v), 0 };
    if (on.v == NULL)
        abort();
    uint64_t refs = c->part[PART_REFS].n, spans = c->part[PART_SPANS].n;
    for (uint64_t i = 0; i < n_edges && put <= OVERLAP_MAX * n_edges;) {
        struct addr at = e[i].at;
        for (; i < n_edges && memcmp(e[i].at.b, at.b, 16) == 0; i++)
            change(&on, &e[i]);
        if (on.n == 0)
            continue;
        struct rs_span s = { .first = at, .rules = { part_put(c, PART_REFS, on.v, on.n), on.n } };
        memset(s.last.b, 0xff, 16);
        if (i < n_edges)
            s.last = address_before(e[i].at);
        part_put(c, PART_SPANS, &s, 1);
        out->n++;
        put += on.n;
    }
    free(on.v);
    free(e);
    if (put <= OVERLAP_MAX * n_edges)
        return true;
    c->part[PART_REFS].n = refs;
    c->part[PART_SPANS].n = spans;
    return false;
}
