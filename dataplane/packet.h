#ifndef PACKET_H
#define PACKET_H
/* A packet on its way through the pipeline. Capture fills the first part, decode the second, flow
 * the third; whoever reads later finds offsets already found. */
#include "base/addr.h"
#include "base/cursor.h"
#include "base/dir.h"
#include "verdict.h"

enum { BATCH_MAX = 64, VLAN_MAX = 3 };

/* How the innermost packet came out of the outer one; the names stand in events as `pkt_src`. */
enum packet_source {
    SRC_WIRE, SRC_GRE, SRC_IPV4_TUNNEL, SRC_IPV6_TUNNEL, SRC_TEREDO, SRC_DEFRAG, SRC_GENEVE,
    SRC_VXLAN, SRC_ERSPAN, SRC_GTP, SRC_FLUSH
};

/* TCP flags as they stand in the header, RFC 9293 3.1. */
enum { TH_FIN = 1, TH_SYN = 2, TH_RST = 4, TH_PUSH = 8, TH_ACK = 16, TH_URG = 32, TH_ECE = 64, TH_CWR = 128 };

enum packet_state {
    PKT_OK,         /* an IP packet (perhaps without a transport header we know) */
    PKT_NOT_IP,     /* ARP, LLDP, ...: counted, forwarded, not inspected */
    PKT_FRAGMENT,   /* kept by the defragmenter; its whole comes with the last piece */
    PKT_BAD,        /* malformed; decode counted why */
};

struct packet {
    /* capture */
    const uint8_t *data;
    uint32_t caplen, wirelen;       /* bytes captured; bytes on the wire */
    uint64_t ts_ns;                 /* since 1970 UTC */
    uint64_t number;                /* 1-based in its capture file; 0 when live */
    uint16_t iface;                 /* index for capture_iface_name() */
    uint16_t linktype;              /* LINKTYPE_*, tcpdump.org/linktypes.html */

    /* decode: the innermost packet */
    enum packet_state state;
    enum packet_source source;
    uint8_t ip_version;             /* 4 or 6 */
    uint8_t proto;                  /* IPPROTO_* after extension headers; 0 without IP */
    uint8_t ttl;
    uint8_t n_vlan;
    uint16_t vlan[VLAN_MAX];        /* identifiers, outermost first */
    uint32_t tenant;                /* VXLAN or Geneve VNI, GRE key, plus 1; 0 where none is
                                       or where it names a direction (GTP TEID, PPTP call) */
    struct addr src, dst;
    uint16_t sport, dport;          /* ICMP: type, code */
    bool has_outer, has_ports;
    struct addr outer_src, outer_dst;   /* of the outermost IP header when has_outer */
    const uint8_t *ip;              /* the innermost IP header (may stand in a defrag buffer) */
    uint16_t ip_len;                /* the IP packet's bytes that were captured */
    struct span payload;            /* of TCP, UDP; else of IP; only captured bytes */
    uint32_t payload_cut;           /* bytes of payload the snap length left out */
    uint32_t seq, ack;              /* TCP, host order */
    uint16_t win;
    uint8_t tcp_flags;
    int8_t wscale;                  /* window scale of a SYN, -1 when not offered */
    bool bad_checksum;              /* set only with -k all */
    const char *anomaly;            /* "decoder.ipv4.trunc_pkt": what was wrong; NULL when nothing was */

    /* flow */
    struct flow *flow;
    enum dir dir;
    uint64_t hash;
    struct verdict verdict;
};

struct batch {
    unsigned n;
    struct packet p[BATCH_MAX];
};

#endif
