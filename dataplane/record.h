#ifndef RECORD_H
#define RECORD_H
/* Event records: what a worker says, as compact bytes in a ring, for the reporter to format. A
 * record stands alone: it points nowhere, so reader and writer may be different processes. Writing
 * one formats nothing, allocates nothing and makes no system call; strings are cut at the lengths
 * below, so a record is never longer than RECORD_MAX and its line never longer than EVE_LINE_MAX.
 * Every writer returns false when the ring was full; the ring counts it. */
#include "api/event.h"
#include "api/meta.h"
#include "app/field.h"
#include "base/ring.h"

enum { RECORD_MAX = 65000 };

/* Bytes kept of one string. */
enum {
    CUT_URL = 8192, CUT_HOST = 1024, CUT_AGENT = 2048, CUT_LINK = 2048, CUT_TYPE = 512,
    CUT_WORD = 128, CUT_DN = 2048, CUT_JA3 = 4096, CUT_NAME = 1024, CUT_RDATA = 2048,
    CUT_MSG = 1024, CUT_META = 512, CUT_SAN = 256, CUT_PACKAGE = 256
};

/* `f` is the fact that the rule matched, or NULL; its protocol goes into the alert. */
bool record_alert(struct ring *r, const struct meta *m, const struct alert_info *a,
                  const struct fact *f);
bool record_drop(struct ring *r, const struct meta *m, const struct drop_info *d);
bool record_http(struct ring *r, const struct meta *m, const struct http_tx *tx);
bool record_tls(struct ring *r, const struct meta *m, const struct tls_session *s);
bool record_quic(struct ring *r, const struct meta *m, const struct quic_session *s);
bool record_dns(struct ring *r, const struct meta *m, const struct dns_message *d, uint32_t tx_id);
bool record_npm(struct ring *r, const struct meta *m, const struct npm_fact *n,
                const struct http_tx *tx);
bool record_flow(struct ring *r, const struct meta *m, const struct flow_end *e);
bool record_anomaly(struct ring *r, const struct meta *m, const struct anomaly_info *a);
bool record_stats(struct ring *r, uint64_t ts_ns, const struct stat_value *v, unsigned n);

/* A record as it is read back. Strings point into the bytes that were read. */
struct event {
    enum event_type type;
    struct meta meta;               /* meta.flow points to `flow`, or is NULL */
    struct flow_meta flow;
    int64_t tx_id;                  /* -1: none */
    bool has_http, has_tls, has_quic, has_dns, has_npm;
    union {
        struct alert_info alert;
        struct drop_info drop;
        struct flow_end end;
        struct anomaly_info anomaly;
        unsigned n_stats;
    };
    struct http_tx http;
    struct tls_session tls;
    struct quic_session quic;
    struct dns_message dns;
    struct npm_fact npm;
    struct kv metadata[ALERT_META_MAX];
    struct span references[ALERT_REFS_MAX];
    struct stat_value stats[STATS_MAX];
};

/* Fills what belongs to the record's type and leaves the rest as it was. False when the bytes are
 * no sound record, which only a broken or hostile writer can cause. */
bool record_read(struct span bytes, struct event *e);

#endif
