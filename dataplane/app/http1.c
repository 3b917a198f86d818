#include "app/http1_pair.h"

enum { METHOD_MAX = 32 };

/* ---- what may begin a message, on a connection known to speak HTTP ---- */

/* RFC 9110 5.6.2, less what nobody uses in methods. */
static bool token_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '!' || c == '+' || c == '*';
}

static enum app_probe plausible(enum dir dir, struct span s)
{
    size_t n = 0;
    if (dir == TO_CLIENT) {
        for (; n < 5 && n < s.n; n++)
            if ((s.p[n] & 0xdf) != ("HTTP/"[n] & 0xdf))
                return PROBE_NO;
        return n < 5 ? PROBE_MORE : PROBE_YES;
    }
    while (n < s.n && n <= METHOD_MAX && token_char(s.p[n]))
        n++;
    if (n == s.n && n <= METHOD_MAX)
        return PROBE_MORE;
    return n > 0 && n < s.n && n <= METHOD_MAX && (s.p[n] == ' ' || s.p[n] == '\t') ? PROBE_YES : PROBE_NO;
}

static enum http1_side_state lose(const struct http1_step *s)
{
    http1_message_end(s);
    return SIDE_LOST;
}

static enum http1_side_state on_body(const struct http1_step *s, struct cursor *in)
{
    struct http1_owner o = http1_owner_of(s);
    switch (http1_body_feed(&s->side->body, in, &o)) {
    case BODY_ENDED:
        return http1_message_end(s);
    case BODY_BROKEN:
        return lose(s);
    case BODY_GOES_ON:
        break;
    }
    return SIDE_BODY;
}

/* What is no message: the document that answers HTTP/0.9, or the peer does not speak HTTP here. */
static enum http1_side_state on_no_message(const struct http1_step *s, struct cursor *in)
{
    struct http1_tx *tx = s->dir == TO_CLIENT ? http1_unanswered(s->h) : NULL;
    if (tx != NULL && (tx->http.req.version == 9 || tx->http.id == 0)) {
        if (tx->http.req.version != 9)
            http1_step_odd(s, "HTTP_NOT_A_RESPONSE");   /* curl --http0.9 and old browsers show it */
        s->side->state = (uint8_t)http1_on_bare_response(s, span_sub(cur_rest(in), 0, 0));
        return on_body(s, in);
    }
    cur_take(in, in->left);
    http1_step_odd(s, s->dir == TO_SERVER ? "HTTP_NOT_A_REQUEST" : "HTTP_NOT_A_RESPONSE");
    return lose(s);
}

/* ---- heads ---- */

/* Parses a head; the answer is how many bytes it took, 0 when its end is missing. With `cut` it is taken
 * as it stands. */
static __attribute__((noinline)) size_t parse_head(const struct http1_step *s, struct span text, bool cut)
{
    struct http1_scratch scratch;
    struct http1_framing framing;
    union { struct http_request req; struct http_response resp; } m;
    size_t used = s->dir == TO_SERVER ? http1_request_parse(text, cut, &scratch, &m.req, &framing)
                                      : http1_response_parse(text, cut, &scratch, &m.resp, &framing);
    if (used == 0)
        return 0;
    enum http1_side_state next = s->dir == TO_SERVER ? http1_on_request(s, span_sub(text, 0, used),
                                                                        scratch.text_len, &m.req, &framing)
                                                     : http1_on_response(s, &m.resp, &framing);
    s->side->state = (uint8_t)next;
    if (scratch.text_len > 0)
        /* the scratch goes away before the slice does */
        http1_keep_responses(s->h, scratch.text_len, s->out);
    return used;
}

/* Goes over lines up to the empty one; `begun` says whether the line under way has anything in it.
 * Takes all bytes when that does not come. */
