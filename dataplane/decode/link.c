/* Link layers: what stands between the start of a captured frame and its ethertype. Numbers are
 * those of tcpdump.org/linktypes.html. */
#include "decode/layer.h"

enum {
    LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_FDDI = 10, LINK_RAW_A = 12, LINK_RAW_B = 14,
    LINK_PPP_HDLC = 50, LINK_PPP_ETHER = 51, LINK_ATM_RFC1483 = 100, LINK_RAW = 101, LINK_CHDLC = 104,
    LINK_WLAN = 105, LINK_FRELAY = 107, LINK_LOOP = 108, LINK_ENC = 109, LINK_SLL = 113,
    LINK_PFLOG = 117, LINK_PRISM = 119, LINK_IP_OVER_FC = 122, LINK_SUNATM = 123, LINK_RADIOTAP = 127,
    LINK_FIREWIRE = 138, LINK_WLAN_AVS = 163, LINK_PPI = 192, LINK_PPP_DIR = 204,
    LINK_CHDLC_DIR = 205, LINK_FRELAY_DIR = 206, LINK_MPLS = 219, LINK_IPNET = 226, LINK_IPV4 = 228,
    LINK_IPV6 = 229, LINK_NFLOG = 239, LINK_IPOIB = 242, LINK_MPACKET = 274, LINK_SLL2 = 276
};

enum { ETHERTYPE_MIN = 0x600, ARPHRD_WLAN = 801, ARPHRD_RADIOTAP = 803, ARPHRD_NETLINK = 824 };

enum layer on_ethernet(struct walk *w)
{
    struct span h = cur_take(&w->c, 14);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_ETHERNET_SHORT);
    w->d->count[DECODE_ETHERNET]++;
    return layer_of_ethertype(w, be16(h.p + 12));
}

/* IEEE 802.2: SNAP with an ethertype (RFC 1042), or IP and little else by its own number. */
enum layer on_llc(struct walk *w)
{
    struct span h = cur_take(&w->c, 3);
    if (w->c.bad)
        return layer_not_ip(w);
    if (h.p[0] == 0x06 && h.p[1] == 0x06)
        return LAYER_IPV4;
    if (h.p[0] == 0xfe && h.p[1] == 0xfe) {     /* ISO network layer: RFC 1483 4.1 */
        switch (cur_be(&w->c, 1)) {
        case 0xcc: return LAYER_IPV4;
        case 0x8e: return LAYER_IPV6;
        default: return layer_not_ip(w);
        }
    }
    if (h.p[0] != 0xaa || h.p[1] != 0xaa)
        return layer_not_ip(w);
    uint64_t oui = cur_be(&w->c, 3);
    unsigned type = (unsigned)cur_be(&w->c, 2);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    if (oui == 0x0080c2 && (type == 1 || type == 7)) {      /* bridged Ethernet: RFC 2684 5.2 */
        cur_take(&w->c, 2);
        return LAYER_ETHERNET;
    }
    bool is_ethertype = oui == 0 || oui == 0x0000f8;    /* the latter: RFC 1042 by bridges */
    return is_ethertype && type >= ETHERTYPE_MIN ? layer_of_ethertype(w, type) : layer_not_ip(w);
}

/* RFC 1661: address and control may be left out, and so may the protocol's first byte. */
enum layer on_ppp(struct walk *w)
{
    w->d->count[DECODE_PPP]++;
    if (w->c.left >= 2 && w->c.p[0] == 0xff && w->c.p[1] == 0x03)
        cur_take(&w->c, 2);
    unsigned proto = (unsigned)cur_be(&w->c, 1);
    if (proto % 2 == 0)
        proto = proto << 8 | (unsigned)cur_be(&w->c, 1);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_PPP_SHORT);
    switch (proto) {
    case 0x0021: return LAYER_IPV4;
    case 0x0057: return LAYER_IPV6;
    case 0x0281:
    case 0x0283: return LAYER_MPLS;
    default: return layer_not_ip(w);
    }
}

/* RFC 2516 4. The length leaves out the padding of a short frame. */
enum layer on_pppoe(struct walk *w)
{
    struct span h = cur_take(&w->c, 6);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_PPPOE_SHORT);
    if (h.p[1] != 0)
        return layer_not_ip(w);     /* discovery */
    w->d->count[DECODE_PPPOE]++;
    return LAYER_PPP;
}

/* Cisco HDLC: address, control, ethertype. */
enum layer on_chdlc(struct walk *w)
{
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    return layer_of_ethertype(w, be16(h.p + 2));
}

/* RFC 1662 framing, or Cisco's under the same number. */
static enum layer on_ppp_hdlc(struct walk *w)
{
    bool cisco = w->c.left > 0 && (w->c.p[0] == 0x0f || w->c.p[0] == 0x8f);
    return cisco ? LAYER_CHDLC : LAYER_PPP;
}

