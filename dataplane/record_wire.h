#ifndef RECORD_WIRE_H
#define RECORD_WIRE_H
/* What writer and reader of a record must agree on. Numbers are in the machine's own order: both
 * run on one machine. */
#include "record.h"

#include <assert.h>

enum { NAME_NONE = 255 };                       /* length of a C string that is NULL */
/* The fixed parts, laid down and taken up as blocks. No padding: nothing of the worker's stack may
 * leak into another process. */
struct wire_meta {
    uint64_t ts_ns, pcap_cnt;
    struct addr src, dst;
    uint16_t sport, dport, vlan[META_VLAN_MAX];
    uint8_t ip_version, proto, tcp_flags, dir, n_vlan, has;
};
static_assert(sizeof(struct wire_meta) == 64, "no padding");

struct wire_flow {
    uint64_t id, start_ns, last_ns, pkts[2], bytes[2];
    struct addr client, server;
    uint16_t client_port, server_port;
    uint8_t proto, established, unused[2];
};
static_assert(sizeof(struct wire_flow) == 96, "no padding");

enum { META_OUTER = 1, META_FLOW = 2 };
enum { PART_HTTP = 1, PART_TLS = 2, PART_QUIC = 4, PART_DNS = 8, PART_NPM = 16 };
enum { HTTP_REQ = 1, HTTP_RESP = 2, HTTP_GAP = 4 };
enum { TLS_CLIENT = 1, TLS_SERVER = 2, TLS_CERT = 4, TLS_QUIC = 8, TLS_RESUMED = 16 };
enum { META_BYTES = 6144, REFS_BYTES = 2048 };

#endif
