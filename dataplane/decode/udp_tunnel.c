/* Tunnels over UDP. A port only hints at them: when what is inside does not turn out to be a sound
 * IP packet, the datagram is reported as it is. */
#include "decode/layer.h"

/* Enters only when the tunnel's own header was sound. */
static enum layer enter(struct walk *w, enum packet_source source, enum decode_counter counter,
                        enum layer next)
{
    if (w->c.bad || w->c.left == 0)
        return LAYER_DONE;
    layer_enter_tunnel(w, source, counter, true);
    return next;
}

static enum layer enter_other(struct walk *w, enum layer next)
{
    enum packet_source source = w->p->ip_version == 4 ? SRC_IPV4_TUNNEL : SRC_IPV6_TUNNEL;
    return enter(w, source, DECODE_UDP_TUNNEL, next);
}

/* RFC 7348 5; the reserved fields must be ignored on receipt. */
static enum layer on_vxlan(struct walk *w)
{
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad || (h.p[0] & 0x08) == 0)
        return LAYER_DONE;
    enum layer next = enter(w, SRC_VXLAN, DECODE_VXLAN, LAYER_ETHERNET);
    if (next != LAYER_DONE)
        w->p->tenant = (be32(h.p + 4) >> 8) + 1;
    return next;
}

/* draft-ietf-nvo3-vxlan-gpe-12 3.1 */
static enum layer on_vxlan_gpe(struct walk *w)
{
    static const enum layer by_number[] = {
        LAYER_DONE, LAYER_IPV4, LAYER_IPV6, LAYER_ETHERNET, LAYER_NSH, LAYER_MPLS
    };
    unsigned number = w->c.left >= 8 && (w->c.p[0] & 0x04) != 0 ? w->c.p[3] : 3;
    if (number == 0 || number > 5)
        return LAYER_DONE;
    return on_vxlan(w) == LAYER_DONE ? LAYER_DONE : by_number[number];
}

/* RFC 8926 3.4 */
static enum layer on_geneve(struct walk *w)
{
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad || h.p[0] >> 6 != 0)
        return LAYER_DONE;
    cur_take(&w->c, (h.p[0] & 0x3fu) * 4);
    enum layer next = enter(w, SRC_GENEVE, DECODE_GENEVE, LAYER_ETHERTYPE);
    if (next == LAYER_DONE)
        return next;
    w->p->tenant = (be32(h.p + 4) >> 8) + 1;
    return layer_of_ethertype(w, be16(h.p + 2));
}

/* 3GPP TS 29.281 5.1: only G-PDUs carry packets. The TEID names a direction, not a network. */
static enum layer on_gtp(struct walk *w)
{
    enum { G_PDU = 255, VERSION_1 = 0x30, OPTIONAL = 0x07, EXTENSION = 0x04 };
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad || (h.p[0] & 0xf0) != VERSION_1 || h.p[1] != G_PDU)
        return LAYER_DONE;
    unsigned next = 0;
    if ((h.p[0] & OPTIONAL) != 0) {
        cur_take(&w->c, 3);
        next = (unsigned)cur_be(&w->c, 1);
        if ((h.p[0] & EXTENSION) == 0)
            next = 0;
    }
    for (int i = 0; next != 0 && i < 8; i++) {
        size_t len = (size_t)cur_be(&w->c, 1) * 4;
        cur_take(&w->c, len < 4 ? SIZE_MAX : len - 2);
        next = (unsigned)cur_be(&w->c, 1);
    }
    return enter(w, SRC_GTP, DECODE_GTP, LAYER_IP);
}

/* RFC 4380 5.1.1: an authentication and an origin indication may stand ahead of the packet. */
static enum layer on_teredo(struct walk *w)
{
    struct cursor *c = &w->c;
    if (c->left >= 4 && be16(c->p) == 0x0001)
        cur_take(c, 2u + 2 + c->p[2] + c->p[3] + 8 + 1);
    if (c->left >= 8 && be16(c->p) == 0x0000)
        cur_take(c, 8);
    if (c->left < 40 || c->p[0] >> 4 != 6)
        return LAYER_DONE;
    return enter(w, SRC_TEREDO, DECODE_TEREDO, LAYER_IPV6);
}

/* Teredo clients talk to each other on any port, but their addresses begin with 2001:0::/32. */
static bool is_teredo(const struct walk *w)
{
    const struct cursor *c = &w->c;
    return c->left >= 40 && c->p[0] >> 4 == 6 && be16(c->p + 4) + 40u == c->left &&
           (be32(c->p + 8) == 0x20010000 || be32(c->p + 24) == 0x20010000);
}

