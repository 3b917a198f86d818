/* Streams, oldest out first, and the way from decoded header lines to facts. */
#include "app/http2_stream.h"

static void tell(enum fact_kind kind, enum dir dir, const struct http_tx *tx, struct app_out *out)
{
    struct fact f = { .kind = kind, .dir = dir, .http = tx };
    out->fact(out->ctx, &f);
}

void http2_anomaly(const struct http_tx *tx, enum dir dir, const char *what, struct app_out *out)
{
    struct fact f = { .kind = FACT_ANOMALY, .dir = dir, .http = tx, .anomaly = what };
    out->fact(out->ctx, &f);
}

struct http2_stream *http2_stream_find(struct http2 *h, uint32_t id)
{
    struct http2_stream *s = h->streams;
    while (s != NULL && s->tx.stream != id)
        s = s->next;
    return s;
}

struct http2_stream *http2_stream_open(struct http2 *h, uint32_t id, enum dir dir, struct app_out *out)
{
    if (h->n_streams == HTTP2_STREAMS_MAX) {
        struct http2_stream *oldest = h->streams;
        while (oldest->next != NULL)
            oldest = oldest->next;
        http2_stream_close(h, oldest, dir, out);
    }
    struct http2_stream *s = pool_take(out->pool, sizeof *s);
    if (s == NULL) {
        out->no_memory++;
        return NULL;
    }
    *s = (struct http2_stream){ .next = h->streams, .tx = { .id = h->n_tx++, .stream = id } };
    h->streams = s;
    h->n_streams++;
    return s;
}

static void finish_body(struct http2_stream *s, enum dir dir, struct app_out *out)
{
    struct http1_owner owner = { &s->tx, dir, out };
    if (s->in_body[dir])
        http1_body_finish(&s->body[dir], &owner);
    s->in_body[dir] = false;
}

void http2_stream_close(struct http2 *h, struct http2_stream *s, enum dir dir, struct app_out *out)
{
    finish_body(s, TO_SERVER, out);
    finish_body(s, TO_CLIENT, out);
    if (s->tx.has_request || s->tx.has_response)
        tell(FACT_HTTP_DONE, dir, &s->tx, out);
    struct http2_stream **link = &h->streams;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    h->n_streams--;
    pool_give(out->pool, s->text[TO_SERVER]);
    pool_give(out->pool, s->text[TO_CLIENT]);
    pool_give(out->pool, s->host);
    pool_give(out->pool, s);
}

void http2_stream_end(struct http2 *h, struct http2_stream *s, enum dir dir, struct app_out *out)
{
    finish_body(s, dir, out);
    s->ended[dir] = true;
    if (s->ended[!dir])
        http2_stream_close(h, s, dir, out);
}

/* ---- heads ---- */

struct pseudo { struct span method, path, authority, status; };

/* Takes the pseudo-headers, which stand in front, off the lines. */
static struct pseudo take_pseudo(struct cursor *lines)
{
    struct pseudo p = { SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_NONE };
    while (lines->left > 0 && lines->p[0] == ':') {
        struct span line = cur_take(lines, span_find(cur_rest(lines), '\n'));
        cur_take(lines, 1);
        size_t colon = 1 + span_find(span_sub(line, 1, line.n), ':');
        struct span name = span_sub(line, 0, colon), value = span_trim(span_sub(line, colon + 1, line.n));
        if (value.n > 0 && value.p[value.n - 1] == '\r')
            value.n--;
        if (span_is(name, ":method"))
            p.method = value;
        else if (span_is(name, ":path"))
            p.path = value;
        else if (span_is(name, ":authority"))
            p.authority = value;
        else if (span_is(name, ":status"))
            p.status = value;
    }
    return p;
}

