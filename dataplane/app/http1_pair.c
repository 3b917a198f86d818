/* Requests wait in a list for their responses; the first that has none is the one a response answers. */
#include "app/http1_pair.h"

#include <assert.h>

static void tell(const struct http1_step *s, enum fact_kind kind, const struct http_tx *tx)
{
    struct fact f = { .kind = kind, .dir = s->dir, .http = tx };
    s->out->fact(s->out->ctx, &f);
}

/* ---- the list of transactions ---- */

static void enlist(struct http1 *h, struct http1_tx *tx)
{
    tx->http.id = h->next_id++;
    if (h->last != NULL)
        h->last->next = tx;
    else
        h->first = tx;
    h->last = tx;
    h->waiting++;
}

static void unlist(struct http1 *h, struct http1_tx *tx)
{
    struct http1_tx **at = &h->first, *before = NULL;
    while (*at != tx) {
        assert(*at != NULL);
        before = *at;
        at = &before->next;
    }
    *at = tx->next;
    if (h->last == tx)
        h->last = before;
    h->waiting--;
}

void http1_finish(const struct http1_step *s, struct http1_tx *tx)
{
    for (int d = 0; d < 2; d++) {
        if (s->h->side[d].tx != tx)
            continue;
        struct http1_step own = http1_step_of(s->h, (enum dir)d, s->out);
        struct http1_owner o = http1_owner_of(&own);
        if (own.side->body.gather)      /* the message goes on without an owner */
            http1_body_gap(&own.side->body, 0, &o);
        own.side->tx = NULL;
    }
    unlist(s->h, tx);
    tell(s, FACT_HTTP_DONE, &tx->http);
    http1_tx_free(s->out->pool, tx);
}

/* The oldest makes room; its response is still to come and must not be taken for the next one's. */
static void forget_oldest(const struct http1_step *s)
{
    if (!s->h->first->http.has_response && s->h->forgotten < UINT16_MAX)
        s->h->forgotten++;
    s->out->no_memory++;
    http1_finish(s, s->h->first);
}

struct http1_tx *http1_unanswered(const struct http1 *h)
{
    struct http1_tx *tx = h->first;
    while (tx != NULL && tx->http.has_response)
        tx = tx->next;
    return tx;
}

/* ---- ends of messages ---- */

enum http1_side_state http1_message_end(const struct http1_step *s)
{
    struct http1_owner o = http1_owner_of(s);
    struct http1_tx *tx = s->side->tx;
    http1_body_finish(&s->side->body, &o);
    s->side->tx = NULL;
    if (tx == NULL)
        return SIDE_START;
    if (s->dir == TO_SERVER)
        tx->req_done = true;
    else
        tx->resp_done = true;
    if (tx->req_done && tx->resp_done)
        http1_finish(s, tx);
    return SIDE_START;
}

/* ---- requests ---- */

/* Transactions whose response was lost: the server side is lost too, and a client that does not
 * pipeline has had its answers before it asks again. */
void http1_close_lost(const struct http1_step *s, const struct http1_tx *but)
{
    struct http1 *h = s->h;
    while (!h->pipelined && h->first != NULL && h->first != but) {
        h->first->http.gap = true;
        http1_finish(s, h->first);
    }
}

static struct http1_tx *open_request(const struct http1_step *s, struct span text, size_t joined,
                                     const struct http_request *req)
{
    struct http1 *h = s->h;
    if (h->side[TO_CLIENT].state == SIDE_LOST)
        http1_close_lost(s, NULL);
    else if (http1_unanswered(h) != NULL)
        h->pipelined = true;
    while (h->first != NULL && h->waiting >= s->out->limits.pipeline_max)
        forget_oldest(s);
    struct http1_tx *tx = http1_tx_request(s->out->pool, text, joined, req);
    while (tx == NULL && h->first != NULL) {
        forget_oldest(s);
        tx = http1_tx_request(s->out->pool, text, joined, req);
    }
    if (tx != NULL)
        enlist(h, tx);
    return tx;
}

/* Nothing can be kept: the request is told and done. Its body still has to be followed. */
static void tell_unkept(const struct http1_step *s, const struct http_request *req)
{
    struct http_tx tx = { .id = s->h->next_id++, .has_request = true, .req = *req };
    tell(s, FACT_HTTP_REQUEST, &tx);
    tell(s, FACT_HTTP_DONE, &tx);
    s->out->no_memory++;
    if (s->h->forgotten < UINT16_MAX)
        s->h->forgotten++;
}

