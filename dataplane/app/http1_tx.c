#include "app/http1_tx.h"

/* A text on its way to another place: what lies in `from` moves along, what stands in the scratch is
 * appended behind it. */
struct move { struct span from; uint8_t *to; size_t used, size; };

static void move_span(struct move *m, struct span *s)
{
    if (s->n == 0) {
        *s = (struct span){ m->to, 0 };
    } else if (s->p >= m->from.p && s->p < m->from.p + m->from.n) {
        size_t at = (size_t)(s->p - m->from.p);
        *s = (struct span){ m->to + at, s->n < m->from.n - at ? s->n : m->from.n - at };
    } else {
        size_t n = s->n < m->size - m->used ? s->n : m->size - m->used;
        memcpy(m->to + m->used, s->p, n);
        *s = (struct span){ m->to + m->used, n };
        m->used += n;
    }
}

static void request_spans(struct http_request *r, struct span *list[12], size_t *n)
{
    struct span *all[] = { &r->line, &r->method, &r->uri, &r->protocol, &r->host, &r->host_raw, &r->user_agent,
        &r->referer, &r->content_type, &r->accept, &r->x_forwarded_for, &r->cookie };
    memcpy(list, all, sizeof all);
    *n = sizeof all / sizeof *all;
}

static void response_spans(struct http_response *r, struct span *list[12], size_t *n)
{
    struct span *all[] = { &r->line, &r->protocol, &r->status_text, &r->reason, &r->content_type, &r->location,
        &r->server, &r->content_length, &r->content_range, &r->cookie };
    memcpy(list, all, sizeof all);
    *n = sizeof all / sizeof *all;
}

/* How much room the fields outside the text get: those joined or lower-cased, and those of a giant head
 * whose end is not kept. */
static size_t outside(struct span text, struct span *const list[], size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i]->p < text.p || list[i]->p >= text.p + text.n)
            sum += list[i]->n;
    return sum < HTTP1_JOIN_MAX ? sum : HTTP1_JOIN_MAX;
}

static void move_all(struct move *m, struct span *const list[], size_t n, struct span *head)
{
    memcpy(m->to, m->from.p, m->from.n);
    for (size_t i = 0; i < n; i++)
        move_span(m, list[i]);
    move_span(m, head);
}

struct http1_tx *http1_tx_request(struct pool *pool, struct span text, const struct http_request *req)
{
    struct http_request moved = *req;
    struct span *list[12];
    size_t n;
    request_spans(&moved, list, &n);
    text = span_sub(text, 0, POOL_MAX - sizeof(struct http1_tx) - HTTP1_JOIN_MAX);
    size_t extra = outside(text, list, n);
    struct http1_tx *tx = pool_take(pool, sizeof *tx + text.n + extra);
    if (tx == NULL)
        return NULL;
    *tx = (struct http1_tx){ 0 };
    struct move m = { text, tx->text, text.n, text.n + extra };
    move_all(&m, list, n, &moved.head);
    tx->http.has_request = true;
    tx->http.req = moved;
    return tx;
}

struct http1_tx *http1_tx_orphan(struct pool *pool)
{
    struct http1_tx *tx = pool_take(pool, sizeof *tx);
    if (tx != NULL)
        *tx = (struct http1_tx){ .req_done = true };
    return tx;
}

void http1_tx_keep_response(struct pool *pool, struct http1_tx *tx)
{
    struct http_response *r = &tx->http.resp;
    struct span *list[12], text = { r->line.p, (size_t)(r->head.p + r->head.n - r->line.p) };
    size_t n;
    if (!tx->resp_borrowed)
        return;
    tx->resp_borrowed = false;
    response_spans(r, list, &n);
    text = span_sub(text, 0, POOL_MAX - HTTP1_JOIN_MAX);
    size_t extra = outside(text, list, n);
    tx->resp_text = pool_take(pool, text.n + extra);
    if (tx->resp_text == NULL) {
        for (size_t i = 0; i < n; i++)
            *list[i] = SPAN_NONE;
        r->head = SPAN_NONE;
        return;
    }
    struct move m = { text, tx->resp_text, text.n, text.n + extra };
    move_all(&m, list, n, &r->head);
}

void http1_tx_free(struct pool *pool, struct http1_tx *tx)
{
    pool_give(pool, tx->resp_text);
    pool_give(pool, tx);
}
