#ifndef APP_HTTP1_VALUE_H
#define APP_HTTP1_VALUE_H
/* Values of a head that mean something here: lengths, codings, authorities. Used by http1_head.c. */
#include "app/http1_head.h"

/* The first oddity of a head is the one told. */
static inline void http1_head_odd(struct http1_framing *f, const char *what)
{
    if (f->anomaly == NULL)
        f->anomaly = what;
}

/* Digits at the beginning; false when there are none or too many. */
bool http1_number(struct span v, uint64_t *out);

/* Content-Length; Content-Encoding, or with `transfer` Transfer-Encoding. */
void http1_on_length(struct http1_framing *f, struct span value);
void http1_on_codings(struct http1_framing *f, struct span list, bool transfer);

/* Sets host, host_raw and port. */
void http1_set_host(struct http_request *req, struct span authority, struct http1_scratch *s);

/* The authority of an absolute-form target, or CONNECT's (RFC 9112 3.2). Empty for "/path". */
struct span http1_authority(const struct http_request *req);

#endif
