/* For each fact: probes find candidates, verification decides, and a hit is told once. */
#include "detect/detect.h"

#include "detect/candidate.h"
#include "detect/listed.h"
#include "detect/match.h"
#include "detect/rule_header.h"
#include "detect/seen.h"
#include "detect/sieve.h"
#include "detect/threshold.h"
#include "detect/value.h"
#include "detect/verify.h"

#include <stdlib.h>

enum { SCRATCH_MIN = 1 << 20 };

struct detect {
    const struct ruleset *rs;
    uint32_t first[TRIG_COUNT + 1];     /* probes of trigger t: first[t] .. first[t + 1] - 1 */
    bool looks_at_names;                /* some rule looks into tls.subjectaltname */
    struct matcher *matcher;
    struct verifier *verifier;
    struct candidates candidates;
    struct sieve sieve;
    struct values values;
    struct scene scene;
    struct seen seen;
    struct threshold threshold;
    struct detect_stats stats;
};

/* One call from the pipeline. */
struct call {
    struct detect *d;
    struct detect_flow *df;
    detect_hit_fn *hit;
    void *ctx;
};

/* ---- opening and closing ---- */

static void index_probes(struct detect *d)
{
    uint32_t p = 0;
    for (uint32_t t = 0; t <= TRIG_COUNT; t++) {
        while (p < d->rs->n_probes && d->rs->probes[p].trigger < t)
            p++;
        d->first[t] = p;
    }
    d->looks_at_names = false;
    for (uint32_t i = 0; i < d->rs->n_views; i++)
        d->looks_at_names = d->looks_at_names || d->rs->views[i].buffer == BUF_TLS_SANS;
}

int detect_reload(struct detect *d, const struct ruleset *rs, struct error *err)
{
    struct candidates candidates = { 0 };
    struct matcher *matcher = matcher_open(rs, err);
    struct verifier *verifier = matcher != NULL ? verifier_open(rs, err) : NULL;
    if (verifier == NULL) {
        matcher_close(matcher);
        return -1;
    }
    struct sieve sieve = { 0 };
    if (candidates_open(&candidates, rs->n_rules) != 0 ||
        sieve_open(&sieve, verifier_tables(verifier), rs->n_tables) != 0) {
        candidates_close(&candidates);
        verifier_close(verifier);
        matcher_close(matcher);
        return error_set(err, "no memory for %u rules", rs->n_rules);
    }
    matcher_close(d->matcher);
    verifier_close(d->verifier);
    candidates_close(&d->candidates);
    sieve_close(&d->sieve);
    d->sieve = sieve;
    d->matcher = matcher;
    d->verifier = verifier;
    d->candidates = candidates;
    d->rs = d->values.rs = rs;
    memset(d->values.slot, 0, sizeof d->values.slot);
    index_probes(d);
    return 0;
}

struct detect *detect_open(const struct ruleset *rs, const struct config *c, struct error *err)
{
    struct detect *d = calloc(1, sizeof *d);
    if (d == NULL) {
        error_set(err, "no memory for detection");
        return NULL;
    }
    size_t scratch = 8 * (size_t)c->head_max + 4 * (size_t)c->body_max;
    d->values.mem.n = scratch > SCRATCH_MIN ? scratch : SCRATCH_MIN;
    d->values.mem.p = malloc(d->values.mem.n);     /* pages that no fact needs are never touched */
    if (d->values.mem.p == NULL || seen_open(&d->seen) != 0 || threshold_open(&d->threshold) != 0) {
        error_set(err, "no memory for detection");
    } else if (detect_reload(d, rs, err) == 0) {
        return d;
    }
    detect_close(d);
    return NULL;
}

void detect_close(struct detect *d)
{
    if (d == NULL)
        return;
    matcher_close(d->matcher);
    verifier_close(d->verifier);
    candidates_close(&d->candidates);
    sieve_close(&d->sieve);
    seen_close(&d->seen);
    threshold_close(&d->threshold);
    free(d->values.mem.p);
    free(d);
}

