#ifndef PIPELINE_H
#define PIPELINE_H
/* A worker: one core's share of the traffic, from packets to verdicts and events. It owns all the
 * memory that it works with, taken in worker_open() and printed there; see pipeline.c for what
 * happens to a packet. */
#include "api/config.h"
#include "app/app.h"
#include "app/classify.h"
#include "base/error.h"
#include "decode/decode.h"
#include "detect/detect.h"
#include "flow/flow.h"
#include "io/capture.h"
#include "reasm/tcp.h"
#include "record.h"

struct worker_counters {
    uint64_t packets, bytes, forwarded, dropped, would_drop;
    uint64_t alerts, suppressed, events_lost, anomalies, anomalies_suppressed, syn_only_unlogged;
    uint64_t http_tx, dns_messages, npm_facts;
    /* blindness: what could not be looked into, in flows */
    uint64_t tls_sessions, tls_without_sni, ech_offered, ech_grease, quic_sessions, quic_without_sni,
        gap_flows, midstream_flows, unclaimed_flows;
};

struct worker {
    const struct config *cfg;
    struct capture *capture;
    struct pool *pool;
    struct decode decode;
    struct flow_table flows;
    struct tcp tcp;
    struct app app;
    struct classify *classify;      /* NULL when switched off */
    struct detect *detect;
    struct inflater *inflater;
    struct digest_memo *memo;
    struct ring *events;
    /* Called when the event ring is full: a replay drains it here, in the same thread; live it is
     * NULL and the event is lost, counted. */
    void (*relieve)(void *ctx);
    void *relieve_ctx;
    struct worker_counters n;

    /* the packet and flow under inspection */
    const struct packet *packet;
    struct flow *flow;
    struct verdict asked;
    uint64_t anomaly_second;
    uint32_t anomalies_this_second;
    struct batch batch;
};

struct worker_plan {
    unsigned workers;               /* how many share the budgets of the configuration */
    struct hash_key key;
    size_t ring_bytes;
};

/* Memory for one worker. rs and cfg must outlive it; the capture becomes the caller's concern. */
struct worker *worker_open(const struct config *cfg, const struct ruleset *rs,
                           struct capture *capture, const struct worker_plan *plan, struct error *e);
void worker_close(struct worker *w);

/* Bytes reserved by a worker, by table, for the log at start. */
struct worker_memory { size_t flows, parsers, buffers, fragments; };
struct worker_memory worker_memory(const struct worker *w);

/* Connects the stages; worker_open() calls it. */
void pipeline_wire(struct worker *w);

/* One batch. Returns what capture_batch() returned. */
int pipeline_turn(struct worker *w);

/* Nothing came: the clock says how late it is, so that idle flows leave also on a quiet wire. */
void pipeline_idle(struct worker *w, uint64_t now_ns);

/* Ends all flows: what they still know becomes events. */
void pipeline_finish(struct worker *w);

/* Fills up to `max` counters, named as in stats events; returns how many there are. */
unsigned worker_stats(struct worker *w, struct stat_value *v, unsigned max);

#endif
