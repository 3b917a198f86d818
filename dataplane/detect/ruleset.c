/* The check of an image from another process: after it, whatever the matcher follows stays inside.
 * Hyperscan checks a serialised database itself (by its checksum), table_check() a list. */
#include "api/ruleset.h"

#include "detect/table.h"

/* Of an array of `of` elements, does the range lie within? */
static bool inside(struct rs_range r, uint64_t of)
{
    return r.n <= of && r.at <= of - r.n;
}

static bool text_ok(const struct ruleset *rs, struct rs_text t)
{
    return inside((struct rs_range){ t.at, t.n }, rs->head->part[PART_TEXT].n);
}

static uint64_t part_n(const struct ruleset *rs, enum ruleset_part part)
{
    return rs->head->part[part].n;
}

/* ---- parts ---- */

static bool parts_ok(const struct rs_head *h, uint64_t n)
{
    static const uint32_t sizes[PART_COUNT] = {
        1, sizeof(struct rs_rule), sizeof(struct rs_kv), sizeof(struct rs_bit), sizeof(struct rs_group),
        sizeof(struct rs_opt), sizeof(struct rs_pcre), sizeof(struct rs_view), sizeof(struct rs_probe),
        sizeof(struct rs_pattern), sizeof(struct rs_tail), sizeof(struct rs_probe_table), sizeof(uint32_t),
        sizeof(struct rs_table), sizeof(struct rs_set), sizeof(struct rs_addr_range), sizeof(struct rs_set),
        sizeof(struct rs_port_range), sizeof(struct rs_span), 1,
    };
    for (unsigned i = 0; i < PART_COUNT; i++) {
        const struct rs_part *p = &h->part[i];
        if (p->at % 8 != 0 || p->at > n || p->n > (n - p->at) / sizes[i] ||
            (i != PART_BLOBS && p->n >= UINT32_MAX))
            return false;
    }
    return h->part[PART_BLOBS].at % 64 == 0 && h->part[PART_VIEWS].n <= RULESET_VIEWS_MAX &&
           h->part[PART_RULES].n <= RULESET_RULES_MAX && h->part[PART_TABLES].n <= RULESET_TABLES_MAX;
}

static void take_apart(struct ruleset *rs)
{
    const struct rs_part *p = rs->head->part;
#define AT(part) ((const void *)(rs->image + p[part].at))
    rs->text = AT(PART_TEXT);
    rs->rules = AT(PART_RULES);
    rs->kvs = AT(PART_KVS);
    rs->bits = AT(PART_BITS);
    rs->groups = AT(PART_GROUPS);
    rs->opts = AT(PART_OPTS);
    rs->pcres = AT(PART_PCRES);
    rs->views = AT(PART_VIEWS);
    rs->probes = AT(PART_PROBES);
    rs->patterns = AT(PART_PATTERNS);
    rs->tails = AT(PART_TAILS);
    rs->probe_tables = AT(PART_PROBE_TABLES);
    rs->refs = AT(PART_REFS);
    rs->tables = AT(PART_TABLES);
    rs->addr_sets = AT(PART_ADDR_SETS);
    rs->addr_ranges = AT(PART_ADDR_RANGES);
    rs->port_sets = AT(PART_PORT_SETS);
    rs->port_ranges = AT(PART_PORT_RANGES);
    rs->spans = AT(PART_SPANS);
    rs->blobs = AT(PART_BLOBS);
#undef AT
    rs->n_rules = (uint32_t)p[PART_RULES].n;
    rs->n_views = (uint32_t)p[PART_VIEWS].n;
    rs->n_probes = (uint32_t)p[PART_PROBES].n;
    rs->n_tables = (uint32_t)p[PART_TABLES].n;
    rs->n_pcres = (uint32_t)p[PART_PCRES].n;
}

/* ---- rules and options ---- */

static bool views_ok(const struct ruleset *rs)
{
    for (uint32_t i = 0; i < rs->n_views; i++) {
        const struct rs_view *v = &rs->views[i];
        if (v->buffer == BUF_NONE || v->buffer >= BUF_COUNT || v->n_transforms > RULESET_TRANSFORMS_MAX)
            return false;
        for (unsigned t = 0; t < v->n_transforms; t++)
            if (v->transforms[t] == XF_NONE || v->transforms[t] >= XF_COUNT)
                return false;
    }
    return true;
}

static bool is_address(const struct rs_view *v)
{
    return v->buffer == BUF_IP_SRC || v->buffer == BUF_IP_DST;
}

