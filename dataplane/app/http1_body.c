#include "app/http1_gather.h"

void http1_odd(struct http1_body *b, const struct http1_owner *o, const char *what)
{
    if (b->odd)
        return;
    b->odd = true;
    struct fact f = { .kind = FACT_ANOMALY, .dir = o->dir, .http = o->tx, .anomaly = what };
    o->out->fact(o->out->ctx, &f);
}

static bool wanted(const struct http1_owner *o)
{
    return o->tx != NULL && o->out->limits.body_max > 0 &&
           (o->dir == TO_SERVER ? o->out->want_req_body : o->out->want_resp_body);
}

enum http1_body_end http1_body_begin(struct http1_body *b, const struct http1_framing *f, bool to_close,
                                     const struct http1_owner *o)
{
    *b = (struct http1_body){ .coding = { f->coding[0], f->coding[1] }, .gather = wanted(o), .odd = b->odd };
    if (f->chunked) {               /* wins over a length: RFC 9112 6.3 */
        b->state = BODY_CHUNK_FIRST;
        if (f->has_length)
            http1_odd(b, o, "HTTP_LENGTH_AND_CHUNKED");
    } else if (f->has_length) {
        b->left = f->length;
        b->state = b->left > 0 ? BODY_LENGTH : BODY_NONE;
    } else if (to_close) {
        b->state = BODY_CLOSE;
    }
    return b->state == BODY_NONE ? BODY_ENDED : BODY_GOES_ON;
}

static inline void count(uint64_t n, const struct http1_owner *o)
{
    if (o->tx != NULL)
        *(o->dir == TO_SERVER ? &o->tx->req_body_len : &o->tx->resp_body_len) += n;
}

static inline struct span take_data(struct cursor *in, uint64_t most, const struct http1_owner *o)
{
    struct span part = cur_take(in, most < in->left ? (size_t)most : in->left);
    count(part.n, o);
    return part;
}

static enum http1_body_state on_length(struct http1_body *b, struct cursor *in, const struct http1_owner *o)
{
    uint64_t before = b->left;
    struct span part = take_data(in, b->left, o);
    b->left -= part.n;
    if (b->gather)
        http1_gather(b, part, part.n == before, o);
    return b->left > 0 ? BODY_LENGTH : BODY_NONE;
}

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The end of the chunk before, blanks, and the digits of the size (RFC 9112 7.1). */
static enum http1_body_end on_size(struct http1_body *b, struct cursor *in, const struct http1_owner *o)
{
    while (in->left > 0) {
        uint8_t c = *in->p;
        int digit = hex(c);
        if (digit >= 0) {
            if (b->left >> 59 != 0) {
                http1_odd(b, o, "HTTP_CHUNK_TOO_LARGE");
                return BODY_BROKEN;
            }
            b->left = b->left << 4 | (unsigned)digit;
            b->digits = 1;
        } else if (b->digits > 0) {
            b->state = BODY_CHUNK_EXT;
            return BODY_GOES_ON;
        } else if (c != '\r' && c != '\n' && c != ' ' && c != '\t') {
            http1_odd(b, o, "HTTP_BAD_CHUNK");
            if (b->state != BODY_CHUNK_FIRST || o->dir == TO_SERVER)
                return BODY_BROKEN;
            b->state = BODY_CLOSE;  /* a response that was never chunked: told as it is */
            return BODY_GOES_ON;
        }
        cur_take(in, 1);
    }
    return BODY_GOES_ON;
}

/* The rest of a line. */
static enum http1_body_state skip_line(struct http1_body *b, struct cursor *in, enum http1_body_state next)
{
    size_t n = span_find(cur_rest(in), '\n');
    if (n == in->left) {
        cur_take(in, n);
        return (enum http1_body_state)b->state;
    }
    cur_take(in, n + 1);
    return next;
}

static enum http1_body_state on_data(struct http1_body *b, struct cursor *in, const struct http1_owner *o)
{
    struct span part = take_data(in, b->left, o);
    b->left -= part.n;
    b->digits = 0;
    if (b->gather)
        http1_gather(b, part, false, o);
    return b->left > 0 ? BODY_CHUNK_DATA : BODY_CHUNK_SIZE;
}

static enum http1_body_state on_trailer(struct cursor *in)
{
    uint8_t c = *in->p;
    if (c != '\r' && c != '\n')
        return BODY_TRAILER_LINE;
    cur_take(in, 1);
    return c == '\n' ? BODY_NONE : BODY_TRAILER;
}

enum http1_body_end http1_body_feed(struct http1_body *b, struct cursor *in, const struct http1_owner *o)
{
    while (in->left > 0 && b->state != BODY_NONE) {
        switch ((enum http1_body_state)b->state) {
        case BODY_NONE:
            break;
        case BODY_LENGTH:
            b->state = on_length(b, in, o);
            break;
        case BODY_CLOSE: {
            struct span part = take_data(in, UINT64_MAX, o);
            if (b->gather)
                http1_gather(b, part, false, o);
            break;
        }
        case BODY_CHUNK_FIRST:
        case BODY_CHUNK_SIZE:
            if (on_size(b, in, o) == BODY_BROKEN)
                return BODY_BROKEN;
            break;
        case BODY_CHUNK_EXT:
            b->state = skip_line(b, in, b->left > 0 ? BODY_CHUNK_DATA : BODY_TRAILER);
            break;
        case BODY_CHUNK_DATA:
            b->state = on_data(b, in, o);
            break;
        case BODY_TRAILER:
            b->state = on_trailer(in);
            break;
        case BODY_TRAILER_LINE:
            b->state = skip_line(b, in, BODY_TRAILER);
            break;
        }
    }
    return b->state == BODY_NONE ? BODY_ENDED : BODY_GOES_ON;
}

/* n bytes of data went by. */
static enum http1_body_end pass(struct http1_body *b, uint64_t n)
{
    if (b->state == BODY_CLOSE)
        return BODY_GOES_ON;
    if ((b->state != BODY_LENGTH && b->state != BODY_CHUNK_DATA) || n > b->left)
        return BODY_BROKEN;
    b->left -= n;
    if (b->left > 0)
        return BODY_GOES_ON;
    b->digits = 0;
    b->state = b->state == BODY_LENGTH ? BODY_NONE : BODY_CHUNK_SIZE;
    return b->state == BODY_NONE ? BODY_ENDED : BODY_GOES_ON;
}

enum http1_body_end http1_body_gap(struct http1_body *b, uint64_t n, const struct http1_owner *o)
{
    if (b->gather)
        http1_gather_finish(b, o);
    return pass(b, n);
}

enum http1_body_end http1_body_skip(struct http1_body *b, uint64_t n, const struct http1_owner *o)
{
    count(n, o);
    return pass(b, n);
}

void http1_body_finish(struct http1_body *b, const struct http1_owner *o)
{
    if (b->gather)
        http1_gather_finish(b, o);
    *b = (struct http1_body){ 0 };
}

uint64_t http1_body_skippable(const struct http1_body *b)
{
    if (b->gather)
        return 0;
    if (b->state == BODY_CLOSE)
        return UINT64_MAX;
    return b->state == BODY_LENGTH || b->state == BODY_CHUNK_DATA ? b->left : 0;
}