static uint8_t *put(uint8_t *to, struct span s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

#define PUT(to, literal) put(to, SPAN(literal))

/* The message's head as HTTP/1 would have it; NULL when the pool is spent. */
static uint8_t *as_text(const struct pseudo *p, bool request, struct span rest, struct pool *pool, size_t *n)
{
    /* CONNECT has no path: RFC 9113 8.5 */
    struct span target = span_is(p->method, "CONNECT") ? p->authority : p->path;
    size_t most = p->method.n + target.n + p->authority.n + p->status.n + rest.n + 48;
    uint8_t *text = pool_take(pool, most), *to = text;
    if (text == NULL)
        return NULL;
    if (request) {
        to = put(to, p->method);
        to = PUT(to, " ");
        to = put(to, target);
        to = PUT(to, " HTTP/2.0\r\n");
        if (p->authority.n > 0) {
            to = PUT(to, "host: ");
            to = put(to, p->authority);
            to = PUT(to, "\r\n");
        }
    } else {
        to = PUT(to, "HTTP/2.0 ");
        to = put(to, p->status);
        to = PUT(to, "\r\n");
    }
    to = put(to, rest);
    to = PUT(to, "\r\n");
    *n = (size_t)(to - text);
    return text;
}

/* Where it ends is said by the frames alone. */
static void begin_body(struct http2_stream *s, enum dir whose, const struct http1_framing *head,
                       struct app_out *out)
{
    struct http1_framing f = { .coding = { head->coding[0], head->coding[1] },
                               .n_coding = head->n_coding };
    struct http1_owner owner = { &s->tx, whose, out };
    s->in_body[whose] = http1_body_begin(&s->body[whose], &f, true, &owner) == BODY_GOES_ON;
}

/* A host that had to be lower-cased stands on our stack; the response's facts still tell it. */
static void keep_host(struct http2_stream *s, const struct http1_scratch *scratch, struct app_out *out)
{
    struct span host = s->tx.req.host;
    bool ours = host.p >= scratch->text && host.p < scratch->text + sizeof scratch->text;
    if (!ours)
        return;
    s->tx.req.host = SPAN_NONE;
    if (host.n == 0 || (s->host = pool_take(out->pool, host.n)) == NULL)
        return;
    memcpy(s->host, host.p, host.n);
    s->tx.req.host = (struct span){ s->host, host.n };
}

static void on_request(struct http2_stream *s, enum dir dir, struct span text, struct app_out *out)
{
    struct http1_scratch scratch;
    struct http1_framing framing;
    struct http_request *req = &s->tx.req;
    http1_request_parse(text, false, &scratch, req, &framing);
    req->version = 20;
    req->protocol = SPAN_NONE;
    s->tx.has_request = true;
    tell(FACT_HTTP_REQUEST, dir, &s->tx, out);
    req->headers = NULL;        /* the list is on our stack */
    req->n_headers = 0;
    keep_host(s, &scratch, out);
    if (framing.anomaly != NULL)
        http2_anomaly(&s->tx, dir, framing.anomaly, out);
    if (dir == TO_SERVER)
        begin_body(s, TO_SERVER, &framing, out);
}

static void on_response(struct http2_stream *s, enum dir dir, struct span text, struct app_out *out)
{
    struct http1_scratch scratch;
    struct http1_framing framing;
    struct http_response *resp = &s->tx.resp;
    http1_response_parse(text, false, &scratch, resp, &framing);
    resp->version = 20;
    resp->protocol = SPAN_NONE;
    s->tx.has_response = true;
    tell(FACT_HTTP_RESPONSE, dir, &s->tx, out);
    resp->headers = NULL;
    resp->n_headers = 0;
    if (framing.anomaly != NULL)
        http2_anomaly(&s->tx, dir, framing.anomaly, out);
    begin_body(s, TO_CLIENT, &framing, out);
}

void http2_stream_head(struct http2_stream *s, enum dir whose, enum dir dir, struct span lines,
                       struct app_out *out)
{
    struct cursor in = cur_over(lines);
    struct pseudo p = take_pseudo(&in);
    bool request = whose == TO_SERVER;
    if (s->text[whose] != NULL || (request ? p.method : p.status).n == 0)
        return;                 /* trailers, or nothing that begins a message */
    if (!request && p.status.n == 3 && p.status.p[0] == '1')
        return;                 /* interim: RFC 9113 8.1 */
    size_t n = 0;
    s->text[whose] = as_text(&p, request, cur_rest(&in), out->pool, &n);
    if (s->text[whose] == NULL) {
        out->no_memory++;
        return;
    }
    struct span text = { s->text[whose], n };
    if (request)
        on_request(s, dir, text, out);
    else
        on_response(s, dir, text, out);
}

/* ---- bodies ---- */

void http2_stream_body(struct http2_stream *s, enum dir dir, struct span bytes, struct app_out *out)
{
    struct http1_owner owner = { &s->tx, dir, out };
    struct cursor in = cur_over(bytes);
    if (s->in_body[dir])
        http1_body_feed(&s->body[dir], &in, &owner);
}

void http2_stream_gap(struct http2_stream *s, enum dir dir, uint64_t n, struct app_out *out)
{
    struct http1_owner owner = { &s->tx, dir, out };
    s->tx.gap = true;
    if (s->in_body[dir])
        http1_body_gap(&s->body[dir], n, &owner);
}
