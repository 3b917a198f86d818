#ifndef APP_HTTP2_H
#define APP_HTTP2_H
/* HTTP/2 in the clear (RFC 9113), with prior knowledge or after `Upgrade: h2c`: the same facts as
 * HTTP/1 makes, with version 20 and a stream number. Header blocks are read by libnghttp2's HPACK
 * (RFC 7541), whose memory comes from the worker's pool. A capture that begins in the middle can't
 * be followed: the compression's state is not known. */
#include "app/field.h"

enum { HTTP2_STREAMS_MAX = 64, HTTP2_TABLE_MAX = 65536 };   /* open streams; bytes of HPACK table */

struct http2_stream;
struct hpack;

/* One direction: where in which frame we are, and its header compression. */
struct http2_side {
    uint8_t state;              /* enum http2_state */
    uint8_t have, need;         /* bytes gathered in head; how many there must be */
    uint8_t type, flags, pad;   /* of the frame */
    uint8_t head[24];           /* the preface, a frame's header, fields ahead of its payload */
    uint32_t stream, left;      /* of the frame: stream, payload bytes still to come */
    uint32_t block_stream;      /* whose header block goes on in CONTINUATION frames; 0: none does */
    uint32_t text_len;
    uint8_t *text;              /* the block as header lines, so far; from the pool */
    struct hpack *hpack;        /* NULL before the first block */
    uint32_t table_max;         /* what the other end allows */
    uint32_t highest;           /* stream that this end has opened: RFC 9113 5.1.1 */
    bool begun;                 /* a frame was seen */
    bool block_ends_stream, block_is_push, block_odd, block_cut;
};

struct http2 {
    struct http2_side side[2];      /* by enum dir; all zero is a fresh one */
    struct http2_stream *streams;   /* list, newest first; from the pool */
    uint32_t n_streams, n_tx;
};

/* Of a client's first bytes. */
enum app_probe http2_probe(struct span bytes);

/* At the first bytes of both directions: of the flow, or after a 101 answer to `Upgrade: h2c` (then
 * stream 1 has only a response: its request was told by HTTP/1). */
void http2_open(struct http2 *h);

/* Tells what is open as FACT_HTTP_DONE and gives everything back. */
void http2_close(struct http2 *h, struct app_out *out);

/* APP_MORE, or APP_LOST when neither direction can be followed any more. */
struct app_result http2_feed(struct http2 *h, enum dir dir, struct span bytes, struct app_out *out);

/* `n` bytes are missing. Within a body they can be passed over; else the direction is lost. */
struct app_result http2_gap(struct http2 *h, enum dir dir, uint64_t n, struct app_out *out);

#endif
