/* A connection in pieces. The same bytes in other pieces tell the same facts, memory stays within
 * bounds and all of it comes back. */
#include "app/http2.h"
#include "base/hash.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally { uint64_t hash; uint32_t requests, responses, done; };

static void mix(struct tally *t, const void *p, size_t n)
{
    t->hash = hash_bytes((struct hash_key){ t->hash, n }, p, n);
}

static void mix_span(struct tally *t, struct span s) { mix(t, s.n > 0 ? s.p : (const uint8_t *)"", s.n); }

static void on_fact(void *ctx, const struct fact *f)
{
    struct tally *t = ctx;
    if (f->kind == FACT_HTTP_BODY && !f->body_end)
        return;                             /* how often it is told depends on the pieces */
    mix(t, &f->kind, sizeof f->kind);
    if (f->kind == FACT_ANOMALY) {
        mix(t, f->anomaly, strlen(f->anomaly));
        return;
    }
    mix(t, &f->http->stream, sizeof f->http->stream);
    mix_span(t, f->http->req.method);
    mix_span(t, f->http->req.uri);
    mix_span(t, f->http->req.host);
    mix_span(t, f->http->req.head);
    mix_span(t, f->http->resp.head);
    if (f->kind == FACT_HTTP_BODY)
        mix_span(t, f->body);
    if (f->kind == FACT_HTTP_DONE) {
        mix(t, &f->http->req_body_len, sizeof f->http->req_body_len);
        mix(t, &f->http->resp_body_len, sizeof f->http->resp_body_len);
        t->done++;
    }
    t->requests += f->kind == FACT_HTTP_REQUEST;
    t->responses += f->kind == FACT_HTTP_RESPONSE;
}

static struct app_result give(struct http2 *h, enum dir dir, struct span s, struct app_out *out)
{
    uint8_t *copy = malloc(s.n > 0 ? s.n : 1);
    memcpy(copy, s.p, s.n);
    struct app_result r = http2_feed(h, dir, (struct span){ copy, s.n }, out);
    free(copy);
    return r;
}

/* Records of direction, gap flag and length (2 bytes), and bytes; `piece` cuts them smaller. */
static struct tally run(struct span input, size_t piece, bool with_preface)
{
    struct tally t = { 0 };
    struct pool *pool = pool_open(4 << 20);
    struct app_out out = { .fact = on_fact, .ctx = &t, .pool = pool, .want_req_body = true, .want_resp_body = true,
                           .limits = { .head_max = 8192, .body_max = 4096, .pipeline_max = 64 } };
    struct http2 h;
    if (pool == NULL)
        abort();
    http2_open(&h);
    if (with_preface) {
        give(&h, TO_SERVER, SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"), &out);
        give(&h, TO_CLIENT, SPAN("\0\0\0\4\0\0\0\0\0"), &out);
    }
    struct cursor in = cur_over(input);
    while (in.left > 0) {
        uint64_t head = cur_be(&in, 2);
        size_t n = head & 0x3fff;
        enum dir dir = (head & 0x8000) != 0 ? TO_CLIENT : TO_SERVER;
        if ((head & 0x4000) != 0) {
            http2_gap(&h, dir, n, &out);
            continue;
        }
        struct span s = cur_take(&in, n < in.left ? n : in.left);
        for (size_t at = 0; at < s.n; at += piece)
            give(&h, dir, span_sub(s, at, piece), &out);
        if (h.n_streams > HTTP2_STREAMS_MAX)
            abort();
    }
    http2_close(&h, &out);
    if (pool_in_use(pool) != 0)
        abort();
    pool_close(pool);
    if (t.done > t.requests + t.responses)
        abort();
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct span input = { data + 1, size - 1 };
    struct tally whole = run(input, SIZE_MAX / 2, (data[0] & 1) != 0);
    struct tally cut = run(input, 1 + data[0] / 2 % 32u, (data[0] & 1) != 0);
    if (whole.hash != cut.hash)
        abort();
    return 0;
}
