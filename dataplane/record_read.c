/* The reporter's side. The bytes come from a process that parses hostile packets, so they are read
 * as if they were hostile themselves: through a cursor, enums and flags checked. */
#include "record_wire.h"

/* Numbers and blocks of a fixed size; zeros when they are not there. */
static inline void get(struct cursor *c, void *out, size_t n)
{
    if (c->left < n) {
        *c = (struct cursor){ c->p, 0, true };
        memset(out, 0, n);
        return;
    }
    memcpy(out, c->p, n);
    c->p += n;
    c->left -= n;
}

static inline uint8_t get_u8(struct cursor *c) { uint8_t v; get(c, &v, sizeof v); return v; }
static inline uint16_t get_u16(struct cursor *c) { uint16_t v; get(c, &v, sizeof v); return v; }
static inline uint32_t get_u32(struct cursor *c) { uint32_t v; get(c, &v, sizeof v); return v; }
static inline uint64_t get_u64(struct cursor *c) { uint64_t v; get(c, &v, sizeof v); return v; }
static inline bool get_bool(struct cursor *c) { return get_u8(c) != 0; }
static inline struct span get_span(struct cursor *c) { return cur_take(c, get_u16(c)); }

/* A number below `end`; anything else makes the record bad. */
static unsigned get_enum(struct cursor *c, unsigned limit)
{
    unsigned v = get_u8(c);
    if (v < limit)
        return v;
    *c = (struct cursor){ c->p, 0, true };
    return 0;
}

static const char *get_name(struct cursor *c)
{
    size_t n = get_u8(c);
    if (n == NAME_NONE || c->bad)
        return NULL;
    struct span s = cur_take(c, n + 1);
    if (s.n != n + 1 || s.p[n] != 0) {
        c->bad = true;
        return NULL;
    }
    return (const char *)s.p;
}

static void get_flow(struct cursor *c, struct flow_meta *f)
{
    struct wire_flow w;
    get(c, &w, sizeof w);
    *f = (struct flow_meta){ .id = w.id, .start_ns = w.start_ns, .last_ns = w.last_ns,
                             .pkts = { w.pkts[0], w.pkts[1] }, .bytes = { w.bytes[0], w.bytes[1] },
                             .client = w.client, .server = w.server, .client_port = w.client_port,
                             .server_port = w.server_port, .proto = w.proto,
                             .established = w.established != 0 };
}

static void get_meta(struct cursor *c, struct event *e)
{
    struct meta *m = &e->meta;
    struct wire_meta w;
    get(c, &w, sizeof w);
    if (w.dir > TO_CLIENT || w.n_vlan > META_VLAN_MAX)
        c->bad = true;
    *m = (struct meta){ .ts_ns = w.ts_ns, .pcap_cnt = w.pcap_cnt, .ip_version = w.ip_version,
                        .n_vlan = w.n_vlan, .vlan = { w.vlan[0], w.vlan[1], w.vlan[2] },
                        .proto = w.proto, .tcp_flags = w.tcp_flags, .src = w.src, .dst = w.dst,
                        .sport = w.sport, .dport = w.dport, .has_outer = w.has & META_OUTER,
                        .dir = w.dir == TO_CLIENT ? TO_CLIENT : TO_SERVER };
    if (m->has_outer) {
        get(c, &m->outer_src, sizeof m->outer_src);
        get(c, &m->outer_dst, sizeof m->outer_dst);
    }
    if (w.has & META_FLOW) {
        m->flow = &e->flow;
        get_flow(c, &e->flow);
    }
    m->iface = get_name(c);
    m->pkt_src = get_name(c);
    m->app_proto = get_name(c);
}

static void get_http(struct cursor *c, struct http_tx *t)
{
    *t = (struct http_tx){ .id = get_u32(c) };
    t->stream = get_u32(c);
    uint8_t has = get_u8(c);
    t->has_request = has & HTTP_REQ;
    t->has_response = has & HTTP_RESP;
    t->gap = has & HTTP_GAP;
    t->req_body_len = get_u64(c);
    t->resp_body_len = get_u64(c);
    if (t->has_request) {
        struct http_request *q = &t->req;
        q->version = get_u8(c);
        q->port = get_u16(c);
        q->method = get_span(c);
        q->uri = get_span(c);
        q->protocol = get_span(c);
        q->host = get_span(c);
        q->user_agent = get_span(c);
        q->referer = get_span(c);
        q->content_type = get_span(c);
        q->x_forwarded_for = get_span(c);
    }
    if (t->has_response) {
        struct http_response *a = &t->resp;
        a->version = get_u8(c);
        a->status = get_u16(c);
        a->protocol = get_span(c);
        a->status_text = get_span(c);
        a->content_type = get_span(c);
        a->location = get_span(c);
        a->content_range = get_span(c);
    }
}