static bool take_head(struct cursor *in, bool *begun)
{
    while (in->left > 0) {
        size_t n = span_find(cur_rest(in), '\n');
        struct span line = cur_take(in, n);
        while (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        *begun |= line.n > 0;
        if (in->left == 0)
            return false;
        cur_take(in, 1);
        if (!*begun)
            return true;
        *begun = false;
    }
    return false;
}

static size_t head_max(const struct app_out *out)
{
    return out->limits.head_max < POOL_MAX ? out->limits.head_max : POOL_MAX;
}

/* A gathered head is given to the parser as it is, and its buffer back: the body needs the place. */
static void parse_gathered(const struct http1_step *s, bool cut)
{
    struct http1_body *b = &s->side->body;
    struct span text = { b->buf, b->have };
    b->buf = NULL;
    b->have = 0;
    parse_head(s, text, cut);
    http1_keep_responses(s->h, 0, s->out);
    pool_give(s->out->pool, (void *)(uintptr_t)text.p);
}

/* What there is of a head when no more of it will be seen. Worth telling once the first line is whole. */
static void parse_partial(const struct http1_step *s)
{
    struct span text = { s->side->body.buf, s->side->body.have };
    if (s->side->state != SIDE_HEAD)
        return;
    if (span_find(text, '\n') < text.n || (text.n > 0 && memmem(text.p, text.n, " HTTP/", 6) != NULL)) {
        parse_gathered(s, true);
        return;
    }
    pool_give(s->out->pool, s->side->body.buf);
    s->side->body = (struct http1_body){ 0 };
    s->side->state = SIDE_START;
}

static enum http1_side_state too_long(const struct http1_step *s)
{
    http1_step_odd(s, "HTTP_HEAD_TOO_LONG");
    parse_gathered(s, true);
    s->side->after_head = s->side->state;
    return SIDE_SKIP_HEAD;
}

/* The first bytes could have been a message, with the next they can't. */
static enum http1_side_state take_back(const struct http1_step *s)
{
    struct http1_body *b = &s->side->body;
    struct span text = { b->buf, b->have };
    struct cursor in = cur_over(text);
    b->buf = NULL;
    b->have = 0;
    enum http1_side_state next = on_no_message(s, &in);
    http1_keep_responses(s->h, 0, s->out);
    pool_give(s->out->pool, (void *)(uintptr_t)text.p);
    return next;
}

/* Adds to the gathered head, up to its end or its limit. */
static enum http1_side_state on_head(const struct http1_step *s, struct cursor *in)
{
    struct http1_body *b = &s->side->body;
    struct cursor part = cur_over(span_sub(cur_rest(in), 0, head_max(s->out) - b->have));
    bool ended = take_head(&part, &s->side->line_begun);
    struct span more = cur_take(in, (size_t)(part.p - in->p));
    bool young = b->have <= METHOD_MAX;
    uint8_t *buf = pool_grow(s->out->pool, b->buf, b->have, b->have + more.n);
    if (buf == NULL) {
        s->out->no_memory++;
        parse_partial(s);
        return lose(s);
    }
    memcpy(buf + b->have, more.p, more.n);
    b->buf = buf;
    b->have += (uint32_t)more.n;
    if (young && plausible(s->dir, (struct span){ buf, b->have }) == PROBE_NO)
        return take_back(s);
    if (ended) {
        parse_gathered(s, false);
        return (enum http1_side_state)s->side->state;
    }
    return b->have < head_max(s->out) ? SIDE_HEAD : too_long(s);
}

/* ---- the other states ---- */

/* A request line without protocol may be all of an HTTP/0.9 request, even without a line end, or the
 * beginning of a careless 1.0 one. An answer to it means that the server had seen enough. */
static void close_bare_request(struct http1 *h, struct app_out *out)
{
    struct http1_step s = http1_step_of(h, TO_SERVER, out);
    struct span text = { s.side->body.buf, s.side->body.have };
    struct span line = span_sub(text, 0, span_find(text, '\n'));
    if (http1_unanswered(h) == NULL && memmem(line.p, line.n, "HTTP/", 5) == NULL &&
        plausible(TO_SERVER, text) == PROBE_YES)
        parse_gathered(&s, true);
}

/* Skips what may stand before a message (RFC 9112 2.2: empty lines), then reads its head in place if
 * it is whole. */
static enum http1_side_state on_start(const struct http1_step *s, struct cursor *in)
{
    while (in->left > 0 && (*in->p == '\r' || *in->p == '\n' || *in->p == ' ' || *in->p == '\t'))
        cur_take(in, 1);
    if (in->left == 0)
        return SIDE_START;
    if (s->dir == TO_CLIENT && s->h->side[TO_SERVER].state == SIDE_HEAD)
        close_bare_request(s->h, s->out);
    if (plausible(s->dir, cur_rest(in)) == PROBE_NO)
        return on_no_message(s, in);
    size_t used = parse_head(s, span_sub(cur_rest(in), 0, head_max(s->out)), false);
    if (used > 0) {
        cur_take(in, used);
        return (enum http1_side_state)s->side->state;
    }
    s->side->line_begun = false;
    s->side->state = SIDE_HEAD;
    return on_head(s, in);
}

static enum http1_side_state on_skip_head(const struct http1_step *s, struct cursor *in)
{
    return take_head(in, &s->side->line_begun) ? (enum http1_side_state)s->side->after_head : SIDE_SKIP_HEAD;
}

/* A slice that begins with a message ends the search. */
static enum http1_side_state on_lost(const struct http1_step *s, struct span slice)
{
    if (http1_probe(s->dir, slice) != PROBE_YES)
        return SIDE_LOST;
    if (s->dir == TO_CLIENT)
        http1_close_lost(s, s->h->last);
    return SIDE_START;
}

static void step(const struct http1_step *s, struct cursor *in)
{
    switch ((enum http1_side_state)s->side->state) {
    case SIDE_START:
        s->side->state = (uint8_t)on_start(s, in);
        break;
    case SIDE_HEAD:
        s->side->state = (uint8_t)on_head(s, in);
        break;
    case SIDE_SKIP_HEAD:
        s->side->state = (uint8_t)on_skip_head(s, in);
        break;
    case SIDE_BODY:
        s->side->state = (uint8_t)on_body(s, in);
        break;
    case SIDE_CONNECT:          /* the client does not wait for the answer */
        if (http1_probe(TO_SERVER, cur_rest(in)) == PROBE_YES)
            s->side->state = SIDE_START;    /* within or without the tunnel, it is HTTP */
        else
            s->h->tunnel = true;
        break;
    case SIDE_LOST:
        cur_take(in, in->left);
        break;
    }
}

/* ---- the way in ---- */

/* Bytes in the middle of a body that nobody wants: most of all traffic. */
static inline bool only_counted(struct http1_side *side, enum dir dir, size_t n)
{
    if (side->state != SIDE_BODY || side->body.gather || side->body.state != BODY_LENGTH ||
        n >= side->body.left)
        return false;
    side->body.left -= n;
    if (side->tx != NULL)
        *(dir == TO_SERVER ? &side->tx->http.req_body_len : &side->tx->http.resp_body_len) += n;
    return true;
}

struct app_result http1_feed(struct http1 *h, enum dir dir, struct span bytes, struct app_out *out)
{
    struct cursor in = cur_over(bytes);
    struct http1_step s = http1_step_of(h, dir, out);
    if (only_counted(s.side, dir, bytes.n))
        return (struct app_result){ APP_MORE, bytes.n };
    if (s.side->state == SIDE_LOST)
        s.side->state = (uint8_t)on_lost(&s, bytes);
    while (in.left > 0 && !h->tunnel)
        step(&s, &in);
    if (dir == TO_CLIENT)
        http1_keep_responses(h, 0, out);
    return (struct app_result){ h->tunnel ? APP_TUNNEL : APP_MORE, bytes.n - in.left };
}

void http1_gap(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out)
{
    struct http1_step s = http1_step_of(h, dir, out);
    bool in_body = s.side->state == SIDE_BODY;
    if (n == 0 || s.side->state == SIDE_CONNECT)
        return;
    parse_partial(&s);
    if (s.side->tx != NULL)
        s.side->tx->http.gap = true;
    struct http1_owner o = http1_owner_of(&s);
    enum http1_body_end end = in_body ? http1_body_gap(&s.side->body, n, &o) : BODY_BROKEN;
    if (end == BODY_ENDED)
        s.side->state = (uint8_t)http1_message_end(&s);
    else if (end == BODY_BROKEN)
        s.side->state = (uint8_t)lose(&s);
}

uint64_t http1_skippable(const struct http1 *h, enum dir dir)
{
    return h->side[dir].state == SIDE_BODY ? http1_body_skippable(&h->side[dir].body) : 0;
}

void http1_skip(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out)
{
    struct http1_step s = http1_step_of(h, dir, out);
    struct http1_owner o = http1_owner_of(&s);
    if (s.side->state == SIDE_BODY && http1_body_skip(&s.side->body, n, &o) == BODY_ENDED)
        s.side->state = (uint8_t)http1_message_end(&s);
}

void http1_end(struct http1 *h, enum dir dir, struct app_out *out)
{
    struct http1_step s = http1_step_of(h, dir, out);
    parse_partial(&s);
    if (s.side->state == SIDE_BODY || s.side->state == SIDE_SKIP_HEAD)
        s.side->state = (uint8_t)http1_message_end(&s);
}

void http1_close(struct http1 *h, struct app_out *out)
{
    struct http1_step s = http1_step_of(h, TO_CLIENT, out);
    http1_end(h, TO_SERVER, out);
    http1_end(h, TO_CLIENT, out);
    while (h->first != NULL)
        http1_finish(&s, h->first);
    *h = (struct http1){ 0 };
}
