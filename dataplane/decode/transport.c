/* TCP (RFC 9293), UDP (RFC 768), ICMP: ports, payload and what flow tracking needs of the header. */
#include "decode/layer.h"
#include "decode/checksum.h"

enum {
    PROTO_HOPOPTS = 0, PROTO_ICMP = 1, PROTO_IPIP = 4, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_IPV6 = 41,
    PROTO_ROUTING = 43, PROTO_FRAGMENT = 44, PROTO_GRE = 47, PROTO_ESP = 50, PROTO_AUTH = 51,
    PROTO_ICMPV6 = 58, PROTO_DSTOPTS = 60, PROTO_SCTP = 132, PROTO_MOBILITY = 135,
    PROTO_MPLS = 137, PROTO_HIP = 139, PROTO_SHIM6 = 140
};

static void check(struct walk *w, struct span s)
{
    const struct packet *p = w->p;
    if (w->d->checksums && w->cut == 0 && !w->no_checksum &&
        !checksum_right(&p->src, &p->dst, p->proto, s))
        w->p->bad_checksum = true;
}

/* Options matter for the window scale only (RFC 7323 2.2). */
static void read_options(struct walk *w, struct cursor options)
{
    enum { END = 0, NOP = 1, WSCALE = 3 };
    while (options.left > 0) {
        uint64_t kind = cur_be(&options, 1);
        if (kind == END)
            return;
        if (kind == NOP)
            continue;
        uint64_t len = cur_be(&options, 1);
        struct span body = cur_take(&options, len < 2 ? SIZE_MAX : (size_t)len - 2);
        if (options.bad) {
            layer_odd(w, ANOMALY_TCP_OPTIONS);
            return;
        }
        if (kind == WSCALE && body.n == 1)
            w->p->wscale = (int8_t)(body.p[0] < 14 ? body.p[0] : 14);
    }
}

static enum layer on_tcp(struct walk *w)
{
    struct packet *p = w->p;
    struct span all = cur_rest(&w->c);
    struct span h = cur_take(&w->c, 20);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_TCP_SHORT);
    size_t head = (h.p[12] >> 4) * 4u;
    if (head < 20)
        return layer_bad(w, ANOMALY_TCP_HLEN);
    size_t options_len = head - 20;
    if (options_len > w->c.left) {
        if (options_len - w->c.left > w->cut)
            return layer_bad(w, ANOMALY_TCP_SHORT);
        w->cut -= (uint32_t)(options_len - w->c.left);
        options_len = w->c.left;
    }
    w->d->count[DECODE_TCP]++;
    p->has_ports = true;
    p->sport = be16(h.p);
    p->dport = be16(h.p + 2);
    p->seq = be32(h.p + 4);
    p->ack = be32(h.p + 8);
    p->tcp_flags = h.p[13];
    p->win = be16(h.p + 14);
    struct span options = cur_take(&w->c, options_len);
    if ((p->tcp_flags & TH_SYN) != 0)
        read_options(w, cur_over(options));
    p->payload = cur_rest(&w->c);
    p->payload_cut = w->cut;
    check(w, all);
    return LAYER_DONE;
}

/* The length may be 0 in jumbograms (RFC 2675 4) and when the network card is to fill it in. */
static enum layer on_udp(struct walk *w)
{
    struct packet *p = w->p;
    struct span all = cur_rest(&w->c);
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_UDP_SHORT);
    size_t len = be16(h.p + 4), there = all.n + w->cut;
    if (len == 0)
        len = there;
    if (len < 8 || len > there)
        return layer_bad(w, ANOMALY_UDP_LEN);
    if (len <= all.n) {
        all.n = len;
        w->cut = 0;
        w->c.left = len - 8;
    } else {
        w->cut = (uint32_t)(len - all.n);
    }
    w->d->count[DECODE_UDP]++;
    p->has_ports = true;
    p->sport = be16(h.p);
    p->dport = be16(h.p + 2);
    p->payload = cur_rest(&w->c);
    p->payload_cut = w->cut;
    if (be16(h.p + 6) != 0 || p->ip_version == 6)
        check(w, all);
    return on_udp_payload(w);
}

static enum layer on_icmp(struct walk *w, enum decode_counter counter, enum decode_anomaly cut)
{
    struct packet *p = w->p;
    struct span all = cur_rest(&w->c);
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad)
        return layer_bad(w, cut);
    w->d->count[counter]++;
    p->sport = h.p[0];
    p->dport = h.p[1];
    if (counter == DECODE_ICMPV6)
        check(w, all);
    else if (w->d->checksums && w->cut == 0 && checksum_sum(all, 0) != 0xffff)
        p->bad_checksum = true;
    return LAYER_DONE;
}

static enum layer on_sctp(struct walk *w)
{
    struct span h = cur_take(&w->c, 12);
    w->d->count[DECODE_SCTP]++;
    if (h.n == 12) {
        w->p->has_ports = true;
        w->p->sport = be16(h.p);
        w->p->dport = be16(h.p + 2);
    }
    return LAYER_DONE;
}

/* Numbers that only IPv6 has as extension headers are unknown protocols under IPv4. */
static enum layer on_ipv6_proto(struct walk *w)
{
    switch (w->p->proto) {
    case PROTO_HOPOPTS:
    case PROTO_ROUTING:
    case PROTO_DSTOPTS:
    case PROTO_MOBILITY:
    case PROTO_HIP:
    case PROTO_SHIM6: return on_ipv6_ext(w);
    case PROTO_FRAGMENT: return on_ipv6_fragment(w);
    case PROTO_ICMPV6: return on_icmp(w, DECODE_ICMPV6, ANOMALY_ICMPV6_SHORT);
    default: return LAYER_DONE;
    }
}

enum layer on_proto(struct walk *w)
{
    switch (w->p->proto) {
    case PROTO_TCP: return on_tcp(w);
    case PROTO_UDP: return on_udp(w);
    case PROTO_ICMP: return on_icmp(w, DECODE_ICMPV4, ANOMALY_ICMPV4_SHORT);
    case PROTO_SCTP: return on_sctp(w);
    case PROTO_ESP: w->d->count[DECODE_ESP]++; return LAYER_DONE;
    case PROTO_AUTH: return on_auth_header(w);
    case PROTO_GRE: return on_gre(w);
    case PROTO_IPIP:
    case PROTO_IPV6: return on_ip_in_ip(w);
    case PROTO_MPLS: layer_enter_tunnel(w, SRC_IPV4_TUNNEL, DECODE_IP_IN_IP, false); return LAYER_MPLS;
    default: return w->p->ip_version == 6 ? on_ipv6_proto(w) : LAYER_DONE;
    }
}
