#ifndef API_CONFIG_H
#define API_CONFIG_H
/* Settings of the dataplane: a plain struct, parsed and checked outside, handed in as const. Each
 * line says unit, default and when to change it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config {
    /* tables, per process; each worker gets its share */
    uint32_t flows_max;             /* 1048576 flows. More for a larger office; 256 bytes each */
    uint32_t half_open_share;       /* 25 per cent of the flows may be lone SYNs */
    uint64_t stream_memory;         /* 128 MiB for segments out of order, heads, bodies */
    uint32_t fragments_max;         /* 4096 packets in pieces at a time */
    uint32_t reasm_flow_max;        /* 1 MiB held back in a direction of a flow before a hole is given up */
    /* idle times, seconds of packet time */
    uint32_t tcp_new_s;             /* 60: no answer to the SYN yet */
    uint32_t tcp_established_s;     /* 600 */
    uint32_t tcp_closed_s;          /* 10: after both FINs or a RST */
    uint32_t udp_s;                 /* 60 */
    uint32_t icmp_s;                /* 30 */
    uint32_t fragment_s;            /* 30: RFC 791 suggests 15, RFC 8200 60 */
    /* parsers */
    uint32_t head_max;              /* 65536 bytes: an HTTP head, a TLS handshake message */
    uint32_t body_max;              /* 102400 bytes of decoded body per message, for rules */
    uint32_t pipeline_max;          /* 64 requests that wait for an answer, per flow */
    /* what is checked */
    bool checksums;                 /* -k all: packets with bad checksums are not inspected */
    bool vlan_tracking;             /* yes: the same addresses in two VLANs are two flows */
    bool classify;                  /* yes: nDPI names flows that no parser claims */
    bool midstream;                 /* yes: flows whose start was not seen are taken up */
    bool enforce;                   /* no: report only */
    /* events */
    bool eve_extensions;            /* yes: top-level `npm` objects; no: only Suricata's own keys */
    bool eve_community_id;          /* yes */
    uint16_t community_id_seed;     /* 0: as other sensors of the site have it */
    uint64_t eve_file_max;          /* 1 GiB: eve.json is rotated at this size; 0: never */
    uint64_t eve_total_max;         /* 10 GiB: oldest rotated files go first; 0: no quota */
    uint32_t stats_s;               /* 60: seconds between stats events; 0: only at the end */
    uint32_t anomaly_per_s;         /* 100: more anomalies a second are counted, not written */
    char sensor_name[64];           /* host name: `host` in events */
    char home_net[512];             /* "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]" */
};

/* All defaults as above. */
struct config config_defaults(void);

#endif
