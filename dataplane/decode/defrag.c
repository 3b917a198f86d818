/* A keyed hash table over slab slots, with the datagrams in a list by age. Each datagram holds its
 * pieces as a list sorted by offset without overlaps; each piece is one pool buffer, so what a
 * sender can make us hold is what it has sent. */
#include "decode/defrag.h"

#include <stdlib.h>

enum { IP_LEN_MAX = 65535 };

struct piece {
    struct piece *next;
    uint32_t from, to;          /* bytes of the fragmentable part */
    uint8_t data[];
};

struct datagram {
    struct defrag_key key;
    uint32_t chain;             /* next in its hash chain */
    uint32_t older, newer;
    uint64_t since_ns;
    struct piece *pieces;
    uint32_t n_pieces, have;    /* bytes */
    uint32_t end;               /* 0 until the last fragment was seen */
    size_t bytes;               /* pool memory */
    uint16_t head_len, proto_at;
    uint8_t proto;
    uint8_t head[DEFRAG_HEAD_MAX];
};

int defrag_open(struct defrag *d, struct hash_key key, struct pool *pool, uint32_t datagrams_max,
                size_t bytes_max, uint32_t timeout_s)
{
    uint32_t buckets = 16;
    if (datagrams_max == 0)
        datagrams_max = 1;
    while (buckets < datagrams_max && buckets < 1u << 30)
        buckets *= 2;
    *d = (struct defrag){ .key = key, .pool = pool, .mask = buckets - 1, .bytes_max = bytes_max,
                          .timeout_ns = timeout_s * 1000000000ULL };
    d->table = calloc(buckets, sizeof *d->table);
    if (d->table == NULL)
        return -1;
    if (slab_open(&d->slab, sizeof(struct datagram), datagrams_max) != 0) {
        free(d->table);
        d->table = NULL;
        return -1;
    }
    return 0;
}

static struct datagram *at(const struct defrag *d, uint32_t slot)
{
    return slab_at(&d->slab, slot);
}

static uint32_t *bucket(struct defrag *d, const struct defrag_key *key)
{
    return &d->table[hash_bytes(d->key, key, sizeof *key) & d->mask];
}

static void unlink_age(struct defrag *d, const struct datagram *g)
{
    if (g->older != SLAB_NONE)
        at(d, g->older)->newer = g->newer;
    else
        d->oldest = g->newer;
    if (g->newer != SLAB_NONE)
        at(d, g->newer)->older = g->older;
    else
        d->newest = g->older;
}

static void forget(struct defrag *d, uint32_t slot)
{
    struct datagram *g = at(d, slot);
    for (struct piece *p = g->pieces, *next; p != NULL; p = next) {
        next = p->next;
        pool_give(d->pool, p);
    }
    d->bytes -= g->bytes;
    uint32_t *link = bucket(d, &g->key);
    while (*link != slot)
        link = &at(d, *link)->chain;
    *link = g->chain;
    unlink_age(d, g);
    slab_give(&d->slab, slot);
}

void defrag_turn(struct defrag *d)
{
    while (d->n_done > 0)
        pool_give(d->pool, d->done[--d->n_done]);
}

void defrag_close(struct defrag *d)
{
    if (d->table == NULL)
        return;
    while (d->oldest != SLAB_NONE)
        forget(d, d->oldest);
    defrag_turn(d);
    slab_close(&d->slab);
    free(d->table);
    d->table = NULL;
}

/* Time may run backwards in a capture file; then nothing expires. */
static void expire(struct defrag *d, uint64_t now)
{
    while (d->oldest != SLAB_NONE) {
        const struct datagram *g = at(d, d->oldest);
        if (now < g->since_ns || now - g->since_ns <= d->timeout_ns)
            return;
        d->timed_out++;
        forget(d, d->oldest);
    }
}

static uint32_t find_or_open(struct defrag *d, const struct defrag_key *key, uint64_t now)
{
    uint32_t *link = bucket(d, key), slot = *link;
    while (slot != SLAB_NONE && memcmp(&at(d, slot)->key, key, sizeof *key) != 0)
        slot = at(d, slot)->chain;
    if (slot != SLAB_NONE)
        return slot;

    struct datagram *g = slab_take(&d->slab, &slot);
    if (g == NULL) {
        d->evicted++;
        forget(d, d->oldest);
        g = slab_take(&d->slab, &slot);
    }
    g->key = *key;
    g->since_ns = now;
    g->chain = *link;           /* read again: what was forgotten may have been its head */
    *link = slot;
    g->older = d->newest;
    if (d->newest != SLAB_NONE)
        at(d, d->newest)->newer = slot;
    else
        d->oldest = slot;
    d->newest = slot;
    return slot;
}

/* What the pool makes of a request, so that the budget is held before and not after. */
static size_t pool_size(size_t n)
{
    size_t size = POOL_MIN;
    while (size < n)
        size *= 2;
    return size;
}

/* Older datagrams make room for this one; it never evicts itself. */
static void *take_bytes(struct defrag *d, struct datagram *g, size_t n)
{
    n = pool_size(n);
    while (d->bytes + n > d->bytes_max && at(d, d->oldest) != g) {
        d->evicted++;
        forget(d, d->oldest);
    }
    void *p = d->bytes + n <= d->bytes_max ? pool_take(d->pool, n) : NULL;
    if (p != NULL) {
        g->bytes += n;
        d->bytes += n;
    }
    return p;
}