/* draft-massar-v6ops-ayiya-02: an identity and a signature of given sizes, then the packet. */
static enum layer on_ayiya(struct walk *w)
{
    struct span h = cur_take(&w->c, 8);
    if (w->c.bad || (h.p[3] != 41 && h.p[3] != 4))
        return LAYER_DONE;
    cur_take(&w->c, ((size_t)1 << (h.p[0] >> 4)) + (h.p[1] >> 4) * 4u);
    return enter_other(w, h.p[3] == 41 ? LAYER_IPV6 : LAYER_IPV4);
}

/* RFC 2661 3.1, data messages */
static enum layer on_l2tp(struct walk *w)
{
    enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, VERSION = 0x000f };
    unsigned flags = (unsigned)cur_be(&w->c, 2);
    if (w->c.bad || (flags & CONTROL) != 0 || (flags & VERSION) != 2)
        return LAYER_DONE;
    cur_take(&w->c, ((flags & LENGTH) != 0 ? 2 : 0) + 4 + ((flags & SEQUENCE) != 0 ? 4 : 0));
    if ((flags & OFFSET) != 0)
        cur_block(&w->c, 2);
    return enter_other(w, LAYER_PPP);
}

/* RFC 5415 4.3: whole frames only; fragments of CAPWAP itself are left alone. */
static enum layer on_capwap(struct walk *w)
{
    enum { FRAGMENT = 0x80 };
    struct span h = span_sub(cur_rest(&w->c), 0, 8);
    if (h.n < 8 || h.p[0] != 0 || (h.p[3] & FRAGMENT) != 0)
        return LAYER_DONE;
    bool native = (h.p[2] & 1) != 0;
    cur_take(&w->c, (h.p[1] >> 3) * 4u);
    return enter_other(w, native ? LAYER_WLAN : LAYER_ETHERNET);
}

/* TaZmen Sniffer Protocol, how small routers send a mirror: tags up to an end mark, then a frame. */
static enum layer on_tzsp(struct walk *w)
{
    enum { PADDING = 0, END = 1, ETHERNET = 1, WLAN = 18 };
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad || h.p[0] != 1)
        return LAYER_DONE;
    for (int i = 0; i < 64; i++) {
        uint64_t tag = cur_be(&w->c, 1);
        if (tag == END || w->c.bad)
            break;
        if (tag != PADDING)
            cur_block(&w->c, 1);
    }
    unsigned frame = be16(h.p + 2);
    if (frame != ETHERNET && frame != WLAN)
        return LAYER_DONE;
    return enter_other(w, frame == ETHERNET ? LAYER_ETHERNET : LAYER_WLAN);
}

/* RFC 8086 */
static enum layer on_gre_in_udp(struct walk *w)
{
    if (w->c.left < 4)
        return LAYER_DONE;
    enum layer next = on_gre(w);
    w->guessed = true;
    return next;
}

static enum layer by_port(struct walk *w, uint16_t port)
{
    switch (port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX: return on_vxlan(w);
    case PORT_VXLAN_GPE: return on_vxlan_gpe(w);
    case PORT_GENEVE: return on_geneve(w);
    case PORT_GTP: return on_gtp(w);
    case PORT_TEREDO: return on_teredo(w);
    case PORT_AYIYA: return on_ayiya(w);
    case PORT_L2TP: return on_l2tp(w);
    case PORT_CAPWAP: return on_capwap(w);
    case PORT_TZSP: return on_tzsp(w);
    case PORT_LISP: cur_take(&w->c, 8); return enter_other(w, LAYER_IP);
    case PORT_MPLS: return enter_other(w, LAYER_MPLS);
    case PORT_GRE: return on_gre_in_udp(w);
    default: return LAYER_DONE;
    }
}

enum layer on_udp_payload(struct walk *w)
{
    const struct packet *p = w->p;
    struct cursor payload = w->c;
    enum layer next = by_port(w, p->dport);
    if (next == LAYER_DONE && p->state == PKT_OK) {
        w->c = payload;
        next = by_port(w, p->sport);
    }
    if (next == LAYER_DONE && p->state == PKT_OK) {
        w->c = payload;
        next = is_teredo(w) ? on_teredo(w) : LAYER_DONE;
    }
    return next;
}
