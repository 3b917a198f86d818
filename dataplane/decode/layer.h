#ifndef DECODE_LAYER_H
#define DECODE_LAYER_H
/* What the files of the decoder share: the walk over one packet. Each layer is a function that
 * takes its header off the cursor and returns the next layer. */
#include "decode/decode.h"

enum layer {
    LAYER_DONE,
    LAYER_ETHERNET,
    LAYER_ETHERTYPE,    /* walk.type says what */
    LAYER_LLC,
    LAYER_MPLS,
    LAYER_PPPOE,
    LAYER_PPP,
    LAYER_CHDLC,
    LAYER_WLAN,
    LAYER_NSH,
    LAYER_IP,           /* 4 or 6: its first four bits say */
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_PROTO,        /* packet.proto says what */
};

struct walk {
    struct decode *d;
    struct packet *p;
    struct cursor c;
    uint32_t cut;       /* bytes that belong behind the cursor's end, but were not captured */
    uint16_t type;      /* for LAYER_ETHERTYPE */
    uint16_t proto_at;  /* IPv6: where from packet.ip the current protocol's number stands */
    bool snapped;       /* the frame is shorter than it was on the wire */
    bool has_ip;        /* packet.src and dst are set */
    bool no_checksum;   /* the pseudo header's addresses are not in the IP header */
    bool in_tunnel;     /* no IP header yet inside the tunnel; `outer` is what to go back to */
    bool guessed;       /* only a port says that this is a tunnel */
    struct packet outer;    /* set with in_tunnel */
};

/* Fields of a header that is known to be there whole. */
static inline uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Counts the anomaly; the packet is malformed and the walk is over. */
enum layer layer_bad(struct walk *w, enum decode_anomaly why);

/* Counts the anomaly; the packet goes on. */
void layer_odd(struct walk *w, enum decode_anomaly why);

/* There is no IP in it. */
enum layer layer_not_ip(struct walk *w);

/* By ethertype (also in GRE, SLL, Geneve, ...). */
enum layer layer_of_ethertype(struct walk *w, unsigned type);

/* What follows is inside a tunnel; the packet so far is kept to go back to. */
void layer_enter_tunnel(struct walk *w, enum packet_source source, enum decode_counter counter,
                        bool guessed);

/* The layers, by file. link.c: */
enum layer link_first(struct walk *w);
enum layer on_ethernet(struct walk *w);
enum layer on_llc(struct walk *w);
enum layer on_ppp(struct walk *w);
enum layer on_pppoe(struct walk *w);
enum layer on_chdlc(struct walk *w);
enum layer on_wlan(struct walk *w);
/* tag.c: */
enum layer on_ethertype(struct walk *w);
enum layer on_mpls(struct walk *w);
enum layer on_nsh(struct walk *w);
/* ip.c: */
enum layer on_ip(struct walk *w);
enum layer on_ipv4(struct walk *w);
enum layer on_ipv6(struct walk *w);
enum layer on_ipv6_ext(struct walk *w);
enum layer on_ipv6_fragment(struct walk *w);
enum layer on_auth_header(struct walk *w);
/* transport.c: */
enum layer on_proto(struct walk *w);
/* tunnel.c: */
enum layer on_ip_in_ip(struct walk *w);
enum layer on_gre(struct walk *w);
/* udp_tunnel.c: */
enum layer on_udp_payload(struct walk *w);

enum {
    PORT_L2TP = 1701, PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_LISP = 4341, PORT_GRE = 4754,
    PORT_VXLAN = 4789, PORT_VXLAN_GPE = 4790, PORT_AYIYA = 5072, PORT_CAPWAP = 5247,
    PORT_GENEVE = 6081, PORT_MPLS = 6635, PORT_VXLAN_LINUX = 8472, PORT_TZSP = 37008
};

/* Whether on_udp_payload would look for a tunnel by this port. */
static inline bool udp_port_tunnels(uint16_t port)
{
    if (port < PORT_L2TP || (port > PORT_VXLAN_LINUX && port != PORT_TZSP))
        return false;
    switch (port) {
    case PORT_L2TP: case PORT_GTP: case PORT_TEREDO: case PORT_LISP: case PORT_GRE: case PORT_VXLAN:
    case PORT_VXLAN_GPE: case PORT_AYIYA: case PORT_CAPWAP: case PORT_GENEVE: case PORT_MPLS:
    case PORT_VXLAN_LINUX: case PORT_TZSP: return true;
    default: return false;
    }
}

#endif
