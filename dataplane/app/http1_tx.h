#ifndef APP_HTTP1_TX_H
#define APP_HTTP1_TX_H
/* A transaction that waits for its end: the facts so far, with their text, in one pool buffer; the
 * response's text joins in a second one only when the response outlasts the slice its head came in. */
#include "app/http1_head.h"

struct http1_tx {
    struct http1_tx *next;          /* later requests */
    uint8_t *resp_text;             /* pool buffer that the response's spans point into, or NULL */
    bool req_done, resp_done;       /* nothing more of that message will come */
    bool resp_borrowed;             /* the response's spans point into the slice at hand */
    bool head, connect;             /* methods that rule what follows the response's head */
    struct http_tx http;
    uint8_t text[];
};

/* A transaction with its request, whose text is copied: `text` is the whole head that req points into,
 * apart from `joined` bytes in the parser's scratch. NULL when the pool has no room. */
struct http1_tx *http1_tx_request(struct pool *pool, struct span text, size_t joined,
                                  const struct http_request *req);

/* One whose request was not seen. */
struct http1_tx *http1_tx_orphan(struct pool *pool);

/* Copies the response's text out of the slice, and `joined` bytes out of the parser's scratch; without
 * room its fields are empty from now on. */
void http1_tx_keep_response(struct pool *pool, struct http1_tx *tx, size_t joined);

void http1_tx_free(struct pool *pool, struct http1_tx *tx);

#endif