/* Field by field, for the SAN table is large and mostly empty. */
static void get_tls(struct cursor *c, struct tls_session *s)
{
    uint8_t has = get_u8(c);
    s->has_client = has & TLS_CLIENT;
    s->has_server = has & TLS_SERVER;
    s->has_cert = has & TLS_CERT;
    s->is_quic = has & TLS_QUIC;
    s->resumed = has & TLS_RESUMED;
    s->client_version = s->has_client ? get_u16(c) : 0;
    s->ech = s->has_client ? (enum tls_ech)get_enum(c, ECH_OFFERED + 1) : ECH_NONE;
    s->sni = s->has_client ? get_span(c) : SPAN_NONE;
    s->alpns = s->has_client ? get_span(c) : SPAN_NONE;
    s->ja3 = s->has_client ? get_span(c) : SPAN_NONE;
    s->ja3_hash = s->has_client ? get_span(c) : SPAN_NONE;
    s->ja4 = s->has_client ? get_span(c) : SPAN_NONE;
    s->version = s->has_server ? get_u16(c) : 0;
    s->cipher = s->has_server ? get_u16(c) : 0;
    s->server_alpn = s->has_server ? get_span(c) : SPAN_NONE;
    s->ja3s = s->has_server ? get_span(c) : SPAN_NONE;
    s->ja3s_hash = s->has_server ? get_span(c) : SPAN_NONE;
    s->cert = SPAN_NONE;
    s->n_sans = 0;
    if (!s->has_cert)
        return;
    s->subject = get_span(c);
    s->issuer = get_span(c);
    s->serial = get_span(c);
    s->fingerprint = get_span(c);
    s->not_before = (int64_t)get_u64(c);
    s->not_after = (int64_t)get_u64(c);
    s->n_sans = (uint16_t)get_enum(c, TLS_SANS_MAX + 1);
    for (unsigned i = 0; i < s->n_sans; i++)
        s->sans[i] = get_span(c);
}

static void get_quic(struct cursor *c, struct event *e)
{
    e->quic.version = get_u32(c);
    e->quic.user_agent = get_span(c);
    e->quic.tls = &e->tls;
    get_tls(c, &e->tls);
}

static void get_dns(struct cursor *c, struct dns_message *d)
{
    d->id = get_u16(c);
    d->flags = get_u16(c);
    d->rcode = get_u16(c);
    d->opcode = get_u8(c);
    d->response = get_bool(c);
    d->n_questions = (uint8_t)get_enum(c, DNS_QUESTIONS_MAX + 1);
    for (unsigned i = 0; i < d->n_questions; i++) {
        struct dns_question *q = &d->question[i];
        q->name = get_span(c);
        q->type = get_u16(c);
        q->class = get_u16(c);
    }
    d->n_records = (uint8_t)get_enum(c, DNS_RECORDS_MAX + 1);
    for (unsigned i = 0; i < d->n_records; i++) {
        struct dns_record *a = &d->record[i];
        a->name = get_span(c);
        a->type = get_u16(c);
        a->class = get_u16(c);
        a->ttl = get_u32(c);
        a->section = (enum dns_section)get_enum(c, DNS_ADDITIONAL + 1);
        a->rdata = get_span(c);
    }
}

static void get_npm(struct cursor *c, struct npm_fact *n)
{
    n->kind = (enum npm_kind)get_enum(c, NPM_SEARCH + 1);
    n->placeholder = get_bool(c);
    n->name = get_span(c);
    n->version = get_span(c);
    n->spec = get_span(c);
    n->registry = get_span(c);
    n->client = get_span(c);
    n->session = get_span(c);
}

static void get_alert(struct cursor *c, struct event *e)
{
    struct alert_info *a = &e->alert;
    a->sid = get_u32(c);
    a->gid = get_u32(c);
    a->rev = get_u32(c);
    a->severity = get_u8(c);
    a->verdict = (enum alert_verdict)get_enum(c, ALERT_REJECTED + 1);
    a->would = get_bool(c);
    a->tx_id = e->tx_id;
    a->msg = get_span(c);
    a->category = get_span(c);
    a->n_metadata = (uint16_t)get_enum(c, ALERT_META_MAX + 1);
    a->metadata = e->metadata;
    for (unsigned i = 0; i < a->n_metadata; i++) {
        e->metadata[i].key = get_span(c);
        e->metadata[i].value = get_span(c);
    }
    a->n_references = (uint16_t)get_enum(c, ALERT_REFS_MAX + 1);
    a->references = e->references;
    for (unsigned i = 0; i < a->n_references; i++)
        e->references[i] = get_span(c);
}

