/* The worker's side: values are laid down in the order in which record_read.c takes them up. */
#include "record_put.h"

static void put_flow(struct out *o, const struct flow_meta *f)
{
    struct wire_flow w = { .id = f->id, .start_ns = f->start_ns, .last_ns = f->last_ns,
                           .pkts = { f->pkts[0], f->pkts[1] }, .bytes = { f->bytes[0], f->bytes[1] },
                           .client = f->client, .server = f->server, .client_port = f->client_port,
                           .server_port = f->server_port, .proto = f->proto,
                           .established = f->established };
    put(o, &w, sizeof w);
}

static void put_meta(struct out *o, const struct meta *m)
{
    struct wire_meta w = {
        .ts_ns = m->ts_ns, .pcap_cnt = m->pcap_cnt, .src = m->src, .dst = m->dst,
        .sport = m->sport, .dport = m->dport, .vlan = { m->vlan[0], m->vlan[1], m->vlan[2] },
        .ip_version = m->ip_version, .proto = m->proto, .tcp_flags = m->tcp_flags,
        .dir = (uint8_t)m->dir, .n_vlan = m->n_vlan <= META_VLAN_MAX ? m->n_vlan : META_VLAN_MAX,
        .has = (uint8_t)((m->has_outer ? META_OUTER : 0) | (m->flow != NULL ? META_FLOW : 0)),
    };
    put(o, &w, sizeof w);
    if (m->has_outer) {
        put(o, &m->outer_src, sizeof m->outer_src);
        put(o, &m->outer_dst, sizeof m->outer_dst);
    }
    if (m->flow != NULL)
        put_flow(o, m->flow);
    put_name(o, m->iface);
    put_name(o, m->pkt_src);
    put_name(o, m->app_proto);
}

static bool begin(struct ring *r, struct out *o, enum event_type type)
{
    uint8_t *p = ring_claim(r, RECORD_MAX);
    if (p == NULL)
        return false;
    *o = (struct out){ p, p + RECORD_MAX };
    put_u8(o, (uint8_t)type);
    return true;
}

static bool begin_with(struct ring *r, struct out *o, enum event_type type, const struct meta *m,
                       uint8_t parts, int64_t tx_id, uint8_t **start)
{
    if (!begin(r, o, type))
        return false;
    *start = o->p - 1;
    put_meta(o, m);
    put_u8(o, parts);
    put_u64(o, (uint64_t)tx_id);
    return true;
}

static bool end(struct ring *r, const struct out *o, const uint8_t *start)
{
    ring_commit(r, (size_t)(o->p - start));
    return true;
}

static uint8_t parts_of(const struct fact *f)
{
    if (f == NULL)
        return 0;
    switch (f->kind) {
    case FACT_HTTP_REQUEST: case FACT_HTTP_RESPONSE: case FACT_HTTP_BODY: case FACT_HTTP_DONE:
        return f->http != NULL ? PART_HTTP : 0;
    case FACT_NPM:
        return (uint8_t)((f->http != NULL ? PART_HTTP : 0) | (f->npm != NULL ? PART_NPM : 0));
    case FACT_TLS_CLIENT: case FACT_TLS_SERVER: case FACT_TLS_CERT: case FACT_TLS_DONE:
        return f->tls != NULL ? PART_TLS : 0;
    case FACT_QUIC:
        return f->quic != NULL ? PART_QUIC : 0;
    case FACT_DNS:
        return f->dns != NULL ? PART_DNS : 0;
    case FACT_ANOMALY:
        return 0;
    }
    return 0;
}

static void put_alert(struct out *o, const struct alert_info *a)
{
    put_u32(o, a->sid);
    put_u32(o, a->gid);
    put_u32(o, a->rev);
    put_u8(o, a->severity);
    put_u8(o, (uint8_t)a->verdict);
    put_u8(o, a->would);
    put_span(o, a->msg, CUT_MSG);
    put_span(o, a->category, CUT_TYPE);
    const uint8_t *budget = o->p + META_BYTES;
    uint8_t *count = o->p, n = 0;
    put_u8(o, 0);
    for (; n < a->n_metadata && n < ALERT_META_MAX && budget - o->p > CUT_META + CUT_WORD + 4; n++) {
        put_span(o, a->metadata[n].key, CUT_WORD);
        put_span(o, a->metadata[n].value, CUT_META);
    }
    *count = n;
    budget = o->p + REFS_BYTES;
    count = o->p, n = 0;
    put_u8(o, 0);
    for (; n < a->n_references && n < ALERT_REFS_MAX && budget - o->p > CUT_META + 2; n++)
        put_span(o, a->references[n], CUT_META);
    *count = n;
}