/* ---- candidates ---- */

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

static inline void ending_found(struct detect *d, const struct rs_tail *tails, uint32_t n_slots, uint32_t hash, size_t n)
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

static void run_probe(struct detect *d, uint32_t index)
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

/* ---- hits ---- */

static bool has_tx(const struct scene *s)
{
    return s->trigger >= TRIG_REQUEST && s->trigger <= TRIG_RESPONSE_BODY;
}

struct rule_info rule_info_of(const struct ruleset *rs, uint32_t index)
{
    const struct rs_rule *r = &rs->rules[index];
    return (struct rule_info){
        .index = index, .sid = r->sid, .gid = r->gid, .rev = r->rev, .severity = r->severity,
        .action = (enum rule_action)r->action, .noalert = (r->flags & RULE_NOALERT) != 0,
        .msg = ruleset_text(rs, r->msg), .category = ruleset_text(rs, r->category),
        .classtype = ruleset_text(rs, r->classtype), .rs = rs,
        .metadata = rs->kvs + r->metadata.at, .n_metadata = r->metadata.n,
        .references = rs->kvs + r->references.at, .n_references = r->references.n,
    };
}

static struct span thing_of(const struct scene *s, const struct found *found)
{
    if (found->entry == TABLE_NONE)
        return SPAN_NONE;
    return s->trigger == TRIG_NPM && s->fact->npm != NULL ? s->fact->npm->spec : found->value;
}

/* What was found, as a number: the listed thing, else the transaction, else just the rule. */
static uint32_t thing_hash(const struct detect *d, const struct rs_rule *r, const struct found *found)
{
    const struct scene *s = &d->scene;
    struct span thing = thing_of(s, found);
    struct { uint64_t rule, thing; } words = { (uint64_t)r->gid << 32 | r->sid, 0 };
    if (found->entry != TABLE_NONE)
        words.thing = hash_bytes(d->seen.key, thing.p, thing.n) ^ found->entry;
    else if (has_tx(s))
        words.thing = s->fact->http->id + 1ULL;
    else if (s->trigger == TRIG_DNS || s->trigger == TRIG_DNS_RESPONSE)
        words.thing = s->fact->dns->id + 1ULL;
    uint64_t h = hash_bytes(d->seen.key, &words, sizeof words);
    return (uint32_t)(h ^ h >> 32);
}

static bool bits_hold(const struct detect *d, const struct rs_rule *r, const struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++) {
        const struct rs_bit *b = &d->rs->bits[r->bits.at + i];
        bool set = (df->bits >> b->bit & 1) != 0;
        if ((b->op == BIT_ISSET && !set) || (b->op == BIT_ISNOTSET && set))
            return false;
    }
    return true;
}

static void bits_change(const struct detect *d, const struct rs_rule *r, struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++) {
        const struct rs_bit *b = &d->rs->bits[r->bits.at + i];
        uint32_t bit = 1u << b->bit;
        if (b->op == BIT_SET)
            df->bits |= bit;
        else if (b->op == BIT_UNSET)
            df->bits &= ~bit;
        else if (b->op == BIT_TOGGLE)
            df->bits ^= bit;
    }
}

/* A transaction that a pass rule names is let through; of the rest of its connection nothing is
 * said. What has no transactions is let through as a whole. */
static void let_pass(struct call *c)
{
    const struct scene *s = &c->d->scene;
    c->d->stats.passed++;
    if (has_tx(s))
        c->df->pass_tx = s->fact->http->id + 1;
    else if (s->trigger != TRIG_DNS && s->trigger != TRIG_DNS_RESPONSE)
        c->df->flags |= DETECT_PASSED;
}

