/* The part that all events share, and the choice of what follows it. */
#include "eve_parts.h"
#include "community.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMMUNITY_SLOTS = 4096 };    /* a power of two */

struct known_id { uint64_t flow_id; char text[COMMUNITY_LEN]; };

struct eve {
    bool ext, community;
    uint16_t seed;
    size_t host_len;
    char host[64 * 6 + 16];     /* ,"host":"..." */
    struct stamp now, start;    /* of the event; of a flow's start and end */
    char octet[256][4];         /* "255." */
    uint8_t octet_len[256];
    struct known_id ids[COMMUNITY_SLOTS];   /* flows speak several times: SHA-1 once for most */
};

/* IPv4 addresses stand in every event: each byte's text is made once. */
static void fill_octets(struct eve *v)
{
    for (unsigned i = 0; i < 256; i++) {
        char text[8];
        v->octet_len[i] = (uint8_t)snprintf(text, sizeof text, "%u.", i);
        memcpy(v->octet[i], text, sizeof v->octet[i]);
    }
}

struct eve *eve_open(const struct config *c)
{
    struct eve *v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->ext = c->eve_extensions;
    v->community = c->eve_community_id;
    v->seed = c->community_id_seed;
    struct json j = { v->host, v->host + sizeof v->host, false };
    struct span name = { (const uint8_t *)c->sensor_name,
                         strnlen(c->sensor_name, sizeof c->sensor_name) };
    JS_FIELD(&j, "host", name, name.n * 6);
    v->host_len = (size_t)(j.p - v->host);
    v->now.day = v->start.day = INT64_MIN;
    fill_octets(v);
    return v;
}

void eve_close(struct eve *v)
{
    free(v);
}

static void proto_text(struct json *j, uint8_t proto)
{
    char number[3] = { (char)('0' + proto / 100), (char)('0' + proto / 10 % 10),
                       (char)('0' + proto % 10) };
    switch (proto) {
    case IPPROTO_TCP: JS(j, "TCP"); return;
    case IPPROTO_UDP: JS(j, "UDP"); return;
    case IPPROTO_ICMP: JS(j, "ICMP"); return;
    case IPPROTO_ICMPV6: JS(j, "IPv6-ICMP"); return;
    case IPPROTO_SCTP: JS(j, "SCTP"); return;
    case IPPROTO_GRE: JS(j, "GRE"); return;
    case IPPROTO_ESP: JS(j, "ESP"); return;
    case IPPROTO_AH: JS(j, "AH"); return;
    case IPPROTO_IGMP: JS(j, "IGMP"); return;
    default: js_raw(j, number, sizeof number); return;
    }
}

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

