#ifndef APP_HTTP2_STREAM_H
#define APP_HTTP2_STREAM_H
/* The streams of one HTTP/2 connection: each is a transaction, told as HTTP/1's are. A head is kept
 * in HTTP/1's form, so that one parser reads both (RFC 9113 8.3 says how they map). */
#include "app/http1_body.h"
#include "app/http2.h"

struct http2_stream {
    struct http2_stream *next;      /* an older one */
    struct http_tx tx;
    uint8_t *text[2];               /* heads, by whose message it is: TO_SERVER is the request's */
    uint8_t *host;                  /* a request's, if it stands nowhere in the text as it is told */
    struct http1_body body[2];
    bool in_body[2], ended[2];
};

struct http2_stream *http2_stream_find(struct http2 *h, uint32_t id);

/* A new one; the oldest is told as done when there are too many. NULL when the pool is spent. */
struct http2_stream *http2_stream_open(struct http2 *h, uint32_t id, enum dir dir, struct app_out *out);

/* Tells it as done and gives it back. */
void http2_stream_close(struct http2 *h, struct http2_stream *s, enum dir dir, struct app_out *out);

/* Its message in `dir` is over; with both over the stream is closed. */
void http2_stream_end(struct http2 *h, struct http2_stream *s, enum dir dir, struct app_out *out);

/* A whole block of header lines, "name: value", pseudo-headers first. `whose` says what it begins:
 * TO_SERVER a request, TO_CLIENT a response. Trailers and interim responses are passed over. */
void http2_stream_head(struct http2_stream *s, enum dir whose, enum dir dir, struct span lines,
                       struct app_out *out);

void http2_stream_body(struct http2_stream *s, enum dir dir, struct span bytes, struct app_out *out);
void http2_stream_gap(struct http2_stream *s, enum dir dir, uint64_t n, struct app_out *out);

void http2_anomaly(const struct http_tx *tx, enum dir dir, const char *what, struct app_out *out);

#endif
