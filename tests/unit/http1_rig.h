#ifndef TESTS_HTTP1_RIG_H
#define TESTS_HTTP1_RIG_H
/* A connection under test that writes down what it is told, a line per fact. Of a body, its end counts: where
 * the tellings before it fall depends on how the bytes were cut. */
#include "app/http1.h"
#include "app/inflate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RIG_TEXT = 1 << 18, RIG_POOL = 4 << 20 };

struct rig {
    struct http1 h;
    struct app_out out;
    char *text;
    size_t n;
    uint64_t open, done;            /* transactions told, transactions done */
    bool details;                   /* headers and bodies in full */
};

static void rig_write(struct rig *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void rig_write(struct rig *r, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (r->n < RIG_TEXT)
        r->n += (size_t)vsnprintf(r->text + r->n, RIG_TEXT - r->n, format, list);
    va_end(list);
    if (r->n > RIG_TEXT)
        r->n = RIG_TEXT;
}

static void rig_span(struct rig *r, const char *name, struct span s)
{
    if (s.n == 0)
        return;
    rig_write(r, " %s=", name);
    for (size_t i = 0; i < s.n; i++)
        rig_write(r, s.p[i] > ' ' && s.p[i] < 0x7f ? "%c" : s.p[i] == ' ' ? "_" : "%%%02x", s.p[i]);
}

static void rig_request(struct rig *r, const struct http_request *q)
{
    rig_span(r, "m", q->method);
    rig_span(r, "u", q->uri);
    rig_span(r, "p", q->protocol);
    rig_write(r, " v=%u", q->version);
    rig_span(r, "host", q->host);
    rig_span(r, "raw", q->host_raw);
    if (q->port)
        rig_write(r, " port=%u", q->port);
    rig_span(r, "ua", q->user_agent);
    rig_span(r, "ref", q->referer);
    rig_span(r, "ct", q->content_type);
    rig_span(r, "acc", q->accept);
    rig_span(r, "xff", q->x_forwarded_for);
    rig_span(r, "ck", q->cookie);
}

static void rig_response(struct rig *r, const struct http_response *p)
{
    rig_write(r, " s=%u v=%u", p->status, p->version);
    rig_span(r, "reason", p->reason);
    rig_span(r, "ct", p->content_type);
    rig_span(r, "loc", p->location);
    rig_span(r, "srv", p->server);
    rig_span(r, "len", p->content_length);
    rig_span(r, "cr", p->content_range);
}

static void rig_headers(struct rig *r, const struct http_header *h, unsigned n)
{
    rig_write(r, " n=%u", n);
    for (unsigned i = 0; r->details && h != NULL && i < n; i++) {
        rig_span(r, "h", h[i].name);
        rig_span(r, "v", h[i].value);
    }
}

static void rig_fact(void *ctx, const struct fact *f)
{
    struct rig *r = ctx;
    const struct http_tx *tx = f->http;
    switch (f->kind) {
    case FACT_HTTP_REQUEST:
        r->open++;
        rig_write(r, "REQ %u", tx->id);
        rig_request(r, &tx->req);
        rig_headers(r, tx->req.headers, tx->req.n_headers);
        break;
    case FACT_HTTP_RESPONSE:
        r->open += !tx->has_request;
        rig_write(r, "RSP %u", tx->id);
        rig_response(r, &tx->resp);
        rig_headers(r, tx->resp.headers, tx->resp.n_headers);
        break;
    case FACT_HTTP_BODY:
        if (!f->body_end)
            return;
        rig_write(r, "BODY %u %c %zu", tx->id, f->dir == TO_SERVER ? '>' : '<', f->body.n);
        rig_span(r, "b", span_sub(f->body, 0, r->details ? 64 : 0));
        uint32_t sum = 0;
        for (size_t i = 0; i < f->body.n; i++)
            sum = sum * 31 + f->body.p[i];
        rig_write(r, " sum=%08x", sum);
        break;
    case FACT_HTTP_DONE:
        r->done++;
        rig_write(r, "DONE %u%s%s%s %llu %llu", tx->id, tx->has_request ? " q" : "", tx->has_response ? " r" : "",
                  tx->gap ? " gap" : "", (unsigned long long)tx->req_body_len, (unsigned long long)tx->resp_body_len);
        if (tx->has_request)
            rig_request(r, &tx->req);
        if (tx->has_response)
            rig_response(r, &tx->resp);
        break;
    case FACT_ANOMALY:
        rig_write(r, "ODD %c %s", f->dir == TO_SERVER ? '>' : '<', f->anomaly);
        break;
    default:
        abort();
    }
    rig_write(r, "\n");
}

static inline void rig_open(struct rig *r)
{
    *r = (struct rig){ .text = malloc(RIG_TEXT + 1), .details = true };
    r->text[0] = 0;
    r->out = (struct app_out){ .fact = rig_fact, .ctx = r, .pool = pool_open(RIG_POOL), .inflater = inflater_open(102400),
        .limits = { 65536, 102400, 64 }, .want_req_body = true, .want_resp_body = true };
}

/* Forgets the text, keeps the pool. */
static inline void rig_again(struct rig *r)
{
    r->n = 0;
    r->text[0] = 0;
    r->open = r->done = 0;
}

static inline void rig_close(struct rig *r)
{
    pool_close(r->out.pool);
    inflater_close(r->out.inflater);
    free(r->text);
}

/* Feeds in an exact-size copy, which is gone afterwards. False when a tunnel has begun. */
static inline bool rig_feed(struct rig *r, enum dir dir, struct span bytes)
{
    uint8_t *copy = malloc(bytes.n > 0 ? bytes.n : 1);
    memcpy(copy, bytes.p, bytes.n);
    struct app_result a = http1_feed(&r->h, dir, (struct span){ copy, bytes.n }, &r->out);
    free(copy);
    if (a.status == APP_TUNNEL)
        rig_write(r, "TUNNEL\n");
    else if (a.used != bytes.n)
        abort();
    return a.status != APP_TUNNEL;
}

#endif
