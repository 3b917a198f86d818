/* What stands between an ethertype and IP: VLAN and other tags, MPLS, network service headers. */
#include "decode/layer.h"

enum {
    TYPE_IPV4 = 0x0800, TYPE_BRIDGED = 0x6558, TYPE_VLAN = 0x8100, TYPE_PPP = 0x880b, TYPE_IPV6 = 0x86dd,
    TYPE_MPLS = 0x8847, TYPE_MPLS_MC = 0x8848, TYPE_PPPOE = 0x8864, TYPE_QINQ = 0x88a8,
    TYPE_PBB = 0x88e7, TYPE_FABRICPATH = 0x8903, TYPE_CMD = 0x8909, TYPE_VNTAG = 0x8926,
    TYPE_NSH = 0x894f, TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLD2 = 0x9200, TYPE_QINQ_OLD3 = 0x9300,
    TYPE_RTAG = 0xf1c1, LLC_LEN_MAX = 1500
};

enum layer layer_of_ethertype(struct walk *w, unsigned type)
{
    if (type == TYPE_IPV4)
        return LAYER_IPV4;
    if (type == TYPE_IPV6)
        return LAYER_IPV6;
    w->type = (uint16_t)type;
    return LAYER_ETHERTYPE;
}

/* Identifier 0 is a tag that carries a priority only (802.1Q 9.6): it is no VLAN. */
static enum layer on_vlan(struct walk *w)
{
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_VLAN_SHORT);
    w->d->count[DECODE_VLAN]++;
    uint16_t id = be16(h.p) & 0x0fff;
    if (id != 0 && w->p->n_vlan < VLAN_MAX)
        w->p->vlan[w->p->n_vlan++] = id;
    return layer_of_ethertype(w, be16(h.p + 2));
}

/* A tag of `len` bytes, with the ethertype of what follows at its end. */
static enum layer on_tag(struct walk *w, size_t len)
{
    struct span h = cur_take(&w->c, len);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_TAG_SHORT);
    return layer_of_ethertype(w, be16(h.p + len - 2));
}

static enum layer on_tagged_ethernet(struct walk *w, size_t len)
{
    cur_take(&w->c, len);
    return w->c.bad ? layer_bad(w, ANOMALY_TAG_SHORT) : LAYER_ETHERNET;
}

enum layer on_ethertype(struct walk *w)
{
    switch (w->type) {
    case TYPE_VLAN:
    case TYPE_QINQ:
    case TYPE_QINQ_OLD:
    case TYPE_QINQ_OLD2:
    case TYPE_QINQ_OLD3: return on_vlan(w);
    case TYPE_MPLS:
    case TYPE_MPLS_MC: return LAYER_MPLS;
    case TYPE_PPPOE: return LAYER_PPPOE;
    case TYPE_PPP: return LAYER_PPP;
    case TYPE_BRIDGED: return LAYER_ETHERNET;
    case TYPE_VNTAG: return on_tag(w, 6);
    case TYPE_RTAG: return on_tag(w, 6);
    case TYPE_CMD: return on_tag(w, 8);
    case TYPE_PBB: return on_tagged_ethernet(w, 4);         /* 802.1ah: I-TAG, then a whole frame */
    case TYPE_FABRICPATH: return on_tagged_ethernet(w, 2);
    case TYPE_NSH: return LAYER_NSH;
    default: return w->type <= LLC_LEN_MAX ? LAYER_LLC : layer_not_ip(w);
    }
}

/* Enough of an IPv4 header to tell it from an Ethernet address that begins with 4. */
static bool looks_like_ipv4(const struct cursor *c)
{
    if (c->left < 20 || c->p[0] < 0x45 || c->p[0] > 0x4f)
        return false;
    size_t head = (c->p[0] & 0x0fu) * 4, len = be16(c->p + 2);
    return len == 0 || len >= head;
}

/* RFC 3032: labels to the bottom of the stack. Nothing says what follows but its first bits. */
enum layer on_mpls(struct walk *w)
{
    w->d->count[DECODE_MPLS]++;
    for (bool bottom = false; !bottom;) {
        uint64_t entry = cur_be(&w->c, 4);
        if (w->c.bad)
            return layer_bad(w, ANOMALY_MPLS_SHORT);
        bottom = (entry >> 8 & 1) != 0;
    }
    if (looks_like_ipv4(&w->c))
        return LAYER_IPV4;
    if (w->c.left >= 40 && w->c.p[0] >> 4 == 6)
        return LAYER_IPV6;
    if (w->c.left >= 4 && w->c.p[0] >> 4 == 0 && be32(w->c.p) < 0x10000)
        cur_take(&w->c, 4);         /* a pseudowire's control word: RFC 4385 3 */
    return LAYER_ETHERNET;
}

/* RFC 8300 2.2 */
enum layer on_nsh(struct walk *w)
{
    enum { NSH_IPV4 = 1, NSH_IPV6 = 2, NSH_ETHERNET = 3, NSH_MPLS = 5 };
    struct cursor head = w->c;
    size_t len = (size_t)(cur_be(&head, 2) & 0x3f) * 4;
    cur_take(&head, 1);
    uint64_t next = cur_be(&head, 1);
    cur_take(&w->c, len);
    if (head.bad || w->c.bad || len < 8)
        return layer_bad(w, ANOMALY_TAG_SHORT);
    switch (next) {
    case NSH_IPV4: return LAYER_IPV4;
    case NSH_IPV6: return LAYER_IPV6;
    case NSH_ETHERNET: return LAYER_ETHERNET;
    case NSH_MPLS: return LAYER_MPLS;
    default: return layer_not_ip(w);
    }
}
