#ifndef APP_HTTP1_H
#define APP_HTTP1_H
/* HTTP/1 (RFC 9112) and 0.9 on one connection: pairs requests with responses in their order, and tells
 * each transaction's facts. Both directions may be cut anywhere, may lack bytes and may be absent;
 * a direction that was lost is taken up again where a slice begins with a message. */
#include "app/http1_body.h"

struct http1_tx;                    /* a transaction that is not done; in a pool buffer */

/* One direction. */
struct http1_side {
    struct http1_body body;         /* its buffer serves the head while that is gathered */
    struct http1_tx *tx;            /* whose message is under way; NULL between messages */
    uint8_t state;
    uint8_t after_head;             /* the state that follows a head that was too long */
    bool line_begun;                /* the head's last line so far is not empty */
};

/* One connection; all zero is a fresh one. */
struct http1 {
    struct http1_side side[2];      /* by enum dir */
    struct http1_tx *first, *last;  /* requests in their order, and a response without request */
    uint32_t next_id;
    uint16_t waiting;               /* how many stand in that list */
    uint16_t forgotten;             /* requests that had no room in it: their responses come first */
    bool pipelined;                 /* a request was sent before the last one was answered */
    bool tunnel;
};

_Static_assert(sizeof(struct http1) <= 128, "lives in every HTTP flow");

/* Bytes of one direction, in order. APP_MORE, or APP_TUNNEL after CONNECT or 101: what follows `used`
 * is another protocol, and http1_close() is due. */
struct app_result http1_feed(struct http1 *h, enum dir dir, struct span bytes, struct app_out *out);

/* n bytes are missing before the next ones. */
void http1_gap(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out);

/* How many of the next bytes need not be looked at; UINT64_MAX when that is all to the end. They
 * may be fed all the same, or passed over with http1_skip (never more than that many). */
uint64_t http1_skippable(const struct http1 *h, enum dir dir);
void http1_skip(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out);

/* FIN in this direction: a body that lasts until then ends. */
void http1_end(struct http1 *h, enum dir dir, struct app_out *out);

/* The flow ends: what is pending is told with FACT_HTTP_DONE, and all buffers go back. `h` is fresh again. */
void http1_close(struct http1 *h, struct app_out *out);

#endif
