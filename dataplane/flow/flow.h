#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H
/* Flows: who talks to whom. A table of fixed size; a flow belongs to one worker for its whole life,
 * so there is no lock. Being full is normal: flow_make_room() evicts between batches, half-open
 * connections first, so that a flood of SYNs costs only SYNs. A pointer is good for one batch. */
#include "api/config.h"
#include "api/detect_flow.h"
#include "api/meta.h"
#include "base/hash.h"
#include "base/slab.h"
#include "packet.h"

enum flow_state { STATE_NEW, STATE_ESTABLISHED, STATE_CLOSED };
enum flow_why { FLOW_WHY_TIMEOUT, FLOW_WHY_FORCED, FLOW_WHY_SHUTDOWN, FLOW_WHY_REUSED };

enum {  /* flow flags */
    FLOW_MIDSTREAM = 1,         /* its beginning was not seen */
    FLOW_QUIET = 2,             /* nothing more to inspect: packets are only counted */
    FLOW_ALERTED = 4,
    FLOW_RST_SEEN = 8,
    FLOW_FIN_CLIENT = 16, FLOW_FIN_SERVER = 32,
    FLOW_HALF_OPEN = 64,        /* in the list of lone SYNs */
    FLOW_STARTED_SERVER = 128, FLOW_STARTED_CLIENT = 256,   /* first packet of a direction was seen */
    FLOW_GAP_SERVER = 512, FLOW_GAP_CLIENT = 1024,
    FLOW_DROPPED = 2048,
    FLOW_TUNNEL = 4096,         /* CONNECT or STARTTLS was followed */
    FLOW_REVERSED = 8192,       /* its contents show that client and server were guessed wrongly:
                                   events and rules see it the right way round */
    FLOW_APP_TOLD = 16384,      /* rules of the protocol's name alone have been asked */
    FLOW_RE_SYN = 32768,        /* a SYN came in a connection that stood: `re_syn` */
};

/* One direction of a TCP connection; see reasm/. Sequence numbers compare modulo 2^32. */
struct stream {
    uint32_t next;              /* first byte that was not yet handed on */
    uint32_t edge;              /* the receiver allows bytes before this one */
    uint32_t acked;             /* the receiver has everything before this one */
    uint32_t held;              /* bytes in `segments` */
    struct segment *segments;   /* beyond `next`, in order, without overlaps */
    uint32_t blocked_ms;        /* low bits of packet time when the first was held */
    uint32_t fin_seq;           /* where the FIN stands, when fin */
    uint16_t n_segments, n_segments_max;    /* now; most at a time */
    int8_t wscale;
    bool known : 1;             /* `next` is meaningful */
    bool acks : 1;              /* `edge` and `acked` are */
    bool fin : 1;               /* a FIN was seen inside the window */
    bool ended : 1;             /* and everything before it was handed on */
    bool unsure : 1;            /* `next` is from a SYN that nothing has confirmed yet */
    bool on_syn : 1;            /* what is held came with the SYN: not yet known to be accepted */
};

struct flow {
    /* what a look-up reads */
    struct addr client, server;
    uint16_t client_port, server_port;
    uint32_t lane;              /* VLAN and tunnel: equal addresses in two lanes are two flows */
    uint32_t hash, chain;
    uint16_t flags;
    uint8_t proto, state;
    uint32_t slot;
    uint64_t last_ns;

    /* counters, for events */
    uint64_t start_ns, bytes[2];
    uint32_t pkts[2];
    uint32_t id_high;           /* makes the event id unique while slots are reused */
    uint16_t iface, vlan[VLAN_MAX];     /* of its first packet */
    uint8_t n_vlan;

    /* lists, by slot number */
    uint32_t wheel_prev, wheel_next;
    uint32_t half_prev, half_next;
    uint16_t wheel_slot;

    uint8_t tcp_flags[2];

    /* application: see app/app.h */
    uint8_t app, app_base;      /* enum app_proto: of the bytes now; first claimed */
    uint8_t app_tries[2], app_depth, ip_version;
    uint16_t classified;        /* nDPI's protocol number, 0: none */
    uint32_t app_slot, classify_slot, tx_count;
    uint32_t re_syn;            /* sequence number of a SYN that may begin a new connection, or be a decoy */
    struct stream stream[2];
    struct detect_flow detect;
};

struct flow_counters { uint64_t opened, evicted, half_open_evicted, timed_out, reused; };

/* Called as a flow leaves the table, for its parsers and its event. */
typedef void flow_closed_fn(void *ctx, struct flow *f, enum flow_why why);

struct flow_table {
    struct slab slab;
    uint32_t *buckets, mask;
    struct hash_key key;
    const struct config *cfg;
    uint32_t wheel[1024], wheel_at; /* seconds of packet time, lists by slot number */
    uint64_t now_ns;
    uint32_t half_first, half_last, half_n, half_max;
    uint32_t visited;               /* slot at which flow_visit() stopped */
    uint64_t opened;
    flow_closed_fn *closed;
    void *ctx;
    struct flow_counters n;
};

/* Room for n flows. -1 when the system has none. */
int flow_table_open(struct flow_table *t, uint32_t n, const struct config *cfg, struct hash_key key,
                    flow_closed_fn *closed, void *ctx);
void flow_table_close(struct flow_table *t);    /* without telling anybody; see flow_end_all */

/* Lets what has been idle for too long go, and evicts until a whole batch of new flows fits.
 * Takes the packet time of the last batch from t->now_ns. */
void flow_make_room(struct flow_table *t);

/* Finds or opens the flow of each inspectable packet of the batch: p->flow, p->dir. */
void flow_batch(struct flow_table *t, struct batch *b);

/* Ends a flow and begins another one with the same ends in its place; `p` is its first packet. */
void flow_restart(struct flow_table *t, struct flow *f, const struct packet *p);

void flow_set_state(struct flow_table *t, struct flow *f, enum flow_state s);
/* Looks at up to n slots, in the order in which they were first taken, and visits the flows in them;
 * the next call goes on from there. `visit` may not end flows. */
void flow_visit(struct flow_table *t, uint32_t n, void (*visit)(void *ctx, struct flow *f), void *ctx);

void flow_end_all(struct flow_table *t, enum flow_why why);

static inline enum dir flow_dir(const struct flow *f, const struct packet *p)
{
    bool ports = !p->has_ports || (p->sport == f->client_port && p->dport == f->server_port);
    return ports && addr_eq(&p->src, &f->client) && addr_eq(&p->dst, &f->server) ? TO_SERVER : TO_CLIENT;
}

/* As rules mean it: a flow that was taken up in its middle counts, though it keeps the short idle time
 * of a new one until it carries data. */
static inline bool flow_established(const struct flow *f)
{
    return f->state != STATE_NEW || (f->flags & FLOW_MIDSTREAM);
}

/* The direction as events and rules see it. */
static inline enum dir flow_app_dir(const struct flow *f, enum dir dir)
{
    return f->flags & FLOW_REVERSED ? (enum dir)!dir : dir;
}

uint64_t flow_id(const struct flow *f);         /* at most 2^51 - 1 */
void flow_meta(const struct flow *f, struct flow_meta *m);

#endif