static void tell(struct call *c, uint32_t index, const struct found *found, bool silent)
{
    struct detect *d = c->d;
    const struct rs_rule *r = &d->rs->rules[index];
    bool mute = silent || (r->flags & RULE_NOALERT) != 0;
    if (mute && r->action == RULE_ALERT)
        return;
    struct detect_hit h = {
        .rule = rule_info_of(d->rs, index), .thing = thing_of(&d->scene, found), .list = SPAN_NONE,
        .entry = found->entry, .suppressed = silent, .has_tx = has_tx(&d->scene), .dir = d->scene.dir,
    };
    if (h.has_tx)
        h.tx = d->scene.fact->http->id;
    if (found->entry != TABLE_NONE) {
        h.list = ruleset_text(d->rs, d->rs->tables[found->table].name);
        h.table = &verifier_tables(d->verifier)[found->table];
    }
    d->stats.hits++;
    c->hit(c->ctx, &h);
}

/* A body is looked at as it grows; what it must not hold is only known at its end. */
static bool is_time(const struct scene *s, const struct rs_rule *r)
{
    return (r->flags & RULE_WHOLE_BODY) == 0 || s->fact == NULL || s->fact->body_end;
}

/* False when a pass rule ended it. */
static bool try_rule(struct call *c, uint32_t index)
{
    struct detect *d = c->d;
    const struct rs_rule *r = &d->rs->rules[index];
    struct found found;
    d->stats.candidates++;
    if (!is_time(&d->scene, r) || !bits_hold(d, r, c->df) || !rule_header_holds(d->rs, r, &d->scene) ||
        !verify_rule(d->verifier, &d->values, r, &found))
        return true;
    d->stats.verified++;
    if (r->action == RULE_PASS) {
        let_pass(c);
        return false;
    }
    const struct meta *m = d->scene.meta;
    if (!seen_first(&d->seen, c->df, m->flow != NULL ? m->flow->id : 0, thing_hash(d, r, &found))) {
        d->stats.repeated++;
        return true;
    }
    enum threshold_answer a = threshold_count(&d->threshold, r, &d->scene.src, &d->scene.dst, m->ts_ns);
    d->stats.suppressed += a != LIMIT_SPEAK;
    if (a == LIMIT_NO_MATCH)
        return true;
    bits_change(d, r, c->df);
    tell(c, index, &found, a == LIMIT_SILENT);
    return true;
}

static void run(struct call *c)
{
    struct detect *d = c->d;
    values_begin(&d->values, &d->scene);
    for (uint32_t i = d->first[d->scene.trigger]; i < d->first[d->scene.trigger + 1]; i++)
        run_probe(d, i);
    if (d->candidates.n == 0)
        return;
    uint32_t n = candidates_take(&d->candidates);
    for (uint32_t i = 0; i < n && try_rule(c, d->candidates.list[i]); i++)
        ;
}

/* ---- entries ---- */

static bool trigger_of(const struct fact *f, enum trigger *t)
{
    switch (f->kind) {
    case FACT_HTTP_REQUEST: *t = TRIG_REQUEST; return true;
    case FACT_HTTP_RESPONSE: *t = TRIG_RESPONSE; return true;
    case FACT_HTTP_BODY: *t = f->dir == TO_SERVER ? TRIG_REQUEST_BODY : TRIG_RESPONSE_BODY; return true;
    case FACT_NPM: *t = TRIG_NPM; return f->npm != NULL;
    case FACT_TLS_CLIENT: *t = TRIG_TLS_CLIENT; return !f->tls->is_quic;
    case FACT_TLS_SERVER: *t = TRIG_TLS_SERVER; return !f->tls->is_quic;
    case FACT_TLS_CERT: *t = TRIG_TLS_CERT; return !f->tls->is_quic;
    case FACT_QUIC: *t = TRIG_QUIC; return true;
    case FACT_DNS: *t = f->dns->response ? TRIG_DNS_RESPONSE : TRIG_DNS; return true;
    default: return false;
    }
}

static bool any_rule(const struct detect *d, enum trigger t)
{
    return d->first[t] < d->first[t + 1];
}

/* Who is source and who is destination follows from the fact's direction: the packet at hand may
 * be one of the other direction, that acknowledged the bytes. */
