/* For each fact: probes find candidates, verification decides, and a hit is told once. */
#include "detect/detect.h"

#include "detect/detect_parts.h"

#include <netinet/in.h>
#include <stdlib.h>

enum { SCRATCH_MIN = 1 << 20 };

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
    if (d->values.mem.p == NULL || seen_open(&d->seen) != 0 || threshold_open(&d->threshold) != 0 ||
        host_bits_open(&d->own_host_bits) != 0) {
        error_set(err, "no memory for detection");
    } else if (detect_reload(d, rs, err) == 0) {
        d->host_bits = &d->own_host_bits;
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
    host_bits_close(&d->own_host_bits);
    free(d->values.mem.p);
    free(d);
}

void detect_share_hosts(struct detect *d, const struct detect *other)
{
    host_bits_close(&d->own_host_bits);
    d->host_bits = other->host_bits;
}

/* ---- entries ---- */

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
static void set_scene(struct detect *d, const struct meta *m, const struct fact *f, enum trigger t,
                      enum dir dir)
{
    struct scene *s = &d->scene;
    const struct flow_meta *w = m->flow;
    s->trigger = t;
    s->meta = m;
    s->fact = f;
    s->instance = 0;
    s->dir = dir;
    s->proto = w != NULL ? w->proto : m->proto;
    /* What rode on the SYN (TCP Fast Open, RFC 7413) is told before the handshake is over, and once:
     * a whole message counts as part of a connection. */
    s->established = w == NULL || w->established || (f != NULL && w->proto == IPPROTO_TCP);
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

static bool is_passed(const struct detect_flow *df)
{
    return (df->flags & (DETECT_PASSED | DETECT_PASSED_HELLO)) != 0;
}

void detect_fact(struct detect *d, const struct meta *m, struct detect_flow *df, const struct fact *f,
                 detect_hit_fn *hit, void *ctx)
{
    enum trigger t;
    if (f->kind == FACT_TLS_CLIENT || f->kind == FACT_QUIC)
        df->flags &= (uint8_t)~DETECT_PASSED_HELLO;
    if (!trigger_of(f, &t) || !any_rule(d, t) || is_passed(df))
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

void detect_flow_start(struct detect *d, const struct meta *m, struct detect_flow *df, detect_hit_fn *hit,
                       void *ctx)
{
    bool established = m->flow == NULL || m->flow->established;
    if (!detect_flow_due(df, m->dir, established))
        return;
    df->asked |= (uint8_t)(1u << (m->dir + 2 * established));
    if (!any_rule(d, TRIG_FLOW) || is_passed(df))
        return;
    set_scene(d, m, NULL, TRIG_FLOW, m->dir);
    run(&(struct call){ d, df, hit, ctx });
}

void detect_app(struct detect *d, const struct meta *m, struct detect_flow *df, detect_hit_fn *hit, void *ctx)
{
    if (!any_rule(d, TRIG_APP) || is_passed(df))
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
