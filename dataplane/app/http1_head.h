#ifndef APP_HTTP1_HEAD_H
#define APP_HTTP1_HEAD_H
/* The head of an HTTP/1 message (RFC 9112 2 to 5): its first line and its header lines, and what they
 * say about the body that follows. Forgiving as servers and browsers are: LF alone ends a line. */
#include "app/field.h"

enum {
    HTTP1_HEADERS_MAX = 128,
    HTTP1_JOIN_MAX = 3072,          /* bytes of values that do not stand in one piece, of which */
    HTTP1_HOST_MAX = 1024,          /* a host name has these for itself; a longer one stays as sent */
};

/* What a parse needs besides the bytes: the list of headers, and room for values that do not stand
 * in one piece (folded lines, host names in upper case). Need not be zeroed. */
struct http1_scratch {
    struct http_header list[HTTP1_HEADERS_MAX + 1];     /* the last is the parser's own */
    uint8_t text[HTTP1_JOIN_MAX];
    size_t text_len;
};

enum http1_coding { CODING_NONE, CODING_GZIP, CODING_DEFLATE, CODING_OTHER };

/* What the head says about the body. */
struct http1_framing {
    bool chunked, has_length;
    uint64_t length;                /* bytes, when has_length */
    uint8_t coding[2];              /* enum http1_coding, in the order they were applied */
    uint8_t n_coding;
    const char *anomaly;            /* the first oddity of this head, NULL when there is none */
};

/* Parse a head that begins with its first line. The answer is the number of bytes up to and with
 * the empty line, 0 when that is missing; with `cut`, what stands is taken as the whole: the first
 * line, and all header lines that have an end. Spans point into `bytes` or the scratch. */
size_t http1_request_parse(struct span bytes, bool cut, struct http1_scratch *s,
                           struct http_request *req, struct http1_framing *framing);
size_t http1_response_parse(struct span bytes, bool cut, struct http1_scratch *s,
                            struct http_response *resp, struct http1_framing *framing);

/* The headers of a kept head (http_request.head, http_response.head), for rules that ask later;
 * returns how many stand in s->list. */
unsigned http1_headers(struct span head, struct http1_scratch *s);

/* By content: could these bytes be the beginning of a message? For a request, a known method and a
 * target suffice; another token needs the whole line with its "HTTP/1.1". MORE asks for more
 * bytes, never beyond HTTP1_PROBE_MAX. */
enum { HTTP1_PROBE_MAX = 2048 };
enum app_probe http1_probe(enum dir dir, struct span first_bytes);

#endif
