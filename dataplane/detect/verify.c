/* Options are tried in order; each moves a place in the value on to where its match ended. When a
 * later option that counts from there does not hold, the earlier one's next occurrence is tried.
 * All work is counted, so that no value can make it endless: then the rule does not match. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "detect/verify.h"

#include "detect/listed.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
    WORK_MAX = 4 << 20,             /* bytes looked at for one group of one rule */
    PCRE_MATCH_MAX = 3500,          /* Suricata's limits */
    PCRE_DEPTH_MAX = 1500,
    PCRE_HEAP_MAX = 1024,           /* KiB */
};

struct verifier {
    const struct ruleset *rs;
    struct table tables[RULESET_TABLES_MAX];
    pcre2_code **pcres;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    uint64_t gave_up;
};

/* ---- opening ---- */

static uint32_t options_of(uint32_t f)
{
    return (f & PCRE_CASELESS ? PCRE2_CASELESS : 0) | (f & PCRE_DOTALL ? PCRE2_DOTALL : 0) |
           (f & PCRE_MULTILINE ? PCRE2_MULTILINE : 0) | (f & PCRE_ANCHORED ? PCRE2_ANCHORED : 0) |
           (f & PCRE_EXTENDED ? PCRE2_EXTENDED : 0) | (f & PCRE_UNGREEDY ? PCRE2_UNGREEDY : 0) |
           (f & PCRE_DOLLAR_ENDONLY ? PCRE2_DOLLAR_ENDONLY : 0) | PCRE2_NEVER_UTF;
}

static int open_pcres(struct verifier *v, struct error *err)
{
    const struct ruleset *rs = v->rs;
    v->pcres = calloc(rs->n_pcres + 1, sizeof(pcre2_code *));
    v->match = pcre2_match_data_create(1, NULL);
    v->limits = pcre2_match_context_create(NULL);
    if (v->pcres == NULL || v->match == NULL || v->limits == NULL)
        return error_set(err, "no memory for %u regular expressions", rs->n_pcres);
    pcre2_set_match_limit(v->limits, PCRE_MATCH_MAX);
    pcre2_set_depth_limit(v->limits, PCRE_DEPTH_MAX);
    pcre2_set_heap_limit(v->limits, PCRE_HEAP_MAX);
    for (uint32_t i = 0; i < rs->n_pcres; i++) {
        int code;
        PCRE2_SIZE where;
        struct span p = ruleset_text(rs, rs->pcres[i].pattern);
        v->pcres[i] = pcre2_compile(p.p, p.n, options_of(rs->pcres[i].flags), &code, &where, NULL);
        if (v->pcres[i] == NULL)
            return error_set(err, "regular expression %u of the rule set is not sound", i);
        pcre2_jit_compile(v->pcres[i], PCRE2_JIT_COMPLETE);     /* without it, it is only slower */
    }
    return 0;
}

struct verifier *verifier_open(const struct ruleset *rs, struct error *err)
{
    struct verifier *v = calloc(1, sizeof *v);
    if (v == NULL) {
        error_set(err, "no memory to verify rules");
        return NULL;
    }
    v->rs = rs;
    for (uint32_t i = 0; i < rs->n_tables; i++)
        table_open(&v->tables[i], rs->blobs + rs->tables[i].at);
    if (rs->n_pcres > 0 && open_pcres(v, err) != 0) {
        verifier_close(v);
        return NULL;
    }
    return v;
}

void verifier_close(struct verifier *v)
{
    if (v == NULL)
        return;
    for (uint32_t i = 0; v->pcres != NULL && i < v->rs->n_pcres; i++)
        pcre2_code_free(v->pcres[i]);
    free(v->pcres);
    pcre2_match_data_free(v->match);
    pcre2_match_context_free(v->limits);
    free(v);
}

const struct table *verifier_tables(const struct verifier *v) { return v->tables; }
uint64_t verifier_gave_up(const struct verifier *v) { return v->gave_up; }

