#include "app/http1_tx.h"

/* A text on its way to another place: what lies in `from` moves along, what stands in the scratch is
 * appended behind it. What lies behind `from`, in a giant head whose end is not kept, becomes empty. */
struct move { struct span from; uint8_t *to; size_t used, size; };

static void append(struct move *m, struct span *s)
{
    size_t n = s->n <= m->size - m->used ? s->n : 0;
    memcpy(m->to + m->used, s->p, n);
    *s = (struct span){ m->to + m->used, n };
    m->used += n;
}

static inline void move_span(struct move *m, struct span *s)
{
    size_t at = (size_t)((uintptr_t)s->p - (uintptr_t)m->from.p);
    if (at < m->from.n) {
        s->p = m->to + at;
        if (s->n > m->from.n - at)
            s->n = m->from.n - at;
    } else {
        append(m, s);
    }
}

static void move_request(struct move *m, struct http_request *r)
{
    struct span *const all[] = { &r->line, &r->method, &r->uri, &r->protocol, &r->host, &r->host_raw,
        &r->user_agent, &r->referer, &r->content_type, &r->accept, &r->x_forwarded_for, &r->cookie, &r->head };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        move_span(m, all[i]);
}

static void move_response(struct move *m, struct http_response *r)
{
    struct span *const all[] = { &r->line, &r->protocol, &r->status_text, &r->reason, &r->content_type,
        &r->location, &r->server, &r->content_length, &r->content_range, &r->cookie, &r->head };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        move_span(m, all[i]);
}

struct http1_tx *http1_tx_request(struct pool *pool, struct span text, size_t joined,
                                  const struct http_request *req)
{
    text = span_sub(text, 0, POOL_MAX - sizeof(struct http1_tx) - HTTP1_JOIN_MAX);
    struct http1_tx *tx = pool_take(pool, sizeof *tx + text.n + joined);
    if (tx == NULL)
        return NULL;
    *tx = (struct http1_tx){ .http = { .has_request = true, .req = *req } };
    struct move m = { text, tx->text, text.n, text.n + joined };
    memcpy(tx->text, text.p, text.n);
    move_request(&m, &tx->http.req);
    return tx;
}

struct http1_tx *http1_tx_orphan(struct pool *pool)
{
    struct http1_tx *tx = pool_take(pool, sizeof *tx);
    if (tx != NULL)
        *tx = (struct http1_tx){ .req_done = true };
    return tx;
}

void http1_tx_keep_response(struct pool *pool, struct http1_tx *tx, size_t joined)
{
    struct http_response *r = &tx->http.resp;
    struct span text = { r->line.p, (size_t)(r->head.p + r->head.n - r->line.p) };
    if (!tx->resp_borrowed)
        return;
    text = span_sub(text, 0, POOL_MAX - HTTP1_JOIN_MAX);
    tx->resp_borrowed = false;
    tx->resp_text = pool_take(pool, text.n + joined);
    struct move m = { text, tx->resp_text, text.n, text.n + joined };
    if (tx->resp_text == NULL)
        m = (struct move){ SPAN_NONE, (uint8_t *)(uintptr_t)SPAN_NONE.p, 0, 0 };
    memcpy(m.to, text.p, m.from.n);
    move_response(&m, r);
}

void http1_tx_free(struct pool *pool, struct http1_tx *tx)
{
    pool_give(pool, tx->resp_text);
    pool_give(pool, tx);
}
