/* Tunnels that have an IP protocol number: IP in IP, 6in4, GRE and what mirrors put into GRE. */
#include "decode/layer.h"

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQ = 0x1000, GRE_ACK = 0x0080 };
enum { GRE_ERSPAN = 0x88be, GRE_ERSPAN_III = 0x22eb, GRE_WCCP = 0x883e };

/* RFC 2003, RFC 4213, RFC 2473 */
enum layer on_ip_in_ip(struct walk *w)
{
    enum packet_source source = w->p->ip_version == 4 ? SRC_IPV4_TUNNEL : SRC_IPV6_TUNNEL;
    enum layer next = w->p->proto == 4 ? LAYER_IPV4 : LAYER_IPV6;
    layer_enter_tunnel(w, source, DECODE_IP_IN_IP, false);
    return next;
}

static void note_vlan(struct packet *p, uint16_t id)
{
    if (id != 0 && p->n_vlan < VLAN_MAX)
        p->vlan[p->n_vlan++] = id;
}

/* draft-foschiano-erspan-03: type I has no header and no GRE sequence number; II has 8 bytes; III
 * 12, and 8 more if its last bit says so. */
static enum layer on_erspan(struct walk *w, unsigned flags)
{
    w->p->source = SRC_ERSPAN;
    w->d->count[DECODE_ERSPAN]++;
    if (w->type == GRE_ERSPAN && (flags & GRE_SEQ) == 0)
        return LAYER_ETHERNET;
    bool third = w->type == GRE_ERSPAN_III;
    struct span h = cur_take(&w->c, third ? 12 : 8);
    unsigned version = h.n > 0 ? h.p[0] >> 4 : 0;
    if (w->c.bad || version != (third ? 2 : 1))
        return layer_bad(w, ANOMALY_ERSPAN_SHORT);
    note_vlan(w->p, be16(h.p) & 0x0fff);
    if (!third)
        return LAYER_ETHERNET;
    unsigned frame_type = h.p[10] >> 2 & 0x1f;
    if ((h.p[11] & 1) != 0)
        cur_take(&w->c, 8);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_ERSPAN_SHORT);
    return frame_type == 2 ? LAYER_IP : LAYER_ETHERNET;
}

/* RFC 1701's list of routes: family, offset, length, route; ended by an empty one. */
static void skip_routes(struct cursor *c)
{
    for (int i = 0; i < 16 && !c->bad; i++) {
        uint64_t family = cur_be(c, 2);
        cur_take(c, 1);
        struct cursor route = cur_block(c, 1);
        if (family == 0 && route.left == 0)
            return;
    }
    c->bad = true;
}

/* RFC 2637 4.1, PPTP. The key holds a length and a call number of one direction. */
static enum layer on_gre1(struct walk *w, unsigned flags)
{
    cur_take(&w->c, (flags & GRE_KEY) != 0 ? 4 : 0);
    cur_take(&w->c, (flags & GRE_SEQ) != 0 ? 4 : 0);
    cur_take(&w->c, (flags & GRE_ACK) != 0 ? 4 : 0);
    return w->c.bad ? layer_bad(w, ANOMALY_GRE_SHORT) : LAYER_PPP;
}

/* Version 2 of the redirect protocol puts four bytes ahead of the packet, version 1 none. */
static enum layer on_wccp(struct walk *w)
{
    if (w->c.left > 0 && w->c.p[0] >> 4 != 4)
        cur_take(&w->c, 4);
    return LAYER_IPV4;
}

/* RFC 2784 and RFC 2890 */
enum layer on_gre(struct walk *w)
{
    layer_enter_tunnel(w, SRC_GRE, DECODE_GRE, false);
    unsigned flags = (unsigned)cur_be(&w->c, 2), version = flags & 7;
    w->type = (uint16_t)cur_be(&w->c, 2);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_GRE_SHORT);
    if (version > 1)
        return layer_bad(w, ANOMALY_GRE_VERSION);
    if (version == 1)
        return on_gre1(w, flags);
    cur_take(&w->c, (flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0 ? 4 : 0);
    if ((flags & GRE_KEY) != 0)
        w->p->tenant = (uint32_t)cur_be(&w->c, 4) + 1;
    cur_take(&w->c, (flags & GRE_SEQ) != 0 ? 4 : 0);
    if ((flags & GRE_ROUTING) != 0)
        skip_routes(&w->c);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_GRE_SHORT);
    switch (w->type) {
    case GRE_ERSPAN:
    case GRE_ERSPAN_III: return on_erspan(w, flags);
    case GRE_WCCP: return on_wccp(w);
    default: return layer_of_ethertype(w, w->type);
    }
}