static bool opt_ok(const struct ruleset *rs, const struct rs_opt *o, const struct rs_view *v)
{
    const int32_t far = 1 << 24;
    bool sane = o->kind < OPT_KIND_COUNT && text_ok(rs, o->text) && o->offset >= 0 && o->offset < far &&
                o->depth >= 0 && o->depth < far && o->within >= 0 && o->within < far &&
                o->distance > -far && o->distance < far && o->low < 1u << 31;
    if (!sane || (o->kind == OPT_CONTENT && o->text.n == 0) ||
        (o->kind == OPT_PCRE && o->number >= rs->n_pcres))
        return false;
    if (o->kind != OPT_TABLE)
        return !is_address(v);
    return o->number < rs->n_tables && (rs->tables[o->number].kind == TABLE_ADDRESS) == is_address(v);
}

static bool opts_ok(const struct ruleset *rs)
{
    for (uint64_t i = 0; i < part_n(rs, PART_GROUPS); i++) {
        const struct rs_group *g = &rs->groups[i];
        if (g->view >= rs->n_views || !inside(g->opts, part_n(rs, PART_OPTS)) || g->opts.n > RULESET_OPTS_MAX)
            return false;
        for (uint32_t k = 0; k < g->opts.n; k++)
            if (!opt_ok(rs, &rs->opts[g->opts.at + k], &rs->views[g->view]))
                return false;
    }
    for (uint32_t i = 0; i < rs->n_pcres; i++)
        if (!text_ok(rs, rs->pcres[i].pattern))
            return false;
    for (uint64_t i = 0; i < part_n(rs, PART_KVS); i++)
        if (!text_ok(rs, rs->kvs[i].key) || !text_ok(rs, rs->kvs[i].value))
            return false;
    for (uint64_t i = 0; i < part_n(rs, PART_BITS); i++)
        if (rs->bits[i].op > BIT_ISNOTSET || rs->bits[i].where > BIT_PAIR)
            return false;
    return true;
}

static bool sets_ok(const struct ruleset *rs)
{
    for (uint64_t i = 0; i < part_n(rs, PART_ADDR_SETS); i++)
        if (!inside(rs->addr_sets[i].ranges, part_n(rs, PART_ADDR_RANGES)))
            return false;
    for (uint64_t i = 0; i < part_n(rs, PART_PORT_SETS); i++)
        if (!inside(rs->port_sets[i].ranges, part_n(rs, PART_PORT_RANGES)))
            return false;
    return true;
}

static bool rules_ok(const struct ruleset *rs)
{
    for (uint32_t i = 0; i < rs->n_rules; i++) {
        const struct rs_rule *r = &rs->rules[i];
        bool texts = text_ok(rs, r->msg) && text_ok(rs, r->category) && text_ok(rs, r->classtype) &&
                     text_ok(rs, r->app_proto) && text_ok(rs, r->file);
        bool ranges = inside(r->metadata, part_n(rs, PART_KVS)) &&
                      inside(r->references, part_n(rs, PART_KVS)) &&
                      inside(r->groups, part_n(rs, PART_GROUPS)) && inside(r->bits, part_n(rs, PART_BITS));
        bool sets = r->src <= part_n(rs, PART_ADDR_SETS) && r->dst <= part_n(rs, PART_ADDR_SETS) &&
                    r->sport <= part_n(rs, PART_PORT_SETS) && r->dport <= part_n(rs, PART_PORT_SETS);
        if (!texts || !ranges || !sets || r->action > RULE_ALERT || r->limit > LIMIT_DETECTION ||
            r->track > TRACK_BOTH)
            return false;
    }
    return true;
}

/* ---- probes ---- */

static bool refs_ok(const struct ruleset *rs, struct rs_range r)
{
    return inside(r, part_n(rs, PART_REFS));
}

static bool probe_ok(const struct ruleset *rs, const struct rs_probe *p)
{
    bool seen = p->view == RULESET_NO_VIEW;
    if (p->trigger >= TRIG_COUNT || (!seen && p->view >= rs->n_views) ||
        (seen && (p->db_n > 0 || p->tails.n > 0 || p->tables.n > 0)))
        return false;
    return p->db_n <= part_n(rs, PART_BLOBS) && p->db_at <= part_n(rs, PART_BLOBS) - p->db_n &&
           p->db_at % 64 == 0 && inside(p->patterns, part_n(rs, PART_PATTERNS)) &&
           inside(p->tails, part_n(rs, PART_TAILS)) && (p->tails.n & (p->tails.n - 1)) == 0 &&
           (p->tails.n == 0 || p->tail_view < rs->n_views) &&
           inside(p->tables, part_n(rs, PART_PROBE_TABLES)) && inside(p->spans[0], part_n(rs, PART_SPANS)) &&
           inside(p->spans[1], part_n(rs, PART_SPANS)) && refs_ok(rs, p->always);
}

