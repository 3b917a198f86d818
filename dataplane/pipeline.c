/* What happens to a packet, from top to bottom:
 *
 *     capture -> decode -> flow -> reassemble -> app -> detect -> verdict -> forward
 *                                                         \-> event ring -> reporter
 *
 * A worker runs each batch to completion. Stages are called by name; what parsers understand comes
 * back as facts to on_fact(), where rules see it and events are made. */
#include "pipeline.h"

#include "app/http_host.h"
#include "app/npm.h"
#include "observe.h"

#include <netinet/in.h>

/* ---- facts: from parsers to rules and events ---- */

static void on_hit(void *ctx, const struct detect_hit *hit);

/* The same request under the name in its Host header, when its target names another one. */
static void look_at_other_host(const struct sighting *s)
{
    struct http_tx tx = *s->fact->http;
    struct fact f = *s->fact;
    uint8_t room[HTTP_HOST_MAX];
    if (!http_other_host(&s->fact->http->req, &tx.req, room))
        return;
    f.http = &tx;
    struct sighting other = { s->worker, s->meta, &f };
    detect_fact(s->worker->detect, s->meta, &s->worker->flow->detect, &f, on_hit, &other);
}

/* A packet may complete what the other side had sent (data on the SYN is read at the SYN-ACK): whose
 * words they are decides who is source and who destination. */
static void turn_to(struct meta *m, enum dir dir)
{
    struct addr src = m->src;
    uint16_t sport = m->sport;
    if (m->dir == dir)
        return;
    m->src = m->dst;
    m->sport = m->dport;
    m->dst = src;
    m->dport = sport;
    m->dir = dir;
}

static void look(struct worker *w, const struct fact *f)
{
    struct meta m;
    struct flow_meta fm;
    observe_meta(w, &m, &fm);
    turn_to(&m, f->dir);
    struct sighting s = { w, &m, f };
    if (detect_wants(w->detect, f->kind)) {
        detect_fact(w->detect, &m, &w->flow->detect, f, on_hit, &s);
        if (f->kind == FACT_HTTP_REQUEST)
            look_at_other_host(&s);
    }
    observe_fact(w, &m, f);
}

static void on_npm(void *ctx, const struct npm_fact *npm)
{
    const struct sighting *s = ctx;
    struct fact f = *s->fact;
    f.kind = FACT_NPM;
    f.npm = npm;
    look(s->worker, &f);
}

/* Every fact of every parser comes here. */
static void on_fact(void *ctx, const struct fact *f)
{
    struct worker *w = ctx;
    struct fact turned = *f;
    if (f->kind == FACT_DNS && observe_dns_direction(w, f)) {
        turned.dir = !f->dir;
        f = &turned;
    }
    look(w, f);
    if (f->kind == FACT_HTTP_REQUEST) {
        struct sighting s = { w, NULL, f };
        npm_from_request(&f->http->req, on_npm, &s);
    }
}

/* A rule matched: an event, and perhaps a stronger verdict. */
static void on_hit(void *ctx, const struct detect_hit *hit)
{
    const struct sighting *s = ctx;
    struct worker *w = s->worker;
    static const enum action wanted[] = {
        [RULE_PASS] = ACT_FORWARD, [RULE_DROP] = ACT_DROP, [RULE_REJECT] = ACT_REJECT,
        [RULE_ALERT] = ACT_FORWARD,
    };
    struct verdict v = { wanted[hit->rule.action], WHY_RULE, hit->rule.index, false };
    w->asked = verdict_join(w->asked, v);
    observe_hit(s, hit);
}

/* ---- stages ---- */

static void tcp_slice(void *ctx, struct flow *f, enum dir dir, struct span bytes)
{
    struct worker *w = ctx;
    w->flow = f;
    app_tcp(&w->app, f, dir, bytes);
}

static void tcp_gap(void *ctx, struct flow *f, enum dir dir, uint64_t n)
{
    struct worker *w = ctx;
    w->flow = f;
    app_gap(&w->app, f, dir, n);
}

static void tcp_end(void *ctx, struct flow *f, enum dir dir)
{
    struct worker *w = ctx;
    w->flow = f;
    app_end(&w->app, f, dir);
}

/* A flow leaves the table (idle, evicted, replaced, or at the end). */
static void flow_closed(void *ctx, struct flow *f, enum flow_why why)
{
    struct worker *w = ctx;
    struct flow *before = w->flow;
    w->flow = f;
    tcp_close(&w->tcp, f);
    app_flow_closed(&w->app, f);
    observe_flow_end(w, f, why);
    if (w->classify != NULL)
        classify_flow_closed(w->classify, f);
    w->flow = before;
}

/* Address and port rules: once a direction, and again once the connection stands. */
static void look_at_flow(struct worker *w, struct flow *f, const struct packet *p)
{
    bool established = flow_established(f);
    if (!detect_wants_flows(w->detect) || !detect_flow_due(&f->detect, flow_app_dir(f, p->dir), established))
        return;
    struct meta m;
    struct flow_meta fm;
    observe_meta(w, &m, &fm);
    struct sighting s = { w, &m, NULL };
    detect_flow_start(w->detect, &m, &f->detect, on_hit, &s);
}

