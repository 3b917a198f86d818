/* Events are made here and nowhere else: the packet path writes a record, the reporter formats it. */
#include "observe.h"

#include "detect/table.h"

#include <netinet/in.h>

/* An event is recorded, or lost and counted; a replay makes room and tries again. */
#define RECORD(w, call)                                                                            \
    do {                                                                                           \
        if (!(call)) {                                                                             \
            if ((w)->relieve != NULL)                                                              \
                (w)->relieve((w)->relieve_ctx);                                                    \
            if ((w)->relieve == NULL || !(call))                                                   \
                (w)->n.events_lost++;                                                              \
        }                                                                                          \
    } while (0)

static const char *app_text(const struct worker *w, const struct flow *f)
{
    const char *ndpi = f->app == APP_FAILED && w->classify != NULL && f->app_base <= APP_FAILED
                           ? classify_name(w->classify, f->classified) : NULL;
    return ndpi != NULL ? ndpi : app_name((enum app_proto)f->app);
}

static void meta_of_packet(const struct worker *w, const struct packet *p, struct meta *m)
{
    m->ts_ns = p->ts_ns;
    m->pcap_cnt = p->number;
    m->iface = capture_iface_name(w->capture, p->iface);
    m->pkt_src = packet_source_text(p->source);
    m->ip_version = p->ip_version;
    m->n_vlan = p->n_vlan;
    memcpy(m->vlan, p->vlan, sizeof m->vlan);
    m->proto = p->proto;
    m->tcp_flags = p->tcp_flags;
    m->src = p->src;
    m->dst = p->dst;
    m->sport = p->sport;
    m->dport = p->dport;
    m->has_outer = p->has_outer;
    m->outer_src = p->outer_src;
    m->outer_dst = p->outer_dst;
}

static void meta_of_flow(const struct worker *w, const struct flow *f, const struct flow_meta *fm,
                         struct meta *m)
{
    m->ts_ns = f->last_ns;
    m->iface = capture_iface_name(w->capture, f->iface);
    m->n_vlan = f->n_vlan;
    memcpy(m->vlan, f->vlan, sizeof m->vlan);
    m->pkt_src = packet_source_text(SRC_FLUSH);
    m->ip_version = f->ip_version;
    m->proto = f->proto;
    m->src = fm->client;
    m->dst = fm->server;
    m->sport = fm->client_port;
    m->dport = fm->server_port;
}

void observe_meta(const struct worker *w, struct meta *m, struct flow_meta *fm)
{
    const struct flow *f = w->flow;
    *m = (struct meta){ .flow = fm };
    flow_meta(f, fm);
    if (w->packet != NULL && w->packet->flow == f) {
        meta_of_packet(w, w->packet, m);
        m->dir = flow_app_dir(f, w->packet->dir);
    } else {
        meta_of_flow(w, f, fm, m);
    }
    m->app_proto = app_text(w, f);
}

/* Protocol events speak from client to server, whichever packet completed them. */
static struct meta as_client(const struct meta *m)
{
    struct meta c = *m;
    c.src = m->flow->client;
    c.dst = m->flow->server;
    c.sport = m->flow->client_port;
    c.dport = m->flow->server_port;
    c.dir = TO_SERVER;
    return c;
}

static void anomaly(struct worker *w, const struct meta *m, const char *type, const char *event,
                    const char *layer)
{
    uint64_t second = m->ts_ns / 1000000000;
    if (second != w->anomaly_second) {
        w->anomaly_second = second;
        w->anomalies_this_second = 0;
    }
    w->n.anomalies++;
    if (++w->anomalies_this_second > w->cfg->anomaly_per_s) {
        w->n.anomalies_suppressed++;
        return;
    }
    struct anomaly_info a = { .type = type, .event = event, .layer = layer, .tx_id = -1 };
    RECORD(w, record_anomaly(w->events, m, &a));
}

void observe_bad_packet(struct worker *w, const struct packet *p)
{
    struct meta m = { 0 };
    meta_of_packet(w, p, &m);
    anomaly(w, &m, "decode", p->anomaly, NULL);
}

bool observe_dns_direction(struct worker *w, const struct fact *f)
{
    struct flow *flow = w->flow;
    if (f->dns->response && f->dir == TO_SERVER && flow->tx_count == 0 && flow->pkts[1] == 0 &&
        !(flow->flags & FLOW_REVERSED)) {
        flow->flags |= FLOW_REVERSED;
        return true;
    }
    return false;
}

static void count_tls(struct worker *w, const struct tls_session *s)
{
    w->n.tls_sessions++;
    w->n.tls_without_sni += s->has_client && s->sni.n == 0;
    w->n.ech_offered += s->ech == ECH_OFFERED;
    w->n.ech_grease += s->ech == ECH_GREASE;
}

