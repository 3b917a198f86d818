/* The list of held segments; appending at the end, the usual case, costs no walk. */
#include "reasm/segment.h"

static uint32_t end_of(const struct segment *g) { return g->seq + g->len; }

static int32_t ahead(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

/* A copy of `data` behind `before` (NULL: at the head). */
static bool insert(struct stream *s, struct pool *pool, struct segment *before, uint32_t seq,
                   struct span data)
{
    while (data.n > 0) {
        struct span part = span_sub(data, 0, SEGMENT_MAX);
        struct segment *g = s->n_segments < SEGMENTS_MAX ? pool_take(pool, sizeof *g + part.n) : NULL;
        if (g == NULL)
            return false;
        g->seq = seq;
        g->len = (uint32_t)part.n;
        memcpy(g->bytes, part.p, part.n);
        if (before == NULL) {
            g->next = s->segments;
            g->last = g->next != NULL ? g->next->last : g;
            s->segments = g;
        } else {
            g->next = before->next;
            before->next = g;
            if (g->next == NULL)
                s->segments->last = g;
        }
        s->n_segments++;
        s->held += g->len;
        seq += g->len;
        before = g;
        data = span_sub(data, part.n, data.n);
    }
    return true;
}

static void count_clash(const struct segment *g, uint32_t seq, struct span part, uint64_t *clashes)
{
    if (memcmp(g->bytes + (seq - g->seq), part.p, part.n) != 0)
        *clashes += part.n;
}

bool segment_hold(struct stream *s, struct pool *pool, uint32_t seq, struct span data,
                  uint64_t *clashes)
{
    struct segment *before = NULL, *g = s->segments;
    if (g != NULL && ahead(seq, end_of(g->last)) >= 0)
        return insert(s, pool, g->last, seq, data);
    while (g != NULL && data.n > 0) {
        if (ahead(end_of(g), seq) <= 0) {       /* wholly before us */
            before = g;
            g = g->next;
            continue;
        }
        int32_t room = ahead(g->seq, seq);      /* free bytes up to g */
        if (room > 0) {
            struct span part = span_sub(data, 0, (size_t)room);
            if (!insert(s, pool, before, seq, part))
                return false;
            seq += (uint32_t)part.n;
            data = span_sub(data, part.n, data.n);
        } else {                                /* g has these bytes already */
            struct span part = span_sub(data, 0, end_of(g) - seq);
            count_clash(g, seq, part, clashes);
            seq += (uint32_t)part.n;
            data = span_sub(data, part.n, data.n);
        }
        if (ahead(end_of(g), seq) <= 0) {
            before = g;
            g = g->next;
        } else if (room > 0) {                  /* g begins here now; `before` is the part put in */
            before = before == NULL ? s->segments : before;
            while (before->next != g)
                before = before->next;
        }
    }
    return data.n == 0 || insert(s, pool, before, seq, data);
}

struct segment *segment_pop(struct stream *s)
{
    struct segment *g = s->segments;
    if (g == NULL)
        return NULL;
    s->segments = g->next;
    if (g->next != NULL)
        g->next->last = g->last;
    s->n_segments--;
    s->held -= g->len;
    return g;
}

void segment_drop_all(struct stream *s, struct pool *pool)
{
    for (struct segment *g; (g = segment_pop(s)) != NULL;)
        pool_give(pool, g);
}
