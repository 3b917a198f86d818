/* The flow table: a keyed, symmetric hash over chains; a wheel of one-second slots for idle times;
 * a list of half-open connections, oldest first, that pays when room is needed. */
#include "flow/flow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { WHEEL = 1024, NS = 1000000000 };

static struct flow *at(const struct flow_table *t, uint32_t slot)
{
    return slab_at(&t->slab, slot);
}

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

/* ---- hash ---- */

static inline uint64_t rotl(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

/* SipHash-1-3 over whole words; both directions of a flow give the same words. */
static inline uint64_t sip_words(struct hash_key key, const uint64_t *w, unsigned n)
{
    uint64_t v0 = key.k0 ^ 0x736f6d6570736575ULL, v1 = key.k1 ^ 0x646f72616e646f6dULL;
    uint64_t v2 = key.k0 ^ 0x6c7967656e657261ULL, v3 = key.k1 ^ 0x7465646279746573ULL;
    for (unsigned i = 0; i < n + 3; i++) {
        uint64_t m = i < n ? w[i] : 0;
        v3 ^= m;
        v0 += v1; v1 = rotl(v1, 13); v1 ^= v0; v0 = rotl(v0, 32);
        v2 += v3; v3 = rotl(v3, 16); v3 ^= v2;
        v0 += v3; v3 = rotl(v3, 21); v3 ^= v0;
        v2 += v1; v1 = rotl(v1, 17); v1 ^= v2; v2 = rotl(v2, 32);
        v0 ^= m;
        if (i == n - 1)
            v2 ^= 0xff;
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

static uint32_t lane_of(const struct packet *p, bool vlans)
{
    uint32_t lane = p->tenant * 2246822519U;     /* VNI 7 is not VLAN 7 */
    for (unsigned i = 0; vlans && i < p->n_vlan; i++)
        lane = (lane + p->vlan[i] + 1) * 2654435761U;
    return lane;
}

static uint64_t hash_packet(const struct flow_table *t, const struct packet *p, uint32_t lane)
{
    uint64_t s[2], d[2];
    memcpy(s, p->src.b, 16);
    memcpy(d, p->dst.b, 16);
    uint16_t sp = p->has_ports ? p->sport : 0, dp = p->has_ports ? p->dport : 0;
    bool swap = s[1] > d[1] || (s[1] == d[1] && (s[0] > d[0] || (s[0] == d[0] && sp > dp)));
    const uint64_t *lo = swap ? d : s, *hi = swap ? s : d;
    uint64_t ports = (uint64_t)(swap ? dp : sp) << 16 | (swap ? sp : dp);
    uint64_t w[5] = { lo[1], hi[1], ports | (uint64_t)lane << 32 };
    w[1] = rotl(w[1], 7) ^ p->proto;
    if (p->ip_version == 4)     /* the mapped halves are all the same */
        return sip_words(t->key, w, 3);
    w[3] = lo[0];
    w[4] = hi[0];
    return sip_words(t->key, w, 5);
}

static bool same(const struct flow *f, const struct packet *p, uint32_t lane)
{
    if (f->proto != p->proto || f->lane != lane)
        return false;
    if (!p->has_ports)
        return (addr_eq(&f->client, &p->src) && addr_eq(&f->server, &p->dst)) ||
               (addr_eq(&f->client, &p->dst) && addr_eq(&f->server, &p->src));
    if (f->client_port == p->sport && f->server_port == p->dport && addr_eq(&f->client, &p->src) &&
        addr_eq(&f->server, &p->dst))
        return true;
    return f->client_port == p->dport && f->server_port == p->sport &&
           addr_eq(&f->client, &p->dst) && addr_eq(&f->server, &p->src);
}

/* ---- lists ---- */

static void wheel_put(struct flow_table *t, struct flow *f, uint64_t expires_s)
{
    uint64_t now_s = t->now_ns / NS;
    if (expires_s <= now_s)
        expires_s = now_s + 1;
    if (expires_s > now_s + WHEEL - 1)
        expires_s = now_s + WHEEL - 1;      /* looked at early, and put on */
    uint32_t *head = &t->wheel[expires_s % WHEEL];
    f->wheel_slot = (uint16_t)(expires_s % WHEEL);
    f->wheel_prev = SLAB_NONE;
    f->wheel_next = *head;
    if (*head != SLAB_NONE)
        at(t, *head)->wheel_prev = f->slot;
    *head = f->slot;
}

static void wheel_take(struct flow_table *t, struct flow *f)
{
    if (f->wheel_prev != SLAB_NONE)
        at(t, f->wheel_prev)->wheel_next = f->wheel_next;
    else
        t->wheel[f->wheel_slot] = f->wheel_next;
    if (f->wheel_next != SLAB_NONE)
        at(t, f->wheel_next)->wheel_prev = f->wheel_prev;
}

static void half_put(struct flow_table *t, struct flow *f)
{
    f->flags |= FLOW_HALF_OPEN;
    f->half_next = SLAB_NONE;
    f->half_prev = t->half_last;
    if (t->half_last != SLAB_NONE)
        at(t, t->half_last)->half_next = f->slot;
    else
        t->half_first = f->slot;
    t->half_last = f->slot;
    t->half_n++;
}

static void half_take(struct flow_table *t, struct flow *f)
{
    if (!(f->flags & FLOW_HALF_OPEN))
        return;
    f->flags &= (uint16_t)~FLOW_HALF_OPEN;
    if (f->half_prev != SLAB_NONE)
        at(t, f->half_prev)->half_next = f->half_next;
    else
        t->half_first = f->half_next;
    if (f->half_next != SLAB_NONE)
        at(t, f->half_next)->half_prev = f->half_prev;
    else
        t->half_last = f->half_prev;
    t->half_n--;
}

/* A client's RST alone may be a decoy that never reached the server: the connection might go on. */
static bool surely_closed(const struct flow *f)
{
    bool fins = (f->flags & FLOW_FIN_CLIENT) && (f->flags & FLOW_FIN_SERVER);
    return f->state == STATE_CLOSED && (fins || f->tcp_flags[TO_CLIENT] & TH_RST);
}

static uint64_t idle_ns(const struct flow_table *t, const struct flow *f)
{
    uint32_t s = f->proto == IPPROTO_UDP    ? t->cfg->udp_s
                 : f->proto != IPPROTO_TCP  ? t->cfg->icmp_s
                 : f->state == STATE_NEW     ? t->cfg->tcp_new_s
                 : surely_closed(f)          ? t->cfg->tcp_closed_s
                 : f->state == STATE_CLOSED  ? t->cfg->tcp_new_s
                                            : t->cfg->tcp_established_s;
    return (uint64_t)s * NS;
}

static void unhash(struct flow_table *t, struct flow *f)
{
    uint32_t *link = &t->buckets[f->hash & t->mask];
    while (*link != f->slot)
        link = &at(t, *link)->chain;
    *link = f->chain;
}

static void end(struct flow_table *t, struct flow *f, enum flow_why why)
{
    t->closed(t->ctx, f, why);
    half_take(t, f);
    wheel_take(t, f);
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
        struct flow *f = at(t, slot);
        next = f->wheel_next;
        uint64_t due = f->last_ns + idle_ns(t, f);
        if (due <= t->now_ns) {
            t->n.timed_out++;
            end(t, f, FLOW_WHY_TIMEOUT);
        } else {
            wheel_take(t, f);
            wheel_put(t, f, due / NS + 1);
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

/* The least wanted of some flows that would expire soonest: idle longest, alerted ones spared. */
static struct flow *oldest(struct flow_table *t)
{
    struct flow *worst = NULL;
    unsigned looked = 0;
    for (uint32_t i = 1; i <= WHEEL && looked < 16; i++) {
        uint32_t slot = t->wheel[(t->wheel_at + i) % WHEEL];
        for (; slot != SLAB_NONE && looked < 16; slot = at(t, slot)->wheel_next, looked++) {
            struct flow *f = at(t, slot);
            bool spared = f->flags & FLOW_ALERTED;
            if (worst == NULL || (!spared && f->last_ns < worst->last_ns))
                worst = f;
        }
    }
    return worst;
}

void flow_make_room(struct flow_table *t)
{
    expire(t);
    while (t->half_n > t->half_max - BATCH_MAX) {
        t->n.half_open_evicted++;
        end(t, at(t, t->half_first), FLOW_WHY_FORCED);
    }
    while (t->slab.n - t->slab.used < BATCH_MAX) {
        struct flow *f = t->half_first != SLAB_NONE ? at(t, t->half_first) : oldest(t);
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
        struct flow *f = at(t, t->visited);
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
    f->proto = p->proto;
    f->ip_version = p->ip_version;
    f->start_ns = f->last_ns = p->ts_ns;
    f->id_high = (uint32_t)++t->opened;
    if (p->proto == IPPROTO_TCP && !(p->tcp_flags & TH_SYN))
        f->flags |= FLOW_MIDSTREAM;
    f->stream[0].wscale = f->stream[1].wscale = -1;
    t->n.opened++;
    if (p->proto == IPPROTO_TCP && (p->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN)
        half_put(t, f);
    wheel_put(t, f, (f->last_ns + idle_ns(t, f)) / NS + 1);
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
        struct flow *f = at(t, slot);
        if (f->hash == (uint32_t)p->hash && same(f, p, lane))
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
        lane[i] = lane_of(p, t->cfg->vlan_tracking);
        p->hash = hash_packet(t, p, lane[i]);
        __builtin_prefetch(&t->buckets[(uint32_t)p->hash & t->mask]);
    }
    for (unsigned i = 0; i < n; i++) {
        const struct packet *p = &b->p[i];
        if (has_flow(p))
            __builtin_prefetch(at(t, t->buckets[(uint32_t)p->hash & t->mask]));
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
    half_take(t, f);
    wheel_take(t, f);
    struct flow keep = { .slot = f->slot, .lane = f->lane, .hash = f->hash, .chain = f->chain };
    *f = keep;
    fill(t, f, p);
}

void flow_set_state(struct flow_table *t, struct flow *f, enum flow_state s)
{
    if (f->state == s)
        return;
    f->state = (uint8_t)s;
    half_take(t, f);
    if (s == STATE_CLOSED) {     /* its time is shorter than what it waits for in the wheel */
        wheel_take(t, f);
        wheel_put(t, f, (f->last_ns + idle_ns(t, f)) / NS + 1);
    }
}

void flow_end_all(struct flow_table *t, enum flow_why why)
{
    for (uint32_t i = 0; i < WHEEL; i++)
        while (t->wheel[i] != SLAB_NONE)
            end(t, at(t, t->wheel[i]), why);
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
        .established = f->state != STATE_NEW,
    };
}