void observe_fact(struct worker *w, const struct meta *m, const struct fact *f)
{
    struct meta c;
    switch (f->kind) {
    case FACT_HTTP_DONE:
        w->n.http_tx++;
        w->flow->tx_count++;
        c = as_client(m);
        RECORD(w, record_http(w->events, &c, f->http));
        break;
    case FACT_TLS_DONE:
        count_tls(w, f->tls);
        c = as_client(m);
        if (f->tls->has_client || f->tls->has_server)
            RECORD(w, record_tls(w->events, &c, f->tls));
        break;
    case FACT_QUIC:
        w->n.quic_sessions++;
        w->n.quic_without_sni += f->quic->tls == NULL || f->quic->tls->sni.n == 0;
        if (f->quic->tls != NULL) {
            w->n.ech_offered += f->quic->tls->ech == ECH_OFFERED;
            w->n.ech_grease += f->quic->tls->ech == ECH_GREASE;
        }
        c = as_client(m);
        RECORD(w, record_quic(w->events, &c, f->quic));
        break;
    case FACT_DNS:
        w->n.dns_messages++;
        c = as_client(m);
        RECORD(w, record_dns(w->events, &c, f->dns, w->flow->tx_count++));
        break;
    case FACT_NPM:
        w->n.npm_facts++;
        if (!w->cfg->eve_extensions)
            break;
        c = as_client(m);
        RECORD(w, record_npm(w->events, &c, f->npm, f->http));
        break;
    case FACT_ANOMALY:
        anomaly(w, m, "applayer", f->anomaly, "proto_parser");
        break;
    case FACT_HTTP_REQUEST: case FACT_HTTP_RESPONSE: case FACT_HTTP_BODY:
    case FACT_TLS_CLIENT: case FACT_TLS_SERVER: case FACT_TLS_CERT:
        break;                  /* these are for rules; the DONE fact is the event */
    }
}

/* ---- alerts ---- */

struct alert_text {
    struct kv metadata[ALERT_META_MAX];
    struct span references[ALERT_REFS_MAX];
    char urls[ALERT_REFS_MAX][256];
    unsigned n_metadata, n_references;
};

static struct span literal(const char *s) { return (struct span){ (const uint8_t *)s, strlen(s) }; }

static void add_pair(struct alert_text *t, struct span key, struct span value)
{
    if (t->n_metadata < ALERT_META_MAX && value.n > 0)
        t->metadata[t->n_metadata++] = (struct kv){ key, value };
}

/* "reference:url,example.com/x" stands in events as "https://example.com/x". */
static void add_reference(struct alert_text *t, struct span system, struct span id)
{
    if (t->n_references == ALERT_REFS_MAX)
        return;
    static const struct { const char *system, *prefix; } known[] = {
        { "url", "https://" }, { "cve", "https://nvd.nist.gov/vuln/detail/CVE-" },
    };
    const char *prefix = "";
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_is(system, known[i].system) && memmem(id.p, id.n, "://", 3) == NULL)
            prefix = known[i].prefix;
    char *out = t->urls[t->n_references];
    size_t n = strlen(prefix);
    memcpy(out, prefix, n);
    id = span_sub(id, 0, sizeof t->urls[0] - n);
    memcpy(out + n, id.p, id.n);
    t->references[t->n_references++] = (struct span){ (const uint8_t *)out, n + id.n };
}

static void add_list_entry(struct alert_text *t, const struct detect_hit *hit)
{
    if (hit->table == NULL || hit->entry == TABLE_NONE)
        return;
    for (uint32_t c = 0; c < table_columns(hit->table); c++)
        add_pair(t, table_column_name(hit->table, c), table_cell(hit->table, hit->entry, c));
}

static void collect(struct alert_text *t, const struct sighting *s, const struct detect_hit *hit)
{
    const struct rule_info *r = &hit->rule;
    t->n_metadata = t->n_references = 0;
    for (uint32_t i = 0; i < r->n_metadata; i++)
        add_pair(t, ruleset_text(r->rs, r->metadata[i].key), ruleset_text(r->rs, r->metadata[i].value));
    add_list_entry(t, hit);
    if (s->fact != NULL && s->fact->kind == FACT_NPM) {
        add_pair(t, literal("npm_package"), s->fact->npm->name);
        add_pair(t, literal("npm_version"), s->fact->npm->version);
    }
    for (uint32_t i = 0; i < r->n_references; i++)
        add_reference(t, ruleset_text(r->rs, r->references[i].key),
                      ruleset_text(r->rs, r->references[i].value));
}

