#ifndef REASM_TCP_H
#define REASM_TCP_H
/* TCP connections: handshake, ends, and each direction's bytes in order (RFC 9293). A copy of the
 * first bytes to arrive wins; a hole is waited for, and told when the receiver has acknowledged what
 * we never saw. A RST or FIN outside the window is ignored, and one inside it never ends inspection:
 * whatever still arrives in order is handed on. */
#include "base/pool.h"
#include "flow/flow.h"

struct tcp_counters {
    uint64_t sessions, midstream, segments, data_bytes, held_segments, overlaps, clash_bytes, gaps, gap_bytes,
        out_of_window, bad_rst, bad_fin, no_memory, syn_data;
};

struct tcp {
    struct flow_table *flows;
    const struct config *cfg;
    struct pool *pool;
    /* bytes in order; bytes that are missing; a direction has ended (FIN). */
    void (*slice)(void *ctx, struct flow *f, enum dir dir, struct span bytes);
    void (*gap)(void *ctx, struct flow *f, enum dir dir, uint64_t n);
    void (*end)(void *ctx, struct flow *f, enum dir dir);
    void *ctx;
    struct tcp_counters n;
};

/* One packet of p->flow. */
void tcp_packet(struct tcp *t, const struct packet *p);

/* The flow ends: hands on what was held, holes told, and gives the memory back. */
void tcp_close(struct tcp *t, struct flow *f);

/* Memory is short: what is held is handed on now, and holes are told. */
void tcp_shed(struct tcp *t, struct flow *f);

/* Nothing is wanted of this flow any more: gives what it holds back. */
void tcp_quiet(struct tcp *t, struct flow *f);

#endif
