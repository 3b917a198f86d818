/* The walk: from the link layer inwards, one layer after the other, until nothing is left to take
 * off. The number of layers is bounded, so that a small packet can't cost much. */
#include "decode/layer.h"

enum { LAYERS_MAX = 32 };

enum layer layer_bad(struct walk *w, enum decode_anomaly why)
{
    layer_odd(w, why);
    w->p->state = PKT_BAD;
    return LAYER_DONE;
}

void layer_odd(struct walk *w, enum decode_anomaly why)
{
    w->d->anomalies[why]++;
    w->p->anomaly = decode_anomaly_text(why).name;
}

enum layer layer_not_ip(struct walk *w)
{
    w->p->state = PKT_NOT_IP;
    return LAYER_DONE;
}

void layer_enter_tunnel(struct walk *w, enum packet_source source, enum decode_counter counter,
                        bool guessed)
{
    w->d->count[counter]++;
    if (!w->in_tunnel)
        w->outer = *w->p;
    w->in_tunnel = true;
    w->guessed = guessed;
    w->p->source = source;
}

/* Nothing inside the tunnel that we could inspect: the outer packet is what there is. */
static void leave_tunnel(struct walk *w)
{
    const char *anomaly = w->p->anomaly;
    w->d->count[DECODE_TUNNEL_NOT_FOLLOWED]++;
    *w->p = w->outer;
    if (!w->guessed)
        w->p->anomaly = anomaly;
}

static enum layer step(struct walk *w, enum layer next)
{
    switch (next) {
    case LAYER_ETHERNET: return on_ethernet(w);
    case LAYER_ETHERTYPE: return on_ethertype(w);
    case LAYER_LLC: return on_llc(w);
    case LAYER_MPLS: return on_mpls(w);
    case LAYER_PPPOE: return on_pppoe(w);
    case LAYER_PPP: return on_ppp(w);
    case LAYER_CHDLC: return on_chdlc(w);
    case LAYER_WLAN: return on_wlan(w);
    case LAYER_NSH: return on_nsh(w);
    case LAYER_IP: return on_ip(w);
    case LAYER_IPV4: return on_ipv4(w);
    case LAYER_IPV6: return on_ipv6(w);
    case LAYER_PROTO: return on_proto(w);
    case LAYER_DONE: break;
    }
    return LAYER_DONE;
}

static void clear(struct packet *p)
{
    size_t from = offsetof(struct packet, state);
    memset((uint8_t *)p + from, 0, sizeof *p - from);
    p->wscale = -1;
    p->payload = (struct span){ p->data, 0 };
    p->ip = p->data;
}

/* ---- the short way: most packets, in one go ---- */

enum { ETHER_HEAD = 14, IP_HEAD = 20, TCP_HEAD = 20, UDP_HEAD = 8, PROTO_TCP = 6, PROTO_UDP = 17 };

/* A segment of an open connection: options matter with SYN only. */
static inline bool common_tcp(struct decode *d, struct packet *p, const uint8_t *tcp, uint32_t len)
{
    if (len < TCP_HEAD)
        return false;
    uint32_t head = (tcp[12] >> 4) * 4u;
    if (head < TCP_HEAD || head > len || (tcp[13] & TH_SYN) != 0)
        return false;
    p->payload = (struct span){ tcp + head, len - head };
    p->seq = be32(tcp + 4);
    p->ack = be32(tcp + 8);
    p->tcp_flags = tcp[13];
    p->win = be16(tcp + 14);
    d->count[DECODE_TCP]++;
    return true;
}

/* A datagram that is no tunnel; an IPv6 packet of its very length might be one on any port. */
static inline bool common_udp(struct decode *d, struct packet *p, const uint8_t *udp, uint32_t len)
{
    enum { IPV6_HEAD = 40 };
    if (len < UDP_HEAD || be16(udp + 4) != len || udp_port_tunnels(be16(udp)) ||
        udp_port_tunnels(be16(udp + 2)))
        return false;
    const uint8_t *ip = udp + UDP_HEAD;
    if (len >= UDP_HEAD + IPV6_HEAD && ip[0] >> 4 == 6 &&
        len - UDP_HEAD - IPV6_HEAD == be16(ip + 4))
        return false;
    p->payload = (struct span){ udp + UDP_HEAD, len - UDP_HEAD };
    d->count[DECODE_UDP]++;
    return true;
}