static void set_scene(struct detect *d, const struct meta *m, const struct fact *f, enum trigger t, enum dir dir)
{
    struct scene *s = &d->scene;
    const struct flow_meta *w = m->flow;
    s->trigger = t;
    s->meta = m;
    s->fact = f;
    s->instance = 0;
    s->dir = dir;
    s->proto = w != NULL ? w->proto : m->proto;
    s->established = w == NULL || w->established;
    if (w == NULL || m->dir == dir) {
        s->src = m->src;
        s->dst = m->dst;
        s->sport = m->sport;
        s->dport = m->dport;
    } else {
        s->src = m->dst;
        s->dst = m->src;
        s->sport = m->dport;
        s->dport = m->sport;
    }
}

void detect_fact(struct detect *d, const struct meta *m, struct detect_flow *df, const struct fact *f,
                 detect_hit_fn *hit, void *ctx)
{
    enum trigger t;
    if (!trigger_of(f, &t) || !any_rule(d, t) || df->flags & DETECT_PASSED)
        return;
    set_scene(d, m, f, t, f->dir);
    if (has_tx(&d->scene) && df->pass_tx == f->http->id + 1)
        return;
    d->stats.facts++;
    struct call c = { d, df, hit, ctx };
    unsigned n = t == TRIG_TLS_CERT && !d->looks_at_names ? 1 : buffer_instances(&d->scene);
    for (d->scene.instance = 0; d->scene.instance < n; d->scene.instance++)
        run(&c);
}

void detect_flow_start(struct detect *d, const struct meta *m, struct detect_flow *df, detect_hit_fn *hit, void *ctx)
{
    bool established = m->flow == NULL || m->flow->established;
    if (!detect_flow_due(df, m->dir, established))
        return;
    df->asked |= (uint8_t)(1u << (m->dir + 2 * established));
    if (!any_rule(d, TRIG_FLOW) || df->flags & DETECT_PASSED)
        return;
    set_scene(d, m, NULL, TRIG_FLOW, m->dir);
    run(&(struct call){ d, df, hit, ctx });
}

void detect_app(struct detect *d, const struct meta *m, struct detect_flow *df, detect_hit_fn *hit, void *ctx)
{
    if (!any_rule(d, TRIG_APP) || df->flags & DETECT_PASSED)
        return;
    set_scene(d, m, NULL, TRIG_APP, m->dir);
    run(&(struct call){ d, df, hit, ctx });
}

bool detect_wants_flows(const struct detect *d) { return any_rule(d, TRIG_FLOW); }
bool detect_wants_bodies(const struct detect *d, enum dir dir)
{
    return any_rule(d, dir == TO_SERVER ? TRIG_REQUEST_BODY : TRIG_RESPONSE_BODY);
}

bool detect_wants(const struct detect *d, enum fact_kind kind)
{
    switch (kind) {
    case FACT_HTTP_REQUEST: return any_rule(d, TRIG_REQUEST);
    case FACT_HTTP_RESPONSE: return any_rule(d, TRIG_RESPONSE);
    case FACT_HTTP_BODY: return any_rule(d, TRIG_REQUEST_BODY) || any_rule(d, TRIG_RESPONSE_BODY);
    case FACT_NPM: return any_rule(d, TRIG_NPM);
    case FACT_TLS_CLIENT: return any_rule(d, TRIG_TLS_CLIENT);
    case FACT_TLS_SERVER: return any_rule(d, TRIG_TLS_SERVER);
    case FACT_TLS_CERT: return any_rule(d, TRIG_TLS_CERT);
    case FACT_QUIC: return any_rule(d, TRIG_QUIC);
    case FACT_DNS: return any_rule(d, TRIG_DNS) || any_rule(d, TRIG_DNS_RESPONSE);
    default: return false;
    }
}

const struct detect_stats *detect_stats(struct detect *d)
{
    d->stats.values_too_long = d->values.mem.refused;
    d->stats.gave_up = verifier_gave_up(d->verifier);
    return &d->stats;
}