static bool is_icmp(uint8_t proto)
{
    return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* Alerts, drops and anomalies stand for a packet; all else is told from the client's side. */
static struct endpoints ends_of(const struct event *e)
{
    const struct meta *m = &e->meta;
    bool six = m->ip_version == 6;
    bool packet = e->type == EVENT_ALERT || e->type == EVENT_DROP || e->type == EVENT_ANOMALY;
    if (packet || m->flow == NULL)
        return (struct endpoints){ m->src, m->dst, m->sport, m->dport, m->proto, six };
    const struct flow_meta *f = m->flow;
    struct endpoints ends = { f->client, f->server, f->client_port, f->server_port, f->proto,
                              six };
    if (is_icmp(f->proto)) {
        ends.sport = m->sport;
        ends.dport = m->dport;
    }
    return ends;
}

void eve_address(struct json *j, const struct addr *a, bool six)
{
    char text[ADDR_TEXT_MAX];
    if (six && addr_is_v4(a))
        JS(j, "::ffff:");       /* such addresses do occur on the wire */
    js_raw(j, text, addr_text(a, text));
}

static void address(const struct eve *v, struct json *j, const struct addr *a, bool six)
{
    char text[16], *p = text;
    if (six || !addr_is_v4(a)) {
        eve_address(j, a, six);
        return;
    }
    for (unsigned i = 12; i < 16; i++) {
        memcpy(p, v->octet[a->b[i]], 4);
        p += v->octet_len[a->b[i]];
    }
    js_raw(j, text, (size_t)(p - text) - 1);
}

static void addresses(const struct eve *v, struct json *j, const struct endpoints *ends)
{
    JS(j, ",\"src_ip\":\"");
    address(v, j, &ends->src, ends->six);
    if (has_ports(ends->proto)) {
        JS(j, "\",\"src_port\":");
        js_u64(j, ends->sport);
        JS(j, ",\"dest_ip\":\"");
        address(v, j, &ends->dst, ends->six);
        JS(j, "\",\"dest_port\":");
        js_u64(j, ends->dport);
        JS(j, ",\"proto\":\"");
    } else {
        JS(j, "\",\"dest_ip\":\"");
        address(v, j, &ends->dst, ends->six);
        JS(j, "\",\"proto\":\"");
    }
    proto_text(j, ends->proto);
    JS(j, "\"");
    if (is_icmp(ends->proto)) {
        JS_NUMBER(j, "icmp_type", ends->sport);
        JS_NUMBER(j, "icmp_code", ends->dport);
    }
}

static void community(struct eve *v, struct json *j, const struct event *e,
                      const struct endpoints *ends)
{
    char fresh[COMMUNITY_LEN], *text = fresh;
    const struct flow_meta *f = e->meta.flow;
    struct known_id *k = f != NULL ? &v->ids[f->id % COMMUNITY_SLOTS] : NULL;
    if (k != NULL)
        text = k->text;
    if (k == NULL || k->flow_id != f->id || k->text[0] == '\0')
        community_id(ends, v->seed, text);
    if (k != NULL)
        k->flow_id = f->id;
    JS(j, ",\"community_id\":\"");
    js_raw(j, text, COMMUNITY_LEN);
    JS(j, "\"");
}

static const char *type_name(enum event_type t)
{
    switch (t) {
    case EVENT_ALERT: return "alert";
    case EVENT_DROP: return "drop";
    case EVENT_HTTP: return "http";
    case EVENT_TLS: return "tls";
    case EVENT_QUIC: return "quic";
    case EVENT_DNS: return "dns";
    case EVENT_NPM: return "npm";
    case EVENT_FLOW: return "flow";
    case EVENT_ANOMALY: return "anomaly";
    case EVENT_STATS: return "stats";
    }
    return "";
}

static void vlans(struct json *j, const struct meta *m)
{
    if (m->n_vlan == 0)
        return;
    JS(j, ",\"vlan\":[");
    for (unsigned i = 0; i < m->n_vlan; i++) {
        if (i > 0)
            JS(j, ",");
        js_u64(j, m->vlan[i]);
    }
    JS(j, "]");
}

/* The header, in the order in which Suricata writes it. */
static void head(struct eve *v, struct json *j, const struct event *e)
{
    const struct meta *m = &e->meta;
    bool packet = e->type != EVENT_FLOW && e->type != EVENT_STATS;
    const char *name = type_name(e->type);
    JS(j, "{\"timestamp\":\"");
    eve_time(j, &v->now, m->ts_ns);
    JS(j, "\"");
    if (m->flow != NULL)
        JS_NUMBER(j, "flow_id", m->flow->id & ((1ULL << 51) - 1));
    if (m->iface != NULL) {
        JS(j, ",\"in_iface\":");
        js_cstring(j, m->iface);
    }
    if (packet && m->pcap_cnt > 0)
        JS_NUMBER(j, "pcap_cnt", m->pcap_cnt);
    JS(j, ",\"event_type\":\"");
    js_raw(j, name, strlen(name));
    JS(j, "\"");
    vlans(j, m);
    if (m->ip_version != 0) {
        struct endpoints ends = ends_of(e);
        addresses(v, j, &ends);
        if (v->ext) {
            JS(j, ",\"ip_v\":");
            js_u64(j, m->ip_version);
        }
        if (packet && m->pkt_src != NULL) {
            JS(j, ",\"pkt_src\":");
            js_cstring(j, m->pkt_src);
        }
        if (v->community)
            community(v, j, e, &ends);
    }
    js_raw(j, v->host, v->host_len);
    if (e->tx_id >= 0 && e->type != EVENT_DNS)
        JS_NUMBER(j, "tx_id", (uint64_t)e->tx_id);
}

static void app_proto(struct json *j, const struct event *e)
{
    if (e->meta.app_proto == NULL)
        return;
    JS(j, ",\"app_proto\":");
    js_cstring(j, e->meta.app_proto);
}

static void protocol(struct json *j, const struct event *e, bool ext)
{
    if (e->has_http)
        eve_http(j, &e->http);
    if (e->has_tls)
        eve_tls(j, &e->tls, ext);
    if (e->has_quic)
        eve_quic(j, &e->quic, ext);
    if (e->has_npm && ext)
        eve_npm(j, &e->npm);
    if (e->has_dns)
        eve_dns_alert(j, e);
    if (ext)
        eve_ext(j, e);
}

static void alert(struct eve *v, struct json *j, const struct event *e)
{
    eve_alert(j, e, v->ext);
    protocol(j, e, v->ext);
    app_proto(j, e);
    if (e->meta.dir == TO_SERVER)
        JS(j, ",\"direction\":\"to_server\"");
    else
        JS(j, ",\"direction\":\"to_client\"");
    if (e->meta.flow != NULL)
        eve_alert_flow(j, &v->start, e);
}

static void body(struct eve *v, struct json *j, struct event *e)
{
    switch (e->type) {
    case EVENT_ALERT: alert(v, j, e); break;
    case EVENT_DROP: eve_drop(j, e); break;
    case EVENT_NPM: protocol(j, e, v->ext); app_proto(j, e); break;
    case EVENT_HTTP: case EVENT_TLS: case EVENT_QUIC: protocol(j, e, v->ext); break;
    case EVENT_DNS: eve_dns_answer(j, e); break;
    case EVENT_FLOW: app_proto(j, e); eve_flow(j, &v->start, e); break;
    case EVENT_ANOMALY: eve_anomaly(j, e); break;
    case EVENT_STATS: eve_stats(j, e, v->ext); break;
    }
}

/* A query event tells one question, as in Suricata 7. */
static void dns_questions(struct eve *v, struct json *j, const struct event *e)
{
    for (unsigned i = 0; i < e->dns.n_questions; i++) {
        head(v, j, e);
        eve_dns_question(j, e, i);
        JS(j, "}\n");
    }
}

size_t eve_format(struct eve *v, struct event *e, char *out)
{
    struct json j = { out, out + EVE_LINE_MAX, false };
    if (e->type == EVENT_NPM && !v->ext)
        return 0;
    if (e->type == EVENT_DNS && !e->dns.response) {
        dns_questions(v, &j, e);
    } else {
        head(v, &j, e);
        body(v, &j, e);
        JS(&j, "}\n");
    }
    return j.full ? EVE_TOO_LONG : (size_t)(j.p - out);
}
