#ifndef API_META_H
#define API_META_H
/* What every event says about its packet and its flow, and what a rule's header is held against.
 * The pipeline fills one per packet that has something to say; it is valid during that call. */
#include "base/addr.h"
#include "base/dir.h"

#include <stdbool.h>

enum { META_VLAN_MAX = 3 };

struct flow_meta {
    uint64_t id;                    /* at most 2^51 - 1, unique while the process lives */
    uint64_t start_ns, last_ns;     /* packet time */
    uint64_t pkts[2], bytes[2];     /* by enum dir; bytes of whole frames */
    struct addr client, server;
    uint16_t client_port, server_port;
    uint8_t proto;                  /* IPPROTO_* */
    bool established;               /* TCP: handshake seen or taken up in mid-stream; UDP: both
                                       directions have spoken */
};

struct meta {
    uint64_t ts_ns;                 /* of the packet */
    uint64_t pcap_cnt;              /* packet number in its file, 0 when live */
    const char *iface;              /* "eth0"; NULL in a replay without names */
    const char *pkt_src;            /* "wire/pcap", "gre tunnel", ... */
    uint8_t ip_version, n_vlan;
    uint16_t vlan[META_VLAN_MAX];
    uint8_t proto;                  /* IPPROTO_* */
    uint8_t tcp_flags;
    struct addr src, dst;           /* of the packet, innermost */
    uint16_t sport, dport;          /* ICMP: type, code */
    bool has_outer;
    struct addr outer_src, outer_dst;
    enum dir dir;
    const char *app_proto;          /* "http", "tls", ..., "failed"; NULL while unknown */
    const struct flow_meta *flow;   /* NULL for packets that belong to none */
};

#endif
