/* Growing parts; strings, views and sets that are stored once. */
#include "rules/compile_parts.h"

#include <stdlib.h>

static const uint64_t sizes[PART_COUNT] = {
    [PART_TEXT] = 1, [PART_RULES] = sizeof(struct rs_rule), [PART_KVS] = sizeof(struct rs_kv),
    [PART_BITS] = sizeof(struct rs_bit), [PART_GROUPS] = sizeof(struct rs_group),
    [PART_OPTS] = sizeof(struct rs_opt), [PART_PCRES] = sizeof(struct rs_pcre),
    [PART_VIEWS] = sizeof(struct rs_view), [PART_PROBES] = sizeof(struct rs_probe),
    [PART_PATTERNS] = sizeof(struct rs_pattern), [PART_TAILS] = sizeof(struct rs_tail),
    [PART_PROBE_TABLES] = sizeof(struct rs_probe_table), [PART_REFS] = sizeof(uint32_t),
    [PART_TABLES] = sizeof(struct rs_table), [PART_ADDR_SETS] = sizeof(struct rs_set),
    [PART_ADDR_RANGES] = sizeof(struct rs_addr_range), [PART_PORT_SETS] = sizeof(struct rs_set),
    [PART_PORT_RANGES] = sizeof(struct rs_port_range), [PART_SPANS] = sizeof(struct rs_span), [PART_BLOBS] = 1,
};

uint32_t part_put(struct compiler *c, enum ruleset_part part, const void *v, uint64_t n)
{
    struct part *p = &c->part[part];
    p->size = sizes[part];
    if (p->n + n > p->room) {
        uint64_t room = p->room * 2 > p->n + n ? p->room * 2 : p->n + n + 64;
        uint8_t *more = realloc(p->v, room * p->size);
        if (more == NULL)
            abort();
        p->v = more;
        p->room = room;
    }
    if (n > 0)
        memcpy(p->v + p->n * p->size, v, n * p->size);
    uint32_t first = (uint32_t)p->n;
    p->n += n;
    if (part != PART_BLOBS && p->n >= UINT32_MAX)
        c->failed = true;
    return first;
}

uint64_t blob_put(struct compiler *c, const void *v, size_t n)
{
    static const uint8_t zeros[64];
    struct part *p = &c->part[PART_BLOBS];
    part_put(c, PART_BLOBS, zeros, (64 - p->n % 64) % 64);
    uint64_t at = p->n;
    part_put(c, PART_BLOBS, v, n);
    return at;
}

/* ---- texts ---- */

static uint32_t text_hash(struct span s)
{
    uint64_t h = table_hash(0, s.p, s.n);
    return (uint32_t)(h ^ h >> 32);
}

static struct span text_of(const struct compiler *c, struct rs_text t)
{
    return (struct span){ c->part[PART_TEXT].v + t.at, t.n };
}

static void grow_texts(struct compiler *c)
{
    uint32_t n = c->n_text_index > 0 ? c->n_text_index * 2 : 4096;
    uint32_t *index = calloc(n, sizeof *index);
    struct rs_text *texts = realloc(c->texts, (size_t)n / 2 * sizeof *texts);
    if (index == NULL || texts == NULL)
        abort();
    c->texts = texts;
    for (uint32_t i = 0; i < c->n_texts; i++) {
        uint32_t at = text_hash(text_of(c, texts[i])) & (n - 1);
        while (index[at] != 0)
            at = (at + 1) & (n - 1);
        index[at] = i + 1;
    }
    free(c->text_index);
    c->text_index = index;
    c->n_text_index = n;
}

struct rs_text text_put(struct compiler *c, struct span s)
{
    if (s.n == 0)
        return (struct rs_text){ 0, 0 };
    if (c->n_texts + 1 >= c->n_text_index / 2)
        grow_texts(c);
    uint32_t at = text_hash(s) & (c->n_text_index - 1);
    for (; c->text_index[at] != 0; at = (at + 1) & (c->n_text_index - 1))
        if (span_eq(text_of(c, c->texts[c->text_index[at] - 1]), s))
            return c->texts[c->text_index[at] - 1];
    struct rs_text t = { part_put(c, PART_TEXT, s.p, s.n), (uint32_t)s.n };
    part_put(c, PART_TEXT, "", 1);
    c->texts[c->n_texts++] = t;
    c->text_index[at] = c->n_texts;
    return t;
}

struct rs_text text_put_str(struct compiler *c, const char *s)
{
    return text_put(c, s == NULL ? SPAN_NONE : (struct span){ (const uint8_t *)s, strlen(s) });
}

/* ---- views ---- */

uint32_t view_put(struct compiler *c, struct view v)
{
    struct rs_view want = { .buffer = v.buffer, .n_transforms = v.n_transforms };
    memcpy(want.transforms, v.transforms, v.n_transforms);
    const struct part *p = &c->part[PART_VIEWS];
    for (uint32_t i = 0; i < p->n; i++)
        if (memcmp(p->v + i * sizeof want, &want, sizeof want) == 0)
            return i;
    return p->n < RULESET_VIEWS_MAX ? part_put(c, PART_VIEWS, &want, 1) : RULESET_NO_VIEW;
}

/* ---- sets: rules of one file share a few ---- */

static uint32_t set_put(struct compiler *c, enum ruleset_part sets, enum ruleset_part ranges, const void *v,
                        uint32_t n, size_t size)
{
    const struct part *p = &c->part[sets];
    for (uint64_t i = p->n; i-- > (p->n > 64 ? p->n - 64 : 0);) {
        struct rs_set old;
        memcpy(&old, p->v + i * sizeof old, sizeof old);
        if (old.ranges.n == n && memcmp(c->part[ranges].v + old.ranges.at * size, v, n * size) == 0)
            return (uint32_t)i + 1;
    }
    struct rs_set set = { { part_put(c, ranges, v, n), n } };
    return part_put(c, sets, &set, 1) + 1;
}

uint32_t addr_set_put(struct compiler *c, const struct addr_set *s)
{
    return s == NULL ? 0 : set_put(c, PART_ADDR_SETS, PART_ADDR_RANGES, s->v, s->n, sizeof *s->v);
}

uint32_t port_set_put(struct compiler *c, const struct port_set *s)
{
    return s == NULL ? 0 : set_put(c, PART_PORT_SETS, PART_PORT_RANGES, s->v, s->n, sizeof *s->v);
}
