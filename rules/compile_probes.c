/* Keys to probes: sorted, equal keys share one pattern with a list of rules. */
#include "rules/compile_parts.h"

#include <stdlib.h>

static int compare_bytes(struct span a, struct span b)
{
    int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return d != 0 ? d : a.n < b.n ? -1 : a.n > b.n;
}

static unsigned place(const struct key *k)
{
    return k->starts * 2u + k->ends;
}

/* By probe, kind, pattern, rule. */
static int by_probe(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
#define BY(field) if (a->field != b->field) return a->field < b->field ? -1 : 1
    BY(trigger);
    BY(view);
    BY(kind);
    BY(flags);
    if (place(a) != place(b))
        return place(a) < place(b) ? -1 : 1;
    int d = compare_bytes(a->bytes, b->bytes);
    if (d != 0)
        return d;
    BY(rule);
#undef BY
    return 0;
}

static bool same_pattern(const struct key *a, const struct key *b)
{
    return a->kind == b->kind && a->flags == b->flags && place(a) == place(b) &&
           compare_bytes(a->bytes, b->bytes) == 0;
}

/* How many keys from i on are of one pattern; their rules go into refs. */
static uint64_t take_equal(struct compiler *c, uint64_t i, uint64_t end, struct rs_range *rules)
{
    uint64_t n = i;
    *rules = (struct rs_range){ (uint32_t)c->part[PART_REFS].n, 0 };
    while (n < end && same_pattern(&c->keys[i], &c->keys[n]))
        part_put(c, PART_REFS, &c->keys[n++].rule, 1);
    rules->n = (uint32_t)(n - i);
    return n - i;
}

/* ---- endings ---- */

struct ending { uint32_t hash, n; struct rs_range rules; };

static uint32_t hash_ending(struct span s)
{
    uint32_t h = TAIL_SEED;
    for (size_t i = s.n; i > 1; i--)        /* less the dot in front */
        h = tail_step(h, s.p[i - 1]);
    return h;
}

static int by_hash(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    uint32_t ha = hash_ending(a->bytes), hb = hash_ending(b->bytes);
    if (ha != hb)
        return ha < hb ? -1 : 1;
    if (a->bytes.n != b->bytes.n)
        return a->bytes.n < b->bytes.n ? -1 : 1;
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* Endings that differ in case only, or fall together in all 32 bits, share a slot: what is found is
 * verified anyway. */
static void build_tails(struct compiler *c, struct key *keys, uint64_t n, struct rs_probe *probe)
{
    qsort(keys, n, sizeof *keys, by_hash);
    uint32_t n_slots = 16;
    while (n_slots < n * 3)
        n_slots *= 2;
    struct rs_tail *slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL)
        abort();
    for (uint64_t i = 0; i < n;) {
        uint32_t h = hash_ending(keys[i].bytes);
        struct rs_tail t = { h, (uint32_t)keys[i].bytes.n - 1, { (uint32_t)c->part[PART_REFS].n, 0 } };
        for (; i < n && hash_ending(keys[i].bytes) == h && keys[i].bytes.n == t.n + 1; i++, t.rules.n++)
            part_put(c, PART_REFS, &keys[i].rule, 1);
        uint32_t at = tail_slot(h, n_slots);
        while (slots[at].n != 0)
            at = (at + 1) & (n_slots - 1);
        slots[at] = t;
        probe->tail_max = t.n > probe->tail_max ? t.n : probe->tail_max;
        c->stats->endings++;
    }
    probe->tails = (struct rs_range){ part_put(c, PART_TAILS, slots, n_slots), n_slots };
    free(slots);

    struct rs_view v;
    memcpy(&v, c->part[PART_VIEWS].v + probe->view * sizeof v, sizeof v);
    probe->tail_view = probe->view;
    if (v.n_transforms > 0 && v.transforms[v.n_transforms - 1] == XF_DOTPREFIX) {
        struct view less = { .buffer = v.buffer, .n_transforms = (uint8_t)(v.n_transforms - 1) };
        memcpy(less.transforms, v.transforms, less.n_transforms);
        uint32_t base = view_put(c, less);
        probe->tail_start = base != RULESET_NO_VIEW;
        probe->tail_view = base != RULESET_NO_VIEW ? base : probe->view;
    }
}