/* Puts bytes [from, to) of the piece into the list at *link. */
static bool insert(struct defrag *d, struct datagram *g, struct piece **link, uint32_t from,
                   uint32_t to, const struct defrag_piece *in)
{
    if (g->n_pieces == DEFRAG_PIECES_MAX)
        return false;
    struct piece *p = take_bytes(d, g, sizeof *p + (to - from));
    if (p == NULL)
        return false;
    p->from = from;
    p->to = to;
    memcpy(p->data, in->data.p + (from - in->offset), to - from);
    p->next = *link;
    *link = p;
    g->n_pieces++;
    g->have += to - from;
    return true;
}

/* Fills the gaps between what is there; so the first bytes for a place stay. */
static bool fill_gaps(struct defrag *d, struct datagram *g, const struct defrag_piece *in)
{
    uint32_t from = in->offset, to = in->offset + (uint32_t)in->data.n;
    struct piece **link = &g->pieces;
    for (; *link != NULL && from < to; link = &(*link)->next) {
        struct piece *p = *link;
        if (p->to <= from)
            continue;
        if (p->from > from) {
            if (!insert(d, g, link, from, p->from < to ? p->from : to, in))
                return false;
            link = &(*link)->next;
        }
        d->overlap |= p->from < to;
        from = p->to;
    }
    return from >= to || insert(d, g, link, from, to, in);
}

static void keep_head(struct datagram *g, const struct defrag_piece *in)
{
    g->proto = in->proto;
    g->proto_at = in->proto_at;
    g->head_len = (uint16_t)in->head.n;
    if (in->head.n > DEFRAG_HEAD_MAX) {     /* only IPv6 can: its own header must do */
        g->head_len = 40;
        g->proto_at = 6;
    }
    memcpy(g->head, in->head.p, g->head_len);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* The lengths and numbers that the sender's own header would have had. */
static void mend_head(const struct datagram *g, uint8_t *head)
{
    if (g->key.version == 4) {
        put16(head + 2, g->head_len + g->end);
        put16(head + 6, 0);
    } else {
        put16(head + 4, g->head_len - 40u + g->end);
        head[g->proto_at] = g->proto;
    }
}

static bool join(struct defrag *d, const struct datagram *g, struct defrag_whole *out)
{
    if (d->n_done == DEFRAG_DONE_MAX)
        return false;
    uint8_t *whole = pool_take(d->pool, g->head_len + (size_t)g->end);
    if (whole == NULL)
        return false;
    memcpy(whole, g->head, g->head_len);
    mend_head(g, whole);
    uint8_t *data = whole + g->head_len;
    for (const struct piece *p = g->pieces; p != NULL && p->from < g->end; p = p->next)
        memcpy(data + p->from, p->data, (p->to < g->end ? p->to : g->end) - p->from);
    d->done[d->n_done++] = whole;
    *out = (struct defrag_whole){ whole, g->head_len, { data, g->end }, g->proto };
    return true;
}

/* Without gaps up to the end. Pieces past the end (sent before it was known) don't count. */
static bool is_whole(const struct datagram *g)
{
    if (g->end == 0 || g->have < g->end || g->head_len == 0)
        return false;
    uint32_t reached = 0;
    for (const struct piece *p = g->pieces; p != NULL && p->from == reached; p = p->next)
        reached = p->to;
    return reached >= g->end;
}

enum defrag_result defrag_push(struct defrag *d, const struct defrag_key *key,
                               const struct defrag_piece *piece, uint64_t ts_ns,
                               struct defrag_whole *out)
{
    struct defrag_piece in = *piece;
    d->overlap = false;
    if (in.offset + in.data.n + in.head.n > IP_LEN_MAX)
        return DEFRAG_TOO_LARGE;
    expire(d, ts_ns);

    uint32_t slot = find_or_open(d, key, ts_ns);
    struct datagram *g = at(d, slot);
    if (in.offset == 0 && g->head_len == 0)
        keep_head(g, &in);
    if (!in.more && g->end == 0)
        g->end = in.offset + (uint32_t)in.data.n;
    if (g->end != 0 && in.offset + in.data.n > g->end)
        in.data = span_sub(in.data, 0, in.offset < g->end ? g->end - in.offset : 0);
    if (!fill_gaps(d, g, &in)) {
        forget(d, slot);
        return DEFRAG_REFUSED;
    }
    if (!is_whole(g))
        return DEFRAG_KEPT;
    bool joined = g->head_len + g->end <= IP_LEN_MAX && join(d, g, out);
    forget(d, slot);
    return joined ? DEFRAG_WHOLE : DEFRAG_REFUSED;
}

bool defrag_holds(const struct defrag *d, struct span s)
{
    for (unsigned i = 0; i < d->n_done; i++) {
        const uint8_t *whole = d->done[i];
        if (s.p >= whole && s.p + s.n <= whole + pool_room(d->pool, whole))
            return true;
    }
    return false;
}
