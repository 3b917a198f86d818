/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200), and the way to the defragmenter. */
#include "decode/layer.h"
#include "decode/checksum.h"

enum {
    PROTO_HOPOPTS = 0, PROTO_TCP = 6, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44, PROTO_DSTOPTS = 60,
    IPV4_HEAD = 20, IPV6_HEAD = 40, FRAG_MORE = 0x2000, FRAG_OFFSET = 0x1fff
};

enum layer on_ip(struct walk *w)
{
    unsigned version = w->c.left > 0 ? w->c.p[0] >> 4 : 0;
    return version == 4 ? LAYER_IPV4 : version == 6 ? LAYER_IPV6 : layer_bad(w, ANOMALY_RAW_VERSION);
}

/* The second IP header makes the first one's addresses the outer ones. */
static void note_outer(struct walk *w)
{
    struct packet *p = w->p;
    if (w->has_ip && !p->has_outer) {
        p->has_outer = true;
        p->outer_src = p->src;
        p->outer_dst = p->dst;
    }
    w->has_ip = true;
    w->in_tunnel = false;
    w->no_checksum = false;
    p->has_ports = false;
    p->sport = p->dport = 0;
}

/* Cuts the cursor to the packet's own length: Ethernet pads short frames. False when the packet
 * is longer than its frame, though the frame was captured whole. */
static bool fit(struct walk *w, size_t len)
{
    if (len <= w->c.left) {
        w->c.left = len;
        w->cut = 0;
        return true;
    }
    w->cut = (uint32_t)(len - w->c.left);
    return w->snapped;
}

static void set_ip(struct walk *w, uint8_t version)
{
    struct packet *p = w->p;
    p->ip_version = version;
    p->ip = w->c.p;
    p->ip_len = (uint16_t)(w->c.left < UINT16_MAX ? w->c.left : UINT16_MAX);
}

static void ip_payload(struct walk *w)
{
    w->p->payload = cur_rest(&w->c);
    w->p->payload_cut = w->cut;
}

/* Hands the fragment over; the walk goes on inside the whole datagram, if it has become one. */
static enum layer defragment(struct walk *w, uint32_t id, struct defrag_piece *piece)
{
    struct packet *p = w->p;
    struct defrag_key key = { .src = p->src, .dst = p->dst, .id = id, .tenant = p->tenant,
                              .proto = p->ip_version == 4 ? p->proto : 0, .version = p->ip_version };
    memcpy(key.vlan, p->vlan, sizeof key.vlan);
    piece->head = (struct span){ p->ip, (size_t)(piece->head.p - p->ip) };
    piece->data = cur_rest(&w->c);

    p->state = PKT_FRAGMENT;
    struct defrag_whole whole;
    struct defrag *d = &w->d->defrag;
    bool v4 = p->ip_version == 4;
    enum defrag_result r = w->cut > 0 ? DEFRAG_REFUSED : defrag_push(d, &key, piece, p->ts_ns, &whole);
    if (r == DEFRAG_TOO_LARGE)
        return layer_bad(w, v4 ? ANOMALY_IPV4_FRAG_LARGE : ANOMALY_IPV6_FRAG_LARGE);
    if (w->cut == 0 && d->overlap)
        layer_odd(w, v4 ? ANOMALY_IPV4_FRAG_OVERLAP : ANOMALY_IPV6_FRAG_OVERLAP);
    w->d->count[DECODE_FRAGMENT_REFUSED] += r == DEFRAG_REFUSED;
    if (r != DEFRAG_WHOLE)
        return LAYER_DONE;

    w->d->count[DECODE_REASSEMBLED]++;
    p->state = PKT_OK;
    p->source = SRC_DEFRAG;
    p->proto = whole.proto;
    p->ip = whole.head;
    p->ip_len = (uint16_t)(whole.head_len + whole.data.n);
    w->c = cur_over(whole.data);
    w->snapped = false;
    ip_payload(w);
    return LAYER_PROTO;
}

static enum layer on_ipv4_fragment(struct walk *w, const uint8_t *h)
{
    uint16_t frag = be16(h + 6);
    w->d->count[DECODE_FRAGMENTS_IPV4]++;
    struct defrag_piece piece = { .head.p = w->c.p, .offset = (frag & FRAG_OFFSET) * 8u,
                                  .more = (frag & FRAG_MORE) != 0, .proto = w->p->proto };
    return defragment(w, be16(h + 4), &piece);
}

