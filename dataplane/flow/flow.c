/* The flow table: chains by the hash of flow/key.h, and who has to leave by the lists of flow/idle.h. */
#include "flow/idle.h"
#include "flow/key.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>

int flow_table_open(struct flow_table *t, uint32_t n, const struct config *cfg, struct hash_key key,
                    flow_closed_fn *closed, void *ctx)
{
    *t = (struct flow_table){ .key = key, .cfg = cfg, .closed = closed, .ctx = ctx };
    uint32_t size = 1024;
    while (size < n)
        size *= 2;
    t->mask = size - 1;
    t->half_max = (uint32_t)((uint64_t)n * cfg->half_open_share / 100);
    if (t->half_max < 2 * BATCH_MAX)    /* a batch of SYNs is let in, and one waits for its answers */
        t->half_max = 2 * BATCH_MAX;
    void *p = mmap(NULL, size * sizeof *t->buckets, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return -1;
    t->buckets = p;
    if (slab_open(&t->slab, sizeof(struct flow), n) == 0)
        return 0;
    munmap(p, size * sizeof *t->buckets);
    t->buckets = NULL;
    return -1;
}

void flow_table_close(struct flow_table *t)
{
    if (t->buckets == NULL)
        return;
    slab_close(&t->slab);
    munmap(t->buckets, ((size_t)t->mask + 1) * sizeof *t->buckets);
    t->buckets = NULL;
}

static void unhash(struct flow_table *t, struct flow *f)
{
    uint32_t *link = &t->buckets[f->hash & t->mask];
    while (*link != f->slot)
        link = &flow_at(t, *link)->chain;
    *link = f->chain;
}

static void end(struct flow_table *t, struct flow *f, enum flow_why why)
{
    t->closed(t->ctx, f, why);
    half_open_take(t, f);
    idle_take(t, f);
    unhash(t, f);
    uint32_t slot = f->slot;
    f->slot = SLAB_NONE;
    slab_give(&t->slab, slot);
}

/* ---- time and room ---- */

static void expire_slot(struct flow_table *t, uint32_t i)
{
    uint32_t slot = t->wheel[i], next;
    for (; slot != SLAB_NONE; slot = next) {
        struct flow *f = flow_at(t, slot);
        next = f->wheel_next;
        uint64_t due = f->last_ns + idle_time_ns(t, f);
        if (due <= t->now_ns) {
            t->n.timed_out++;
            end(t, f, FLOW_WHY_TIMEOUT);
        } else {
            idle_take(t, f);
            idle_put(t, f, due / NS + 1);
        }
    }
}

static void expire(struct flow_table *t)
{
    uint32_t now_s = (uint32_t)(t->now_ns / NS), steps = now_s - t->wheel_at;
    if (steps == 0)
        return;
    if (steps > WHEEL)          /* also when time went back: every slot is looked at once */
        steps = WHEEL;
    for (uint32_t i = 0; i < steps; i++)
        expire_slot(t, (now_s - i) % WHEEL);
    t->wheel_at = now_s;
}

void flow_make_room(struct flow_table *t)
{
    expire(t);
    while (t->half_n > t->half_max - BATCH_MAX) {
        t->n.half_open_evicted++;
        end(t, flow_at(t, t->half_first), FLOW_WHY_FORCED);
    }
    while (t->slab.n - t->slab.used < BATCH_MAX) {
        struct flow *f = t->half_first != SLAB_NONE ? flow_at(t, t->half_first) : idle_oldest(t);
        if (f == NULL)
            break;
        t->n.evicted++;
        end(t, f, FLOW_WHY_FORCED);
    }
}

void flow_visit(struct flow_table *t, uint32_t n, void (*visit)(void *ctx, struct flow *f), void *ctx)
{
    for (; n > 0 && t->slab.used > 0; n--) {
        t->visited = t->visited + 1 < t->slab.fresh ? t->visited + 1 : 1;
        struct flow *f = flow_at(t, t->visited);
        if (f->slot == t->visited)      /* else the slot is free */
            visit(ctx, f);
    }
}

/* ---- look-up ---- */

/* Who is the client? The sender of a SYN; the receiver of a SYN+ACK; in mid-stream the one whose
 * port looks less like a service. */
static bool from_server(const struct packet *p)
{
    if (p->proto == IPPROTO_TCP) {
        if (p->tcp_flags & TH_SYN)
            return p->tcp_flags & TH_ACK;
        return p->sport < p->dport && p->sport < 1024;
    }
    return false;
}

static void fill(struct flow_table *t, struct flow *f, const struct packet *p)
{
    bool swapped = p->has_ports && from_server(p);
    f->client = swapped ? p->dst : p->src;
    f->server = swapped ? p->src : p->dst;
    f->client_port = swapped ? p->dport : p->sport;     /* ICMP: type and code, for events */
    f->server_port = swapped ? p->sport : p->dport;
    f->iface = p->iface;
    f->n_vlan = p->n_vlan;
    memcpy(f->vlan, p->vlan, sizeof f->vlan);
    f->proto = p->proto;
    f->ip_version = p->ip_version;
    f->start_ns = f->last_ns = p->ts_ns;
    f->id_high = (uint32_t)++t->opened;
    if (p->proto == IPPROTO_TCP && !(p->tcp_flags & TH_SYN))
        f->flags |= FLOW_MIDSTREAM;
    f->stream[0].wscale = f->stream[1].wscale = -1;
    t->n.opened++;
    if (p->proto == IPPROTO_TCP && (p->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN)
        half_open_put(t, f);
    idle_put(t, f, (f->last_ns + idle_time_ns(t, f)) / NS + 1);
}

static struct flow *open_flow(struct flow_table *t, const struct packet *p, uint32_t lane)
{
    uint32_t slot;
    struct flow *f = slab_take(&t->slab, &slot);
    if (f == NULL)
        return NULL;            /* not after flow_make_room() */
    f->slot = slot;
    f->lane = lane;
    f->hash = (uint32_t)p->hash;
    f->chain = t->buckets[f->hash & t->mask];
    t->buckets[f->hash & t->mask] = slot;
    fill(t, f, p);
    return f;
}

static struct flow *find(const struct flow_table *t, const struct packet *p, uint32_t lane)
{
    uint32_t slot = t->buckets[(uint32_t)p->hash & t->mask];
    while (slot != SLAB_NONE) {
        struct flow *f = flow_at(t, slot);
        if (f->hash == (uint32_t)p->hash && flow_is(f, p, lane))
            return f;
        slot = f->chain;
    }
    return NULL;
}

/* Packet time, which a capture file may set back (several files in a run) or jumble a little. */
static void tell_time(struct flow_table *t, uint64_t ts_ns)
{
    if (ts_ns > t->now_ns || t->now_ns - ts_ns > 10ULL * NS)
        t->now_ns = ts_ns;
}

static bool has_flow(const struct packet *p)
{
    return p->state == PKT_OK && !p->bad_checksum;
}

void flow_batch(struct flow_table *t, struct batch *b)
{
    uint32_t lane[BATCH_MAX];
    const unsigned n = b->n;
    for (unsigned i = 0; i < n; i++) {
        struct packet *p = &b->p[i];
        if (!has_flow(p))
            continue;
        lane[i] = flow_lane(p, t->cfg->vlan_tracking);
        p->hash = flow_hash(t->key, p, lane[i]);
        __builtin_prefetch(&t->buckets[(uint32_t)p->hash & t->mask]);
    }
    for (unsigned i = 0; i < n; i++) {
        const struct packet *p = &b->p[i];
        if (has_flow(p))
            __builtin_prefetch(flow_at(t, t->buckets[(uint32_t)p->hash & t->mask]));
    }
    for (unsigned i = 0; i < n; i++) {
        struct packet *p = &b->p[i];
        tell_time(t, p->ts_ns);
        if (!has_flow(p))
            continue;
        p->flow = find(t, p, lane[i]);
        if (p->flow == NULL && (p->flow = open_flow(t, p, lane[i])) == NULL)
            continue;
        p->dir = flow_dir(p->flow, p);
    }
}

void flow_restart(struct flow_table *t, struct flow *f, const struct packet *p)
{
    t->n.reused++;
    t->closed(t->ctx, f, FLOW_WHY_REUSED);
    half_open_take(t, f);
    idle_take(t, f);
    struct flow keep = { .slot = f->slot, .lane = f->lane, .hash = f->hash, .chain = f->chain };
    *f = keep;
    fill(t, f, p);
}

void flow_set_state(struct flow_table *t, struct flow *f, enum flow_state s)
{
    if (f->state == s)
        return;
    f->state = (uint8_t)s;
    half_open_take(t, f);
    if (s == STATE_CLOSED) {     /* its time is shorter than what it waits for in the wheel */
        idle_take(t, f);
        idle_put(t, f, (f->last_ns + idle_time_ns(t, f)) / NS + 1);
    }
}

void flow_end_all(struct flow_table *t, enum flow_why why)
{
    for (uint32_t i = 0; i < WHEEL; i++)
        while (t->wheel[i] != SLAB_NONE)
            end(t, flow_at(t, t->wheel[i]), why);
}

uint64_t flow_id(const struct flow *f)
{
    return (uint64_t)f->id_high << 19 | (f->hash & 0x7ffff);
}

void flow_meta(const struct flow *f, struct flow_meta *m)
{
    bool r = f->flags & FLOW_REVERSED;
    *m = (struct flow_meta){
        .id = flow_id(f),
        .start_ns = f->start_ns,
        .last_ns = f->last_ns,
        .pkts = { f->pkts[r], f->pkts[!r] },
        .bytes = { f->bytes[r], f->bytes[!r] },
        .client = r ? f->server : f->client,
        .server = r ? f->client : f->server,
        .client_port = r ? f->server_port : f->client_port,
        .server_port = r ? f->client_port : f->server_port,
        .proto = f->proto,
        .established = flow_established(f),
    };
}