/* ---- one group ---- */

struct run {
    struct verifier *v;
    const struct scene *scene;
    const struct rs_opt *opts;
    uint32_t n;
    struct span value;
    struct found *found;
    bool of_source;
    size_t work;
};

static bool spend(struct run *r, size_t bytes)
{
    r->work += bytes + 16;
    return r->work <= WORK_MAX;
}

static bool holds_from(struct run *r, uint32_t i, size_t place);

static bool equal_at(const uint8_t *p, struct span want, bool nocase)
{
    if (!nocase)
        return memcmp(p, want.p, want.n) == 0;
    for (size_t i = 0; i < want.n; i++)
        if (ascii_lower(p[i]) != want.p[i])
            return false;
    return true;
}

/* The first occurrence that lies in [low, high) of the value; SIZE_MAX when there is none. */
static size_t find(struct run *r, struct span want, bool nocase, size_t low, size_t high)
{
    if (low > high || want.n > high - low)
        return SIZE_MAX;
    if (!nocase) {
        const uint8_t *p = memmem(r->value.p + low, high - low, want.p, want.n);
        size_t at = p != NULL ? (size_t)(p - r->value.p) : SIZE_MAX;
        return spend(r, (p != NULL ? at : high) - low) ? at : SIZE_MAX;
    }
    for (size_t at = low; at <= high - want.n; at++)
        if (ascii_lower(r->value.p[at]) == want.p[0]) {
            if (!spend(r, 0))
                return SIZE_MAX;
            if (equal_at(r->value.p + at, want, true))
                return spend(r, at - low) ? at : SIZE_MAX;
        }
    spend(r, high - low);
    return SIZE_MAX;
}

/* Where a content may lie: [low, high). False when nowhere. */
static bool bounds(const struct rs_opt *o, size_t n, size_t place, size_t *low, size_t *high)
{
    int64_t from = 0, to = (int64_t)n;
    if (o->flags & (OPT_DISTANCE | OPT_WITHIN)) {
        int32_t distance = o->flags & OPT_DISTANCE ? o->distance : 0;
        from = (int64_t)place + distance;
        if (o->flags & OPT_WITHIN && (int64_t)place + distance + o->within < to)
            to = (int64_t)place + distance + o->within;
    } else {
        from = o->flags & OPT_OFFSET ? o->offset : 0;
        if (o->flags & OPT_DEPTH && o->depth < to)
            to = o->depth;
    }
    if (from < 0)
        from = 0;
    *low = (size_t)from;
    *high = to > 0 ? (size_t)to : 0;
    return from <= to;
}

static bool content_holds(struct run *r, uint32_t i, size_t place)
{
    const struct rs_opt *o = &r->opts[i];
    struct span want = ruleset_text(r->v->rs, o->text);
    bool nocase = (o->flags & OPT_NOCASE) != 0, negated = (o->flags & OPT_NOT) != 0;
    size_t low, high;
    if (!bounds(o, r->value.n, place, &low, &high))
        return negated && holds_from(r, i + 1, place);
    if (o->flags & OPT_ENDS) {      /* there is one place only */
        bool fits = high == r->value.n && want.n <= r->value.n && low <= r->value.n - want.n;
        bool there = fits && equal_at(r->value.p + r->value.n - want.n, want, nocase);
        return there != negated && holds_from(r, i + 1, negated ? place : r->value.n);
    }
    for (;;) {
        size_t at = find(r, want, nocase, low, high);
        if (r->work > WORK_MAX)
            return false;
        if (negated || at == SIZE_MAX)
            return negated && at == SIZE_MAX && holds_from(r, i + 1, place);
        if (holds_from(r, i + 1, at + want.n))
            return true;
        if ((o->flags & OPT_RELATIVE_NEXT) == 0)
            return false;
        low = at + 1;
    }
}