enum layer on_ipv4(struct walk *w)
{
    if (w->c.left < IPV4_HEAD)
        return layer_bad(w, ANOMALY_IPV4_SHORT);
    const uint8_t *h = w->c.p;
    size_t head = (h[0] & 0x0fu) * 4, len = be16(h + 2);
    if (h[0] >> 4 != 4)
        return layer_bad(w, ANOMALY_IPV4_VERSION);
    if (head < IPV4_HEAD)
        return layer_bad(w, ANOMALY_IPV4_HLEN);
    /* 0: captured ahead of segmentation by the network card, so the frame's length is right */
    if (len != 0 && len < head)
        return layer_bad(w, ANOMALY_IPV4_LEN);
    if (len != 0 && !fit(w, len))
        return layer_bad(w, ANOMALY_IPV4_TRUNC);

    struct packet *p = w->p;
    set_ip(w, 4);
    cur_take(&w->c, head);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_IPV4_SHORT);
    w->d->count[DECODE_IPV4]++;
    note_outer(w);
    p->ttl = h[8];
    p->proto = h[9];
    p->src = addr_v4(h + 12);
    p->dst = addr_v4(h + 16);
    ip_payload(w);
    if (w->d->checksums && checksum_sum((struct span){ h, head }, 0) != 0xffff)
        p->bad_checksum = true;
    return (be16(h + 6) & (FRAG_MORE | FRAG_OFFSET)) == 0 ? LAYER_PROTO : on_ipv4_fragment(w, h);
}

enum layer on_ipv6(struct walk *w)
{
    if (w->c.left < IPV6_HEAD)
        return layer_bad(w, ANOMALY_IPV6_SHORT);
    const uint8_t *h = w->c.p;
    if (h[0] >> 4 != 6)
        return layer_bad(w, ANOMALY_IPV6_VERSION);
    /* 0: a jumbogram (RFC 2675), or captured ahead of segmentation */
    size_t len = be16(h + 4);
    bool unknown = len == 0 && (h[6] == PROTO_HOPOPTS || h[6] == PROTO_TCP);
    if (!unknown && !fit(w, IPV6_HEAD + len))
        return layer_bad(w, ANOMALY_IPV6_TRUNC);

    struct packet *p = w->p;
    set_ip(w, 6);
    cur_take(&w->c, IPV6_HEAD);
    w->d->count[DECODE_IPV6]++;
    note_outer(w);
    p->ttl = h[7];
    p->proto = h[6];
    p->src = addr_v6(h + 8);
    p->dst = addr_v6(h + 24);
    w->proto_at = 6;
    ip_payload(w);
    return LAYER_PROTO;
}

/* The part of the packet that extension headers have not taken is its payload. */
static enum layer after_ext(struct walk *w, uint8_t next, const uint8_t *proto_at)
{
    w->p->proto = next;
    w->proto_at = (uint16_t)(proto_at - w->p->ip);
    ip_payload(w);
    return LAYER_PROTO;
}

/* RFC 6275 6.3: the checksum is over the home address, which stands in this option. */
static bool has_home_address(struct cursor options)
{
    enum { PAD1 = 0, HOME_ADDRESS = 0xc9 };
    cur_take(&options, 2);
    while (options.left > 0) {
        uint64_t type = cur_be(&options, 1);
        if (type == HOME_ADDRESS)
            return true;
        if (type != PAD1)
            cur_block(&options, 1);
    }
    return false;
}

enum layer on_ipv6_ext(struct walk *w)
{
    struct span h = span_sub(cur_rest(&w->c), 0, 8);
    struct span all = cur_take(&w->c, h.n < 8 ? SIZE_MAX : (h.p[1] + 1u) * 8);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_IPV6_EXT);
    if (w->p->proto == PROTO_ROUTING && h.p[3] > 0)
        w->no_checksum = true;      /* the checksum is over the last address: RFC 8200 8.1 */
    if (w->d->checksums && w->p->proto == PROTO_DSTOPTS && has_home_address(cur_over(all)))
        w->no_checksum = true;
    return after_ext(w, h.p[0], h.p);
}

/* RFC 4302 2; IPv4 has it as well. */
enum layer on_auth_header(struct walk *w)
{
    struct span h = span_sub(cur_rest(&w->c), 0, 12);
    cur_take(&w->c, h.n < 12 ? SIZE_MAX : (h.p[1] + 2u) * 4);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_IPV6_EXT);
    return after_ext(w, h.p[0], h.p);
}

enum layer on_ipv6_fragment(struct walk *w)
{
    struct cursor before = w->c;
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_IPV6_EXT);
    uint16_t frag = be16(h.p + 2);
    if ((frag & 0xfff9) == 0)
        return after_ext(w, h.p[0], h.p);   /* an atomic fragment: RFC 6946 */

    w->d->count[DECODE_FRAGMENTS_IPV6]++;
    struct defrag_piece piece = { .head.p = before.p, .offset = frag & 0xfff8u, .more = (frag & 1) != 0,
                                  .proto = h.p[0], .proto_at = w->proto_at };
    w->p->proto = h.p[0];
    ip_payload(w);
    return defragment(w, be32(h.p + 4), &piece);
}