/* ---- patterns, tables, the rest ---- */

static int build_patterns(struct compiler *c, uint64_t from, uint64_t end, struct rs_probe *probe)
{
    uint32_t n = 0;
    struct key *distinct = calloc(end - from, sizeof *distinct);
    if (distinct == NULL)
        abort();
    probe->patterns.at = (uint32_t)c->part[PART_PATTERNS].n;
    for (uint64_t i = from; i < end;) {
        struct rs_pattern p;
        distinct[n++] = c->keys[i];
        i += take_equal(c, i, end, &p.rules);
        part_put(c, PART_PATTERNS, &p, 1);
    }
    probe->patterns.n = n;
    c->stats->patterns += n;
    int rc = database_build(c, distinct, n, &probe->db_at, &probe->db_n);
    free(distinct);
    return rc;
}

static void build_tables(struct compiler *c, uint64_t from, uint64_t end, struct rs_probe *probe)
{
    probe->tables = (struct rs_range){ (uint32_t)c->part[PART_PROBE_TABLES].n, 0 };
    for (uint64_t i = from; i < end; probe->tables.n++) {
        struct rs_probe_table t = { .table = c->keys[i].flags };
        i += take_equal(c, i, end, &t.rules);
        part_put(c, PART_PROBE_TABLES, &t, 1);
    }
}

static void build_always(struct compiler *c, uint64_t from, uint64_t end, struct rs_probe *probe)
{
    probe->always = (struct rs_range){ (uint32_t)c->part[PART_REFS].n, (uint32_t)(end - from) };
    for (uint64_t i = from; i < end; i++)
        part_put(c, PART_REFS, &c->keys[i].rule, 1);
    c->stats->always += (uint32_t)(end - from);
}

static uint64_t end_of_kinds(const struct compiler *c, uint64_t from, uint64_t end, enum key_kind last)
{
    while (from < end && c->keys[from].kind <= last)
        from++;
    return from;
}

static int build_probe(struct compiler *c, uint64_t from, uint64_t end)
{
    struct rs_probe probe = { .trigger = c->keys[from].trigger, .view = c->keys[from].view };
    uint64_t patterns = end_of_kinds(c, from, end, KEY_REGEX), tails = end_of_kinds(c, patterns, end, KEY_TAIL);
    uint64_t tables = end_of_kinds(c, tails, end, KEY_TABLE);
    if (patterns > from && build_patterns(c, from, patterns, &probe) != 0)
        return -1;
    if (tails > patterns)
        build_tails(c, c->keys + patterns, tails - patterns, &probe);
    if (tables > tails)
        build_tables(c, tails, tables, &probe);
    uint64_t sources = end_of_kinds(c, tables, end, KEY_SOURCE);
    uint64_t destinations = end_of_kinds(c, sources, end, KEY_DESTINATION), always = destinations;
    if (!spans_build(c, c->keys + tables, sources - tables, &probe.spans[0]) ||
        !spans_build(c, c->keys + sources, destinations - sources, &probe.spans[1])) {
        probe.spans[0] = probe.spans[1] = (struct rs_range){ 0, 0 };
        always = tables;
    }
    if (end > always)
        build_always(c, always, end, &probe);
    part_put(c, PART_PROBES, &probe, 1);
    return 0;
}

int probes_build(struct compiler *c)
{
    if (c->n_keys > 0)
        qsort(c->keys, c->n_keys, sizeof *c->keys, by_probe);
    for (uint64_t i = 0; i < c->n_keys;) {
        uint64_t end = i;
        while (end < c->n_keys && c->keys[end].trigger == c->keys[i].trigger &&
               c->keys[end].view == c->keys[i].view)
            end++;
        if (build_probe(c, i, end) != 0)
            return -1;
        i = end;
    }
    return 0;
}