static enum layer by_family(struct walk *w, uint64_t family)
{
    switch (family) {
    case 2: return LAYER_IPV4;
    case 10:        /* Linux, NetBSD and OpenBSD, FreeBSD, macOS */
    case 24:
    case 28:
    case 30: return LAYER_IPV6;
    default: return layer_not_ip(w);
    }
}

/* The writer's AF_ number in the writer's byte order. */
static enum layer on_null(struct walk *w)
{
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    uint32_t family = be32(h.p);
    return by_family(w, family > 0xffff ? __builtin_bswap32(family) : family);
}

static enum layer on_radiotap(struct walk *w, unsigned len_at)
{
    struct cursor head = w->c;
    cur_take(&head, len_at);
    uint64_t len = cur_le(&head, 2);
    cur_take(&w->c, (size_t)len);
    return head.bad || w->c.bad || len < 4 ? layer_bad(w, ANOMALY_LINK_SHORT) : LAYER_WLAN;
}

static enum layer by_link(struct walk *w, unsigned link);

static enum layer on_ppi(struct walk *w)
{
    struct cursor head = w->c;
    cur_take(&head, 2);
    uint64_t len = cur_le(&head, 2), link = cur_le(&head, 4);
    cur_take(&w->c, (size_t)len);
    if (head.bad || w->c.bad || len < 8)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    return link == LINK_PPI ? layer_not_ip(w) : by_link(w, (unsigned)(link & 0xffff));
}

/* `hardware` is an ARPHRD_ number of Linux. */
static enum layer by_sll(struct walk *w, unsigned hardware, unsigned type)
{
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    switch (hardware) {
    case ARPHRD_NETLINK: return layer_not_ip(w);
    case ARPHRD_WLAN: return LAYER_WLAN;
    case ARPHRD_RADIOTAP: return on_radiotap(w, 2);
    default: return type == 4 ? LAYER_LLC : layer_of_ethertype(w, type);
    }
}

static enum layer on_sll(struct walk *w)
{
    cur_take(&w->c, 2);
    unsigned hardware = (unsigned)cur_be(&w->c, 2);
    cur_take(&w->c, 10);
    unsigned type = (unsigned)cur_be(&w->c, 2);
    return by_sll(w, hardware, type);
}

static enum layer on_sll2(struct walk *w)
{
    unsigned type = (unsigned)cur_be(&w->c, 2);
    cur_take(&w->c, 6);
    unsigned hardware = (unsigned)cur_be(&w->c, 2);
    cur_take(&w->c, 10);
    return by_sll(w, hardware, type);
}

/* IEEE 802.11 9.3.2: data frames that are neither encrypted nor empty nor aggregated. Some access
 * points swap the frame control's bytes in CAPWAP; then the version, always 0, seems to be another. */
enum layer on_wlan(struct walk *w)
{
    struct span h = cur_take(&w->c, 24);
    if (w->c.bad)
        return layer_not_ip(w);     /* control frames are shorter */
    bool swapped = (h.p[0] & 3) != 0;
    unsigned control = h.p[swapped], flags = h.p[!swapped], subtype = control >> 4;
    bool is_data = (control & 0x0f) == 0x08 && (subtype & 4) == 0;
    if (!is_data || (flags & 0x40) != 0)
        return layer_not_ip(w);
    if ((flags & 3) == 3)
        cur_take(&w->c, 6);         /* both to and from a distribution system: a fourth address */
    if ((subtype & 8) != 0) {
        uint64_t qos = cur_le(&w->c, 2);
        if ((qos & 0x80) != 0)
            return layer_not_ip(w);
        if ((flags & 0x80) != 0)
            cur_take(&w->c, 4);     /* HT control */
    }
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    w->d->count[DECODE_WLAN]++;
    return LAYER_LLC;
}

/* OpenBSD's packet filter: a header with its length, without padding to four, in its first byte. */
static enum layer on_pflog(struct walk *w)
{
    struct cursor head = w->c;
    size_t len = (size_t)cur_be(&head, 1);
    uint64_t family = cur_be(&head, 1);
    cur_take(&w->c, (len + 3) & ~(size_t)3);
    return w->c.bad || len < 4 ? layer_bad(w, ANOMALY_LINK_SHORT) : by_family(w, family);
}

/* Linux' netfilter log: attributes in the writer's byte order, which we take to be little-endian. */
static enum layer on_nflog(struct walk *w)
{
    enum { PAYLOAD = 9 };
    uint64_t family = cur_be(&w->c, 1);
    cur_take(&w->c, 3);
    for (int i = 0; i < 64 && w->c.left > 0; i++) {
        size_t len = (size_t)cur_le(&w->c, 2);
        uint64_t type = cur_le(&w->c, 2) & 0x7fff;
        if (type == PAYLOAD && !w->c.bad) {
            /* the snap length may cut the attribute: what is here is what there is */
            return by_family(w, family);
        }
        cur_take(&w->c, len < 4 ? SIZE_MAX : ((len + 3) & ~(size_t)3) - 4);
    }
    return w->c.bad ? layer_bad(w, ANOMALY_LINK_SHORT) : layer_not_ip(w);
}