/* A look-up of endings stops at a free slot: there must be one. */
static bool tails_ok(const struct ruleset *rs, const struct rs_probe *p)
{
    bool free_slot = p->tails.n == 0;
    for (uint32_t i = 0; i < p->tails.n; i++) {
        const struct rs_tail *t = &rs->tails[p->tails.at + i];
        free_slot = free_slot || t->n == 0;
        if (!refs_ok(rs, t->rules))
            return false;
    }
    return free_slot;
}

static bool probes_ok(const struct ruleset *rs)
{
    for (uint32_t i = 0; i < rs->n_probes; i++) {
        const struct rs_probe *p = &rs->probes[i];
        if (!probe_ok(rs, p) || !tails_ok(rs, p) || (i > 0 && p->trigger < rs->probes[i - 1].trigger))
            return false;
        for (uint32_t k = 0; k < p->tables.n; k++) {
            const struct rs_probe_table *t = &rs->probe_tables[p->tables.at + k];
            if (t->table >= rs->n_tables || !refs_ok(rs, t->rules) ||
                (rs->tables[t->table].kind == TABLE_ADDRESS) != is_address(&rs->views[p->view]))
                return false;
        }
    }
    for (uint64_t i = 0; i < part_n(rs, PART_PATTERNS); i++)
        if (!refs_ok(rs, rs->patterns[i].rules))
            return false;
    for (uint64_t i = 0; i < part_n(rs, PART_SPANS); i++)
        if (!refs_ok(rs, rs->spans[i].rules))
            return false;
    for (uint64_t i = 0; i < part_n(rs, PART_REFS); i++)
        if (rs->refs[i] >= rs->n_rules)
            return false;
    return true;
}

/* ---- lists ---- */

static const char *tables_wrong(const struct ruleset *rs)
{
    uint64_t n = part_n(rs, PART_BLOBS);
    for (uint32_t i = 0; i < rs->n_tables; i++) {
        const struct rs_table *t = &rs->tables[i];
        if (!text_ok(rs, t->name) || t->n > n || t->at > n - t->n || t->at % 64 != 0)
            return "a list lies outside";
        const char *why = table_check(rs->blobs + t->at, t->n);
        if (why != NULL)
            return why;
        struct table view;
        table_open(&view, rs->blobs + t->at);
        if ((uint32_t)table_kind(&view) != t->kind)
            return "a list of another kind";
    }
    return NULL;
}

int ruleset_check(const void *image, size_t n, struct ruleset *rs, struct error *err)
{
    *rs = (struct ruleset){ .image = image, .n = n, .head = image };
    const struct rs_head *h = rs->head;
    if (n < sizeof *h || h->magic != RULESET_MAGIC)
        return error_set(err, "this is no compiled rule set");
    if (h->version != RULESET_VERSION)
        return error_set(err, "a rule set of version %u, this program reads %d: compile it again", h->version,
                         RULESET_VERSION);
    if (h->size != n || !parts_ok(h, n))
        return error_set(err, "the rule set is damaged: its parts don't fit into %zu bytes", n);
    take_apart(rs);
    const char *why = !views_ok(rs) ? "views" : !sets_ok(rs) ? "sets" : !rules_ok(rs) ? "rules" : NULL;
    if (why == NULL)
        why = tables_wrong(rs);
    if (why == NULL)
        why = !opts_ok(rs) ? "options" : !probes_ok(rs) ? "probes" : NULL;
    return why == NULL ? 0 : error_set(err, "the rule set is damaged: %s", why);
}

bool ruleset_wants(const struct ruleset *rs, enum trigger trigger)
{
    for (uint32_t i = 0; i < rs->n_probes; i++)
        if (rs->probes[i].trigger == (uint32_t)trigger)
            return true;
    return false;
}

bool ruleset_wants_bodies(const struct ruleset *rs, enum dir dir)
{
    return ruleset_wants(rs, dir == TO_SERVER ? TRIG_REQUEST_BODY : TRIG_RESPONSE_BODY);
}