bool record_alert(struct ring *r, const struct meta *m, const struct alert_info *a,
                  const struct fact *f)
{
    struct out o;
    uint8_t *start, parts = parts_of(f);
    if (!begin_with(r, &o, EVENT_ALERT, m, parts, a->tx_id, &start))
        return false;
    put_alert(&o, a);
    if (parts & PART_HTTP)
        put_http(&o, f->http);
    if (parts & PART_TLS)
        put_tls(&o, f->tls);
    if (parts & PART_QUIC)
        put_quic(&o, f->quic);
    if (parts & PART_NPM)
        put_npm(&o, f->npm);
    if (parts & PART_DNS)
        put_dns(&o, f->dns);
    return end(r, &o, start);
}

bool record_drop(struct ring *r, const struct meta *m, const struct drop_info *d)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_DROP, m, 0, -1, &start))
        return false;
    put_name(&o, d->reason);
    put_u16(&o, d->len);
    put_u8(&o, d->ttl);
    put_u32(&o, d->tcp_seq);
    put_u32(&o, d->tcp_ack);
    put_u16(&o, d->tcp_win);
    return end(r, &o, start);
}

bool record_http(struct ring *r, const struct meta *m, const struct http_tx *tx)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_HTTP, m, PART_HTTP, tx->id, &start))
        return false;
    put_http(&o, tx);
    return end(r, &o, start);
}

bool record_tls(struct ring *r, const struct meta *m, const struct tls_session *s)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_TLS, m, PART_TLS, -1, &start))
        return false;
    put_tls(&o, s);
    return end(r, &o, start);
}

bool record_quic(struct ring *r, const struct meta *m, const struct quic_session *s)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_QUIC, m, PART_QUIC, -1, &start))
        return false;
    put_quic(&o, s);
    return end(r, &o, start);
}

bool record_dns(struct ring *r, const struct meta *m, const struct dns_message *d, uint32_t tx_id)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_DNS, m, PART_DNS, tx_id, &start))
        return false;
    put_dns(&o, d);
    return end(r, &o, start);
}

bool record_npm(struct ring *r, const struct meta *m, const struct npm_fact *n,
                const struct http_tx *tx)
{
    struct out o;
    uint8_t *start;
    uint8_t parts = (uint8_t)(PART_NPM | (tx != NULL ? PART_HTTP : 0));
    if (!begin_with(r, &o, EVENT_NPM, m, parts, tx != NULL ? (int64_t)tx->id : -1, &start))
        return false;
    if (tx != NULL)
        put_http(&o, tx);
    put_npm(&o, n);
    return end(r, &o, start);
}

bool record_flow(struct ring *r, const struct meta *m, const struct flow_end *e)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_FLOW, m, 0, -1, &start))
        return false;
    put_u8(&o, (uint8_t)e->state);
    put_u8(&o, (uint8_t)e->reason);
    put_u8(&o, (uint8_t)e->action);
    put_u8(&o, e->alerted);
    put_u8(&o, e->midstream);
    put_u8(&o, (uint8_t)e->tcp_state);
    for (int d = 0; d < 2; d++) {
        put_u8(&o, e->tcp_flags[d]);
        put_u8(&o, e->gap[d]);
        put_u16(&o, e->max_regions[d]);
    }
    put_u32(&o, e->tx_count);
    return end(r, &o, start);
}

bool record_anomaly(struct ring *r, const struct meta *m, const struct anomaly_info *a)
{
    struct out o;
    uint8_t *start;
    if (!begin_with(r, &o, EVENT_ANOMALY, m, 0, a->tx_id, &start))
        return false;
    put_name(&o, a->type);
    put_name(&o, a->event);
    put_name(&o, a->layer);
    return end(r, &o, start);
}

bool record_stats(struct ring *r, uint64_t ts_ns, const struct stat_value *v, unsigned n)
{
    static const struct meta nowhere;
    struct meta m = nowhere;
    struct out o;
    uint8_t *start;
    m.ts_ns = ts_ns;
    if (!begin_with(r, &o, EVENT_STATS, &m, 0, -1, &start))
        return false;
    n = n <= STATS_MAX ? n : STATS_MAX;
    uint8_t *count = o.p;
    uint16_t wrote = 0;
    put_u16(&o, 0);
    for (; wrote < n && o.end - o.p > 300; wrote++) {
        put_name(&o, v[wrote].name);
        put_u64(&o, v[wrote].value);
    }
    memcpy(count, &wrote, sizeof wrote);
    return end(r, &o, start);
}