/* RFC 2427: address, control, and a number for the network layer. */
static enum layer on_frelay(struct walk *w)
{
    struct span h = cur_take(&w->c, 4);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    if (h.p[2] != 0x03)
        return layer_of_ethertype(w, be16(h.p + 2));    /* Cisco's own framing */
    switch (h.p[3]) {
    case 0xcc: return LAYER_IPV4;
    case 0x8e: return LAYER_IPV6;
    default: return layer_not_ip(w);
    }
}

/* Headers of fixed length with an ethertype in their last two bytes. */
static enum layer typed_at_end(struct walk *w, size_t len)
{
    cur_take(&w->c, len - 2);
    unsigned type = (unsigned)cur_be(&w->c, 2);
    return w->c.bad ? layer_bad(w, ANOMALY_LINK_SHORT) : layer_of_ethertype(w, type);
}

static enum layer skip(struct walk *w, size_t len, enum layer next)
{
    cur_take(&w->c, len);
    return w->c.bad ? layer_bad(w, ANOMALY_LINK_SHORT) : next;
}

static enum layer on_avs(struct walk *w)
{
    struct cursor head = w->c;
    cur_take(&head, 4);
    return skip(w, (size_t)cur_be(&head, 4), LAYER_WLAN);
}

static enum layer on_ipnet(struct walk *w)
{
    struct span h = cur_take(&w->c, 24);
    if (w->c.bad)
        return layer_bad(w, ANOMALY_LINK_SHORT);
    return h.p[1] == 2 ? LAYER_IPV4 : h.p[1] == 26 ? LAYER_IPV6 : layer_not_ip(w);
}

static enum layer on_enc(struct walk *w)
{
    enum layer next = on_null(w);
    return next == LAYER_DONE ? next : skip(w, 8, next);
}

/* RFC 4391: a 40-byte routing header, then a type and two reserved bytes. */
static enum layer on_ipoib(struct walk *w)
{
    struct span h = cur_take(&w->c, 44);
    return w->c.bad ? layer_bad(w, ANOMALY_LINK_SHORT) : layer_of_ethertype(w, be16(h.p + 40));
}

static enum layer by_link(struct walk *w, unsigned link)
{
    switch (link) {
    case LINK_ETHERNET: return LAYER_ETHERNET;
    case LINK_NULL:
    case LINK_LOOP: return on_null(w);
    case LINK_RAW:
    case LINK_RAW_A:
    case LINK_RAW_B: return LAYER_IP;
    case LINK_IPV4: return LAYER_IPV4;
    case LINK_IPV6: return LAYER_IPV6;
    case LINK_SLL: return on_sll(w);
    case LINK_SLL2: return on_sll2(w);
    case LINK_PPP:
    case LINK_PPP_HDLC: return on_ppp_hdlc(w);
    case LINK_PPP_ETHER: return LAYER_PPPOE;
    case LINK_PPP_DIR: return skip(w, 1, LAYER_PPP);
    case LINK_CHDLC: return LAYER_CHDLC;
    case LINK_CHDLC_DIR: return skip(w, 1, LAYER_CHDLC);
    case LINK_WLAN: return LAYER_WLAN;
    case LINK_RADIOTAP: return on_radiotap(w, 2);
    case LINK_PRISM: return skip(w, 144, LAYER_WLAN);
    case LINK_WLAN_AVS: return on_avs(w);
    case LINK_PPI: return on_ppi(w);
    case LINK_FRELAY: return on_frelay(w);
    case LINK_FRELAY_DIR: cur_take(&w->c, 1); return on_frelay(w);
    case LINK_ENC: return on_enc(w);
    case LINK_PFLOG: return on_pflog(w);
    case LINK_NFLOG: return on_nflog(w);
    case LINK_FDDI: return skip(w, 13, LAYER_LLC);
    case LINK_ATM_RFC1483: return LAYER_LLC;
    case LINK_IP_OVER_FC: return skip(w, 16, LAYER_LLC);
    case LINK_SUNATM: return skip(w, 4, LAYER_LLC);
    case LINK_FIREWIRE: return typed_at_end(w, 18);
    case LINK_IPOIB: return on_ipoib(w);
    case LINK_MPLS: return LAYER_MPLS;
    case LINK_IPNET: return on_ipnet(w);
    case LINK_MPACKET: return skip(w, 8, LAYER_ETHERNET);
    default:
        w->d->count[DECODE_UNKNOWN_LINKTYPE]++;
        return layer_not_ip(w);
    }
}

enum layer link_first(struct walk *w)
{
    return w->p->linktype == LINK_ETHERNET ? LAYER_ETHERNET : by_link(w, w->p->linktype);
}