/* A relative expression sees the value from `place` on, and nothing before it. */
static bool pcre_holds(struct run *r, uint32_t i, size_t place)
{
    const struct rs_opt *o = &r->opts[i];
    bool negated = (o->flags & OPT_NOT) != 0;
    size_t from = o->flags & OPT_RELATIVE ? place : 0;
    for (;;) {
        if (from > r->value.n || !spend(r, r->value.n - from))
            return false;
        int rc = pcre2_match(r->v->pcres[o->number], r->value.p + from, r->value.n - from, 0, 0, r->v->match,
                             r->v->limits);
        if (rc < 0 && rc != PCRE2_ERROR_NOMATCH) {
            r->v->gave_up++;
            return false;
        }
        if (negated || rc < 0)
            return negated && rc < 0 && holds_from(r, i + 1, place);
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->v->match);
        size_t start = from + at[0], end = from + at[1];
        if (holds_from(r, i + 1, end))
            return true;
        if ((o->flags & OPT_RELATIVE_NEXT) == 0)
            return false;
        from = start + 1;
    }
}

/* Suricata's own bounds: from the start, a byte must stand there; relative, one may end there. */
static bool data_there(const struct rs_opt *o, size_t n, size_t place)
{
    bool there = o->flags & OPT_RELATIVE ? place + o->low <= n : o->low < n;
    return there != ((o->flags & OPT_NOT) != 0);
}

static bool table_holds(struct run *r, const struct rs_opt *o)
{
    uint32_t entry = listed(&r->v->tables[o->number], r->scene, r->value, r->of_source);
    if (o->flags & OPT_NOT)
        return entry == TABLE_NONE;
    if (entry == TABLE_NONE)
        return false;
    *r->found = (struct found){ o->number, entry, r->value };
    return true;
}

static bool holds_from(struct run *r, uint32_t i, size_t place)
{
    if (i == r->n)
        return true;
    const struct rs_opt *o = &r->opts[i];
    switch ((enum opt_kind)o->kind) {
    case OPT_CONTENT:
        return content_holds(r, i, place);
    case OPT_PCRE:
        return pcre_holds(r, i, place);
    case OPT_ISDATAAT:
        return data_there(o, r->value.n, place) && holds_from(r, i + 1, place);
    case OPT_SIZE:
        return (r->value.n >= o->low && r->value.n <= o->high) != ((o->flags & OPT_NOT) != 0) &&
               holds_from(r, i + 1, place);
    case OPT_TABLE:
        return table_holds(r, o) && holds_from(r, i + 1, place);
    default:
        return false;
    }
}

bool verify_group(struct verifier *v, const struct scene *s, const struct rs_group *g, struct span value,
                  struct found *found)
{
    enum buffer b = (enum buffer)v->rs->views[g->view].buffer;
    struct run r = { .v = v, .scene = s, .opts = v->rs->opts + g->opts.at, .n = g->opts.n, .value = value,
                     .found = found, .of_source = b == BUF_IP_SRC };
    bool ok = holds_from(&r, 0, 0);
    v->gave_up += r.work > WORK_MAX;
    return ok && r.work <= WORK_MAX;
}

static bool is_address(const struct ruleset *rs, uint32_t view)
{
    return rs->views[view].buffer == BUF_IP_SRC || rs->views[view].buffer == BUF_IP_DST;
}

bool verify_rule(struct verifier *v, struct values *values, const struct rs_rule *r, struct found *found)
{
    *found = (struct found){ .entry = TABLE_NONE, .value = SPAN_NONE };
    for (uint32_t i = 0; i < r->groups.n; i++) {
        const struct rs_group *g = &v->rs->groups[r->groups.at + i];
        struct span value = SPAN_NONE;
        if (!is_address(v->rs, g->view) && !value_get(values, g->view, &value))
            return false;
        if (!verify_group(v, values->scene, g, value, found))
            return false;
    }
    return true;
}