void observe_hit(const struct sighting *s, const struct detect_hit *hit)
{
    struct worker *w = s->worker;
    if (hit->suppressed || hit->rule.noalert || hit->rule.action == RULE_PASS) {
        w->n.suppressed += hit->suppressed;
        return;
    }
    struct alert_text t;
    collect(&t, s, hit);
    static const enum alert_verdict verdicts[] = {
        [RULE_PASS] = ALERT_PASSED, [RULE_DROP] = ALERT_DROPPED, [RULE_REJECT] = ALERT_REJECTED,
        [RULE_ALERT] = ALERT_PASSED,
    };
    struct alert_info a = {
        .sid = hit->rule.sid, .gid = hit->rule.gid, .rev = hit->rule.rev,
        .severity = hit->rule.severity,
        .verdict = verdicts[hit->rule.action],
        .would = !w->cfg->enforce && hit->rule.action != RULE_ALERT,
        .tx_id = hit->has_tx ? (int64_t)hit->tx : -1,
        .msg = hit->rule.msg, .category = hit->rule.category,
        .metadata = t.metadata, .n_metadata = (uint16_t)t.n_metadata,
        .references = t.references, .n_references = (uint16_t)t.n_references,
    };
    w->n.alerts++;
    w->flow->flags |= FLOW_ALERTED;
    RECORD(w, record_alert(w->events, s->meta, &a, s->fact));
}

/* ---- flows ---- */

static enum flow_tcp_state tcp_state(const struct flow *f)
{
    bool client_fin = f->flags & FLOW_FIN_CLIENT, server_fin = f->flags & FLOW_FIN_SERVER;
    if (f->proto != IPPROTO_TCP)
        return FLOW_TCP_NONE;
    if (f->flags & FLOW_RST_SEEN)
        return FLOW_TCP_CLOSED;
    if (client_fin && server_fin)
        return FLOW_TCP_CLOSED;
    if (client_fin)
        return FLOW_TCP_FIN_WAIT1;
    if (server_fin)
        return FLOW_TCP_CLOSE_WAIT;
    if (f->state == STATE_ESTABLISHED)
        return FLOW_TCP_ESTABLISHED;
    return f->pkts[1] > 0 ? FLOW_TCP_SYN_RECV : FLOW_TCP_SYN_SENT;
}

static void count_flow(struct worker *w, const struct flow *f)
{
    w->n.gap_flows += (f->flags & (FLOW_GAP_SERVER | FLOW_GAP_CLIENT)) != 0;
    w->n.midstream_flows += (f->flags & FLOW_MIDSTREAM) != 0 && f->app <= APP_FAILED;
    w->n.unclaimed_flows += f->app == APP_FAILED;
}

void observe_flow_end(struct worker *w, const struct flow *f, enum flow_why why)
{
    count_flow(w, f);
    /* A flood of SYNs must not become a flood of log lines. */
    if (why == FLOW_WHY_FORCED && (f->flags & FLOW_HALF_OPEN) && f->pkts[1] == 0) {
        w->n.syn_only_unlogged++;
        return;
    }
    struct meta m;
    struct flow_meta fm;
    flow_meta(f, &fm);
    m = (struct meta){ .flow = &fm };
    meta_of_flow(w, f, &fm, &m);
    m.app_proto = app_text(w, f);
    static const enum flow_end_state states[] = {
        [STATE_NEW] = FLOW_END_NEW, [STATE_ESTABLISHED] = FLOW_END_ESTABLISHED,
        [STATE_CLOSED] = FLOW_END_CLOSED,
    };
    bool r = f->flags & FLOW_REVERSED;
    struct flow_end e = {
        .state = states[f->state],
        .reason = why == FLOW_WHY_FORCED     ? FLOW_END_FORCED
                  : why == FLOW_WHY_SHUTDOWN ? FLOW_END_SHUTDOWN
                                             : FLOW_END_TIMEOUT,
        .action = ALERT_PASSED,
        .alerted = f->flags & FLOW_ALERTED,
        .midstream = f->flags & FLOW_MIDSTREAM,
        .tcp_state = tcp_state(f),
        .tcp_flags = { f->tcp_flags[r], f->tcp_flags[!r] },
        .gap = { f->flags & (r ? FLOW_GAP_CLIENT : FLOW_GAP_SERVER),
                 f->flags & (r ? FLOW_GAP_SERVER : FLOW_GAP_CLIENT) },
        .max_regions = { (uint16_t)(1 + f->stream[r].n_segments_max),
                         (uint16_t)(1 + f->stream[!r].n_segments_max) },
        .tx_count = f->tx_count,
    };
    RECORD(w, record_flow(w->events, &m, &e));
}
