#include "app/http1_gather.h"
#include "app/inflate.h"

static void give_back(struct http1_body *b, const struct http1_owner *o)
{
    pool_give(o->out->pool, b->buf);
    b->buf = NULL;
    b->have = b->told = 0;
    b->gather = false;
}

static bool compressed(const struct http1_body *b, const struct http1_owner *o)
{
    return o->out->inflater != NULL && b->coding[0] != CODING_NONE &&
           b->coding[0] != CODING_OTHER && b->coding[1] != CODING_OTHER;
}

/* Bytes that are kept at most. Compressed ones shrink, so their limit is the buffer's. */
static size_t room(const struct http1_body *b, const struct http1_owner *o)
{
    size_t max = o->out->limits.body_max;
    return max > POOL_MAX || compressed(b, o) ? POOL_MAX : max;
}

static void tell(struct http1_body *b, struct span body, bool end, const struct http1_owner *o)
{
    if (body.n == 0)
        return;
    struct fact f = { .kind = FACT_HTTP_BODY, .dir = o->dir, .http = o->tx, .body = body, .body_end = end };
    o->out->fact(o->out->ctx, &f);
    if (end)
        b->gather = false;
}

/* Tells the bytes so far. What is not in the format its header names is told as it is: so do some
 * browsers, and a rule should rather see too much. */
static void tell_decoded(struct http1_body *b, struct span raw, bool end, const struct http1_owner *o)
{
    struct span body;
    if (!compressed(b, o)) {
        tell(b, span_sub(raw, 0, room(b, o)), end || raw.n >= room(b, o), o);
        return;
    }
    switch (inflate_body(o->out->inflater, b->coding, raw, o->out->limits.body_max, &body)) {
    case INFLATE_MORE:
        tell(b, body, end, o);
        break;
    case INFLATE_END:
    case INFLATE_FULL:
        tell(b, body, true, o);
        break;
    case INFLATE_BAD:
        http1_odd(b, o, "HTTP_BAD_COMPRESSION");
        if (body.n > 0) {
            tell(b, body, true, o);
            break;
        }
        b->coding[0] = CODING_OTHER;
        tell_decoded(b, raw, end, o);
        break;
    }
}

void http1_gather(struct http1_body *b, struct span part, bool all, const struct http1_owner *o)
{
    size_t max = room(b, o);
    if (all && b->have == 0) {
        bool whole = part.n <= max;
        tell_decoded(b, span_sub(part, 0, max), whole || part.n > max, o);
        give_back(b, o);
        return;
    }
    size_t n = part.n < max - b->have ? part.n : max - b->have;
    uint8_t *buf = pool_grow(o->out->pool, b->buf, b->have, b->have + n);
    if (buf == NULL) {
        o->out->no_memory++;
        http1_gather_finish(b, o);
        return;
    }
    memcpy(buf + b->have, part.p, n);
    b->buf = buf;
    b->have += (uint32_t)n;
    if (b->have == max) {
        http1_gather_finish(b, o);
    } else if (b->have >= GATHER_FIRST && b->have / 2 >= b->told) {
        b->told = b->have;
        tell_decoded(b, (struct span){ buf, b->have }, false, o);
        if (!b->gather)
            give_back(b, o);
    }
}

void http1_gather_finish(struct http1_body *b, const struct http1_owner *o)
{
    if (b->have > 0)
        tell_decoded(b, (struct span){ b->buf, b->have }, true, o);
    give_back(b, o);
}