/* TCP and UDP, whole, in IPv4 without options, on untagged Ethernet. It finds what the walk would find;
 * false, and nothing done, when the packet is any other. */
static bool decode_common(struct decode *d, struct packet *p)
{
    const uint8_t *ip = p->data + ETHER_HEAD, *l4 = ip + IP_HEAD;
    if (p->linktype != 1 || p->caplen < ETHER_HEAD + IP_HEAD + UDP_HEAD || p->wirelen > p->caplen ||
        d->checksums)
        return false;
    uint32_t len = be16(ip + 2);
    if (be32(ip - 2) >> 8 != 0x080045 || (be16(ip + 6) & 0x3fff) != 0 || len > p->caplen - ETHER_HEAD ||
        len < IP_HEAD)
        return false;
    if (ip[9] == PROTO_TCP ? !common_tcp(d, p, l4, len - IP_HEAD)
                           : ip[9] != PROTO_UDP || !common_udp(d, p, l4, len - IP_HEAD))
        return false;
    p->ip_version = 4;
    p->proto = ip[9];
    p->ttl = ip[8];
    p->src = addr_v4(ip + 12);
    p->dst = addr_v4(ip + 16);
    p->sport = be16(l4);
    p->dport = be16(l4 + 2);
    p->has_ports = true;
    p->ip = ip;
    p->ip_len = (uint16_t)len;
    d->count[DECODE_ETHERNET]++;
    d->count[DECODE_IPV4]++;
    d->count[DECODE_BYTES] += p->wirelen;
    return true;
}

/* ---- the walk ---- */

static void decode_walk(struct decode *d, struct packet *p)
{
    struct walk w;      /* not initialised whole: `outer` is large and seldom used */
    w.d = d;
    w.p = p;
    w.c = cur_over((struct span){ p->data, p->caplen });
    w.snapped = p->wirelen > p->caplen;
    w.cut = w.snapped ? p->wirelen - p->caplen : 0;
    w.type = 0;
    w.proto_at = 0;
    w.has_ip = w.no_checksum = w.in_tunnel = w.guessed = false;
    d->count[DECODE_BYTES] += p->wirelen;
    d->count[DECODE_SNAPPED] += w.snapped;

    enum layer next = link_first(&w);
    for (unsigned n = 0; next != LAYER_DONE; n++)
        next = n < LAYERS_MAX ? step(&w, next) : layer_bad(&w, ANOMALY_TOO_MANY_LAYERS);

    if (w.in_tunnel && p->state != PKT_OK)
        leave_tunnel(&w);
    d->count[DECODE_NOT_IP] += p->state == PKT_NOT_IP;
    d->count[DECODE_INVALID] += p->state == PKT_BAD;
    d->count[DECODE_BAD_CHECKSUM] += p->bad_checksum;
}

void decode_batch(struct decode *d, struct batch *b)
{
    defrag_turn(&d->defrag);
    for (unsigned i = 0; i < b->n; i++) {
        clear(&b->p[i]);
        if (!decode_common(d, &b->p[i]))
            decode_walk(d, &b->p[i]);
    }
    d->count[DECODE_PKTS] += b->n;
    d->count[DECODE_FRAGMENT_TIMEOUT] = d->defrag.timed_out;
    d->count[DECODE_FRAGMENT_EVICTED] = d->defrag.evicted;
}

int decode_open(struct decode *d, const struct config *config, struct hash_key key,
                struct pool *pool, unsigned workers)
{
    *d = (struct decode){ .checksums = config->checksums };
    if (workers == 0)
        workers = 1;
    /* A quarter of the memory for streams may be fragments. */
    return defrag_open(&d->defrag, key, pool, config->fragments_max / workers,
                       config->stream_memory / 4 / workers, config->fragment_s);
}

void decode_close(struct decode *d)
{
    defrag_close(&d->defrag);
}
