#ifndef APP_HTTP2_H
#define APP_HTTP2_H
/* HTTP/2 in the clear (RFC 9113), with prior knowledge or after `Upgrade: h2c`: the same facts as
 * HTTP/1 makes, with version 20 and a stream number. Header blocks are read by libnghttp2's HPACK
 * (RFC 7541), whose memory comes from the worker's pool. A capture that begins in the middle can't
 * be followed: the compression's state is not known. */
#include "app/field.h"

enum { HTTP2_STREAMS_MAX = 64, HTTP2_TABLE_MAX = 65536 };   /* open streams; bytes of HPACK table */

struct http2_stream;
struct nghttp2_hd_inflater;

/* One direction: where in which frame we are, and its header compression. */
struct http2_side {
    uint8_t state;              /* enum http2_state */
    uint8_t have, type, flags;  /* bytes of the frame's header that are here; its fields */
    uint8_t head[9];
    uint32_t stream, left;      /* of the frame: stream, payload bytes still to come */
    uint8_t *block;             /* a header block being gathered, from the pool */
    uint32_t block_len;
    uint32_t block_stream;      /* 0: none is being gathered */
    bool block_end_stream;      /* its HEADERS frame ended the stream */
    struct nghttp2_hd_inflater *hpack;
};

struct http2 {
    struct http2_side side[2];          /* by enum dir */
    struct http2_stream *streams;       /* list, oldest first; from the pool */
    unsigned n_streams;
    uint32_t n_tx;
    bool upgraded;                      /* the client's preface has not been asked for yet */
};

/* Of a client's first bytes. */
enum app_probe http2_probe(struct span bytes);

/* At the flow's first bytes; with `upgraded` after a 101 answer to `Upgrade: h2c` (then stream 1 is
 * the request that asked for it, which HTTP/1 has told). */
void http2_open(struct http2 *h, bool upgraded);

/* Tells what is open as FACT_HTTP_DONE and gives everything back. */
void http2_close(struct http2 *h, struct app_out *out);

struct app_result http2_feed(struct http2 *h, enum dir dir, struct span bytes, struct app_out *out);

/* `n` bytes are missing. Bodies can be skipped over; anything else is LOST. */
struct app_result http2_gap(struct http2 *h, enum dir dir, uint64_t n, struct app_out *out);

#endif
