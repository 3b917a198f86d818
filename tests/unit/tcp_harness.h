#ifndef TESTS_TCP_HARNESS_H
#define TESTS_TCP_HARNESS_H
/* A connection for the tests of reasm/: packets go in by hand, the bytes of each direction come out
 * as text in which "<n>" stands for n lost bytes and "$" for the end. */
#include "reasm/tcp.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEARD_MAX = 1 << 16 };

struct wire {
    struct config cfg;
    struct pool *pool;
    struct flow_table flows;
    struct tcp tcp;
    char heard[2][HEARD_MAX];
    size_t n[2];
    uint64_t now_ns;
    unsigned closed;
    struct batch batch;
};

static inline void wire_hear(struct wire *w, enum dir dir, const void *p, size_t n)
{
    if (w->n[dir] + n < HEARD_MAX) {
        memcpy(w->heard[dir] + w->n[dir], p, n);
        w->n[dir] += n;
        w->heard[dir][w->n[dir]] = '\0';
    }
}

static inline void wire_slice(void *ctx, struct flow *f, enum dir dir, struct span bytes)
{
    (void)f;
    wire_hear(ctx, dir, bytes.p, bytes.n);
}

static inline void wire_gap(void *ctx, struct flow *f, enum dir dir, uint64_t n)
{
    char text[32];
    (void)f;
    wire_hear(ctx, dir, text, (size_t)snprintf(text, sizeof text, "<%llu>", (unsigned long long)n));
}

static inline void wire_end(void *ctx, struct flow *f, enum dir dir)
{
    (void)f;
    wire_hear(ctx, dir, "$", 1);
}

static inline void wire_closed(void *ctx, struct flow *f, enum flow_why why)
{
    struct wire *w = ctx;
    (void)why;
    tcp_close(&w->tcp, f);
    w->closed++;
}

static inline struct wire *wire_open(void)
{
    struct wire *w = calloc(1, sizeof *w);
    w->cfg = config_defaults();
    w->pool = pool_open(8 << 20);
    flow_table_open(&w->flows, 4096, &w->cfg, HASH_KEY_FIXED, wire_closed, w);
    w->tcp = (struct tcp){ .flows = &w->flows, .cfg = &w->cfg, .pool = w->pool, .slice = wire_slice,
                           .gap = wire_gap, .end = wire_end, .ctx = w };
    w->now_ns = 1000000000ULL * 1000000;
    return w;
}

/* Ends everything; returns how many bytes of buffers were not given back, which should be none. */
static inline size_t wire_finish(struct wire *w)
{
    flow_end_all(&w->flows, FLOW_WHY_SHUTDOWN);
    return pool_in_use(w->pool);
}

static inline void wire_close(struct wire *w)
{
    flow_table_close(&w->flows);
    pool_close(w->pool);
    free(w);
}

/* One packet of the connection 10.0.0.1:4000 -> 10.0.0.2:80. */
static inline struct flow *wire_send(struct wire *w, enum dir dir, uint8_t flags, uint32_t seq,
                                     uint32_t ack, struct span data)
{
    static const uint8_t client[4] = { 10, 0, 0, 1 }, server[4] = { 10, 0, 0, 2 };
    flow_make_room(&w->flows);
    w->now_ns += 1000000;
    w->batch.n = 1;
    w->batch.p[0] = (struct packet){
        .ts_ns = w->now_ns, .state = PKT_OK, .ip_version = 4, .proto = IPPROTO_TCP,
        .src = addr_v4(dir == TO_SERVER ? client : server),
        .dst = addr_v4(dir == TO_SERVER ? server : client),
        .sport = dir == TO_SERVER ? 4000 : 80, .dport = dir == TO_SERVER ? 80 : 4000,
        .has_ports = true, .seq = seq, .ack = ack, .win = 65535, .wscale = -1,
        .tcp_flags = flags, .payload = data, .wirelen = (uint32_t)data.n + 54,
    };
    flow_batch(&w->flows, &w->batch);
    struct packet *p = &w->batch.p[0];
    p->dir = flow_dir(p->flow, p);
    p->flow->pkts[p->dir]++;
    p->flow->bytes[p->dir] += p->wirelen;
    p->flow->last_ns = p->ts_ns;
    tcp_packet(&w->tcp, p);
    return p->flow;
}

#endif