static void get_drop(struct cursor *c, struct drop_info *d)
{
    d->reason = get_name(c);
    d->len = get_u16(c);
    d->ttl = get_u8(c);
    d->tcp_seq = get_u32(c);
    d->tcp_ack = get_u32(c);
    d->tcp_win = get_u16(c);
}

static void get_end(struct cursor *c, struct flow_end *f)
{
    f->state = (enum flow_end_state)get_enum(c, FLOW_END_BYPASSED + 1);
    f->reason = (enum flow_end_reason)get_enum(c, FLOW_END_SHUTDOWN + 1);
    f->action = (enum alert_verdict)get_enum(c, ALERT_REJECTED + 1);
    f->alerted = get_bool(c);
    f->midstream = get_bool(c);
    f->tcp_state = (enum flow_tcp_state)get_enum(c, FLOW_TCP_CLOSED + 1);
    for (int d = 0; d < 2; d++) {
        f->tcp_flags[d] = get_u8(c);
        f->gap[d] = get_bool(c);
        f->max_regions[d] = get_u16(c);
    }
    f->tx_count = get_u32(c);
}

static void get_anomaly(struct cursor *c, struct event *e)
{
    e->anomaly.type = get_name(c);
    e->anomaly.event = get_name(c);
    e->anomaly.layer = get_name(c);
    e->anomaly.tx_id = e->tx_id;
    if (e->anomaly.type == NULL || e->anomaly.event == NULL)
        c->bad = true;
}

static void get_stats(struct cursor *c, struct event *e)
{
    e->n_stats = get_u16(c);
    if (e->n_stats > STATS_MAX)
        c->bad = true;
    for (unsigned i = 0; i < e->n_stats && !c->bad; i++) {
        e->stats[i].name = get_name(c);
        e->stats[i].value = get_u64(c);
        if (e->stats[i].name == NULL)
            c->bad = true;
    }
}

/* What may stand in an event of each type. */
static bool parts_fit(enum event_type type, uint8_t parts)
{
    switch (type) {
    case EVENT_ALERT: return true;
    case EVENT_HTTP: return parts == PART_HTTP;
    case EVENT_TLS: return parts == PART_TLS;
    case EVENT_QUIC: return parts == PART_QUIC;
    case EVENT_DNS: return parts == PART_DNS;
    case EVENT_NPM: return (parts & ~PART_HTTP) == PART_NPM;
    case EVENT_DROP: case EVENT_FLOW: case EVENT_ANOMALY: case EVENT_STATS: return parts == 0;
    }
    return false;
}

static void get_parts(struct cursor *c, struct event *e)
{
    if (e->has_http)
        get_http(c, &e->http);
    if (e->has_tls)
        get_tls(c, &e->tls);
    if (e->has_quic)
        get_quic(c, e);
    if (e->has_npm)
        get_npm(c, &e->npm);
    if (e->has_dns)
        get_dns(c, &e->dns);
}

bool record_read(struct span bytes, struct event *e)
{
    struct cursor c = cur_over(bytes);
    e->type = (enum event_type)get_enum(&c, EVENT_TYPES);
    get_meta(&c, e);
    uint8_t parts = get_u8(&c);
    e->tx_id = (int64_t)get_u64(&c);
    if (c.bad || !parts_fit(e->type, parts))
        return false;
    e->has_http = parts & PART_HTTP;
    e->has_tls = parts & PART_TLS;
    e->has_quic = parts & PART_QUIC;
    e->has_dns = parts & PART_DNS;
    e->has_npm = parts & PART_NPM;
    if (e->has_tls && e->has_quic)
        return false;       /* both would be read into one session */
    switch (e->type) {
    case EVENT_ALERT: get_alert(&c, e); break;
    case EVENT_DROP: get_drop(&c, &e->drop); break;
    case EVENT_FLOW: get_end(&c, &e->end); break;
    case EVENT_ANOMALY: get_anomaly(&c, e); break;
    case EVENT_STATS: get_stats(&c, e); break;
    default: break;
    }
    get_parts(&c, e);
    return !c.bad && c.left == 0;
}