/* Rules that only name a protocol: once it is known, by our parsers or else by nDPI. */
static void look_at_app(struct worker *w, struct flow *f)
{
    bool pending = f->app == APP_UNKNOWN ||
                   (f->app == APP_FAILED && w->classify != NULL && f->classified == 0);
    if (pending || (f->flags & FLOW_APP_TOLD))
        return;
    f->flags |= FLOW_APP_TOLD;
    struct meta m;
    struct flow_meta fm;
    observe_meta(w, &m, &fm);
    struct sighting s = { w, &m, NULL };
    detect_app(w->detect, &m, &f->detect, on_hit, &s);
}

static void inspect_payload(struct worker *w, struct flow *f, struct packet *p)
{
    if (p->proto == IPPROTO_TCP) {
        bool was_quiet = f->flags & FLOW_QUIET;
        f->tcp_flags[p->dir] |= p->tcp_flags;
        tcp_packet(&w->tcp, p);
        if (!was_quiet && (f->flags & FLOW_QUIET))
            tcp_quiet(&w->tcp, f);
    } else {
        if (f->state == STATE_NEW && f->pkts[0] > 0 && f->pkts[1] > 0)
            flow_set_state(&w->flows, f, STATE_ESTABLISHED);
        if (p->proto == IPPROTO_UDP)
            app_udp(&w->app, f, p->dir, p->payload);
    }
    if (w->classify != NULL && f->classified == 0 && f->app <= APP_FAILED &&
        f->app_tries[0] + f->app_tries[1] > 0)
        classify_packet(w->classify, f, p);
    look_at_app(w, f);
}

static void inspect(struct worker *w, struct packet *p)
{
    struct flow *f = p->flow;
    w->packet = p;
    w->flow = f;
    w->asked = (struct verdict){ ACT_FORWARD, WHY_NONE, 0, false };
    if (f == NULL)
        return;
    p->dir = flow_dir(f, p);            /* an earlier packet of the batch may have restarted it */
    f->pkts[p->dir]++;
    f->bytes[p->dir] += p->wirelen;
    if (p->ts_ns > f->last_ns)
        f->last_ns = p->ts_ns;
    look_at_flow(w, f, p);
    inspect_payload(w, f, p);
    if (f->state == STATE_ESTABLISHED)
        look_at_flow(w, f, p);
    p->verdict = verdict_settle(w->asked, w->cfg->enforce);
}

/* Reassembly, parsers and rules, packet by packet: a packet's consequences come before the next. */
static void inspect_batch(struct worker *w)
{
    for (unsigned i = 0; i < w->batch.n; i++) {
        struct packet *p = &w->batch.p[i];
        inspect(w, p);
        if (p->anomaly != NULL)
            observe_bad_packet(w, p);
    }
    w->packet = NULL;
}

/* The one place where a packet leaves or dies, with one reason, counted. */
static void forward_batch(struct worker *w)
{
    for (unsigned i = 0; i < w->batch.n; i++) {
        const struct packet *p = &w->batch.p[i];
        w->n.packets++;
        w->n.bytes += p->wirelen;
        w->n.would_drop += p->verdict.would;
        if (p->verdict.action >= ACT_DROP)
            w->n.dropped++;
        else
            w->n.forwarded++;
    }
}

static void shed_flow(void *ctx, struct flow *f)
{
    struct worker *w = ctx;
    w->flow = f;
    tcp_shed(&w->tcp, f);
    app_shed(&w->app, f);
}

/* Buffers are nearly spent: flows that have held theirs for longest give them back, so that new ones
 * can be inspected. */
static void shed(struct worker *w)
{
    enum { LOOKS = 8 * BATCH_MAX };
    if (pool_in_use(w->pool) > pool_room_total(w->pool) / 8 * 7)
        flow_visit(&w->flows, LOOKS, shed_flow, w);
}

int pipeline_turn(struct worker *w)
{
    shed(w);
    flow_make_room(&w->flows);          /* evicts here, so no flow moves under the batch */
    int more = capture_batch(w->capture, &w->batch);
    decode_batch(&w->decode, &w->batch);
    flow_batch(&w->flows, &w->batch);
    inspect_batch(w);
    forward_batch(w);
    return more;
}

void pipeline_idle(struct worker *w, uint64_t now_ns)
{
    if (now_ns > w->flows.now_ns)
        w->flows.now_ns = now_ns;
}

void pipeline_finish(struct worker *w)
{
    flow_end_all(&w->flows, FLOW_WHY_SHUTDOWN);
}

/* The stages' callbacks lead back here. */
void pipeline_wire(struct worker *w)
{
    w->tcp.slice = tcp_slice;
    w->tcp.gap = tcp_gap;
    w->tcp.end = tcp_end;
    w->tcp.ctx = w;
    w->app.out.fact = on_fact;
    w->app.out.ctx = w;
    w->flows.closed = flow_closed;
    w->flows.ctx = w;
}
