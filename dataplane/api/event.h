#ifndef API_EVENT_H
#define API_EVENT_H
/* What the pipeline says in events beyond what protocol facts (app/field.h) and api/meta.h already
 * carry. All spans and strings are borrowed: a record copies what it needs during the call. */
#include "base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

enum event_type {
    EVENT_ALERT = 1, EVENT_DROP, EVENT_HTTP, EVENT_TLS, EVENT_QUIC, EVENT_DNS, EVENT_NPM,
    EVENT_FLOW, EVENT_ANOMALY, EVENT_STATS
};
enum { EVENT_TYPES = EVENT_STATS + 1 };

struct kv { struct span key, value; };

enum { ALERT_META_MAX = 48, ALERT_REFS_MAX = 16 };

/* What became of the packet or flow that an alert speaks of. */
enum alert_verdict { ALERT_PASSED, ALERT_DROPPED, ALERT_REJECTED };

struct alert_info {
    uint32_t sid, gid, rev;
    uint8_t severity;               /* 1 (worst) to 4 */
    enum alert_verdict verdict;     /* asked for by the rule */
    bool would;                     /* ... but not carried out: a monitor only reports */
    int64_t tx_id;                  /* -1: the alert belongs to no transaction */
    struct span msg, category;
    const struct kv *metadata;      /* of the rule, then the matched list entry's columns (campaign,
                                       osv_id, ...); a key may come several times */
    uint16_t n_metadata, n_references;
    const struct span *references;  /* "https://...", whole */
};

/* Why a packet was dropped; the text is verdict_reason_text(). */
struct drop_info {
    const char *reason;
    uint16_t len;                   /* of the IP packet */
    uint8_t ttl;
    uint32_t tcp_seq, tcp_ack;
    uint16_t tcp_win;
};

enum flow_end_state { FLOW_END_NEW, FLOW_END_ESTABLISHED, FLOW_END_CLOSED, FLOW_END_BYPASSED };
enum flow_end_reason { FLOW_END_TIMEOUT, FLOW_END_FORCED, FLOW_END_SHUTDOWN };

/* As Suricata names them in events. */
enum flow_tcp_state {
    FLOW_TCP_NONE, FLOW_TCP_SYN_SENT, FLOW_TCP_SYN_RECV, FLOW_TCP_ESTABLISHED, FLOW_TCP_FIN_WAIT1,
    FLOW_TCP_FIN_WAIT2, FLOW_TCP_TIME_WAIT, FLOW_TCP_LAST_ACK, FLOW_TCP_CLOSE_WAIT,
    FLOW_TCP_CLOSING, FLOW_TCP_CLOSED
};

struct flow_end {
    enum flow_end_state state;
    enum flow_end_reason reason;
    enum alert_verdict action;      /* what was done to the flow as a whole */
    bool alerted, midstream;
    enum flow_tcp_state tcp_state;
    uint8_t tcp_flags[2];           /* by enum dir: all flags seen */
    bool gap[2];                    /* bytes were lost in this direction */
    uint16_t max_regions[2];        /* 1 + most islands held at a time */
    uint32_t tx_count;
};

/* `layer` is proto_parser, proto_detect or parser for "applayer", else NULL. */
struct anomaly_info {
    const char *type;               /* "decode", "stream", "applayer" */
    const char *event;              /* "decoder.ipv4.trunc_pkt", "HTTP_HEAD_TOO_LONG" */
    const char *layer;
    int64_t tx_id;                  /* -1: none */
};

/* A name is a path: "decoder.pkts". Those under "excise." are our own and stay out of events when
 * extensions are off. */
struct stat_value { const char *name; uint64_t value; };
enum { STATS_MAX = 512 };

#endif