enum http1_side_state http1_on_request(const struct http1_step *s, struct span text, size_t joined,
                                       const struct http_request *req, const struct http1_framing *framing)
{
    bool connect = span_is_nocase(req->method, "CONNECT");
    struct http1_tx *tx = open_request(s, text, joined, req);
    s->side->tx = tx;
    if (tx == NULL) {
        tell_unkept(s, req);
    } else {
        tx->head = span_is_nocase(req->method, "HEAD");
        tx->connect = connect;
        tx->http.req.headers = req->headers;
        tell(s, FACT_HTTP_REQUEST, &tx->http);
        tx->http.req.headers = NULL;
        tx->http.req.n_headers = 0;
    }
    if (framing->anomaly != NULL)
        http1_step_odd(s, framing->anomaly);
    struct http1_owner o = http1_owner_of(s);
    if (connect) {
        http1_message_end(s);
        return SIDE_CONNECT;
    }
    if (http1_body_begin(&s->side->body, framing, false, &o) == BODY_ENDED)
        return http1_message_end(s);
    return SIDE_BODY;
}

/* ---- responses ---- */

/* The transaction that is answered now: a waiting request, or one of its own when none was seen. */
static struct http1_tx *answered(const struct http1_step *s)
{
    struct http1 *h = s->h;
    struct http1_tx *tx = NULL;
    if (h->forgotten > 0)
        h->forgotten--;
    else
        tx = http1_unanswered(h);
    if (tx == NULL && (tx = http1_tx_orphan(s->out->pool)) != NULL)
        enlist(h, tx);
    if (tx == NULL)
        s->out->no_memory++;
    return tx;
}

/* What follows is no HTTP: RFC 9110 9.3.6 and 15.2.2. A one-sided capture shows CONNECT's answer
 * only by its words. */
static bool opens_tunnel(const struct http1_tx *tx, const struct http_response *resp)
{
    if (resp->status == 101)
        return true;
    if (resp->status < 200 || resp->status > 299)
        return false;
    return tx != NULL && tx->http.has_request ? tx->connect
                                              : span_is_nocase(resp->reason, "Connection established");
}

static bool has_no_body(const struct http1_tx *tx, const struct http_response *resp)
{
    if (resp->version == 9)
        return false;
    return resp->status == 204 || resp->status == 304 || (tx != NULL && tx->head);   /* RFC 9112 6.3 */
}

enum http1_side_state http1_on_response(const struct http1_step *s, const struct http_response *resp,
                                   const struct http1_framing *framing)
{
    if (resp->status >= 100 && resp->status < 200 && resp->status != 101)
        return SIDE_START;      /* interim: RFC 9110 15.2 */
    struct http1_tx *tx = answered(s);
    s->side->tx = tx;
    bool tunnel = opens_tunnel(tx, resp), none = has_no_body(tx, resp);
    if (tx != NULL) {
        tx->resp_borrowed = true;
        tx->http.has_response = true;
        tx->http.resp = *resp;
        tell(s, FACT_HTTP_RESPONSE, &tx->http);
        tx->http.resp.headers = NULL;
        tx->http.resp.n_headers = 0;
    }
    if (framing->anomaly != NULL)
        http1_step_odd(s, framing->anomaly);
    if (tx != NULL && tx->connect && !tunnel && s->h->side[TO_SERVER].state == SIDE_CONNECT)
        s->h->side[TO_SERVER].state = SIDE_START;       /* refused: HTTP goes on */
    if (tunnel) {       /* unless the client speaks HTTP in it already */
        s->h->tunnel = resp->status == 101 || s->h->side[TO_SERVER].state == SIDE_CONNECT ||
                       s->h->side[TO_SERVER].state == SIDE_LOST || tx == NULL || !tx->http.has_request;
        return http1_message_end(s);
    }
    struct http1_owner o = http1_owner_of(s);
    if (none || http1_body_begin(&s->side->body, framing, true, &o) == BODY_ENDED)
        return http1_message_end(s);
    return SIDE_BODY;
}

/* HTTP/0.9 answers with the document alone. */
enum http1_side_state http1_on_bare_response(const struct http1_step *s, struct span none)
{
    const struct http_response resp = { .version = 9, .line = none, .protocol = none, .status_text = none,
        .reason = none, .content_type = none, .location = none, .server = none, .content_length = none,
        .content_range = none, .cookie = none, .head = none };
    const struct http1_framing framing = { 0 };
    return http1_on_response(s, &resp, &framing);
}

void http1_keep_responses(struct http1 *h, size_t joined, struct app_out *out)
{
    for (int d = 0; d < 2; d++) {
        struct http1_tx *tx = h->side[d].tx;
        if (tx == NULL || !tx->resp_borrowed)
            continue;
        http1_tx_keep_response(out->pool, tx, joined);
        out->no_memory += tx->resp_text == NULL;
    }
}
