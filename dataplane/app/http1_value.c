#include "app/http1_value.h"

/* RFC 9110 8.6; what follows the digits is forgiven, signs are not. */
bool http1_number(struct span v, uint64_t *out)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
        if (n > UINT64_MAX / 10 - 1)
            return false;
        n = n * 10 + (uint64_t)(v.p[i] - '0');
    }
    *out = n;
    return i > 0;
}

/* The first Content-Length counts, as in most servers; a different second one is smuggling. */
void http1_on_length(struct http1_framing *f, struct span value)
{
    uint64_t n;
    if (!http1_number(value, &n)) {
        http1_head_odd(f, "HTTP_BAD_CONTENT_LENGTH");
    } else if (!f->has_length) {
        f->has_length = true;
        f->length = n;
    } else if (f->length != n) {
        http1_head_odd(f, "HTTP_TWO_CONTENT_LENGTHS");
    }
}

/* Without blanks, and without the control characters and parameters that browsers overlook. */
static struct span coding_token(struct span t)
{
    t.n = span_find(t, ';');
    while (t.n > 0 && t.p[0] <= ' ')
        t = span_sub(t, 1, t.n);
    while (t.n > 0 && t.p[t.n - 1] <= ' ')
        t.n--;
    return t;
}

static void add_coding(struct http1_framing *f, struct span token)
{
    enum http1_coding c = CODING_OTHER;
    if (token.n == 0 || span_is_nocase(token, "identity") || span_is_nocase(token, "none"))
        return;
    if (span_is_nocase(token, "gzip") || span_is_nocase(token, "x-gzip"))
        c = CODING_GZIP;
    else if (span_is_nocase(token, "deflate") || span_is_nocase(token, "x-deflate"))
        c = CODING_DEFLATE;
    if (f->n_coding == 2) {
        http1_head_odd(f, "HTTP_TOO_MANY_CODINGS");
        f->coding[0] = CODING_OTHER;
        return;
    }
    f->coding[f->n_coding++] = (uint8_t)c;
}

/* Content-Encoding and Transfer-Encoding are lists of tokens. "chunked" counts wherever it stands: what
 * only looks like it ("xchunked") is read as chunked by some browsers, so it is tried and told. */
void http1_on_codings(struct http1_framing *f, struct span list, bool transfer)
{
    while (list.n > 0) {
        size_t n = span_find(list, ',');
        struct span token = coding_token(span_sub(list, 0, n));
        list = span_sub(list, n + 1, list.n);
        if (transfer && span_is_nocase(token, "chunked")) {
            f->chunked = true;
        } else if (transfer && token.n > 7 && memmem(token.p, token.n, "chunked", 7) != NULL) {
            f->chunked = true;
            http1_head_odd(f, "HTTP_BAD_TRANSFER_ENCODING");
        } else {
            add_coding(f, token);
        }
    }
}

/* ---- host ---- */

/* Without upper case: as it stands when it has none, else copied. */
static struct span lower(struct span v, struct http1_scratch *s)
{
    size_t i = 0;
    while (i < v.n && !(v.p[i] >= 'A' && v.p[i] <= 'Z'))
        i++;
    if (i == v.n || v.n > HTTP1_HOST_MAX)
        return v;
    uint8_t *to = s->text + s->text_len;
    for (i = 0; i < v.n; i++)
        to[i] = ascii_lower(v.p[i]);
    s->text_len += v.n;
    return (struct span){ to, v.n };
}

/* host[:port], [IPv6][:port] (RFC 3986 3.2). */
void http1_set_host(struct http_request *req, struct span authority, struct http1_scratch *s)
{
    struct span name = authority, port = SPAN_NONE;
    if (name.n > 0 && name.p[0] == '[') {
        size_t n = span_find(name, ']');
        port = span_sub(name, n + 1, name.n);
        name = span_sub(name, 1, n - 1);
    } else {
        size_t n = span_find(name, ':');
        struct span rest = span_sub(name, n, name.n);
        if (rest.n == 0 || memchr(rest.p + 1, ':', rest.n - 1) == NULL) {   /* else IPv6 without brackets */
            port = rest;
            name.n = n;
        }
    }
    uint64_t p;
    bool sound = port.n > 1 && port.p[0] == ':' && http1_number(span_sub(port, 1, port.n), &p) && p <= 65535;
    req->port = sound ? (uint16_t)p : 0;
    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    req->host_raw = authority;
    req->host = lower(name, s);
}

struct span http1_authority(const struct http_request *req)
{
    struct span u = req->uri;
    if (u.n == 0 || u.p[0] == '/')
        return SPAN_NONE;
    if (span_is_nocase(req->method, "CONNECT"))
        return u;
    const uint8_t *mark = memmem(u.p, u.n < 32 ? u.n : 32, "://", 3);
    if (mark == NULL || memchr(u.p, '/', (size_t)(mark - u.p)) != NULL)
        return SPAN_NONE;
    u = span_sub(u, (size_t)(mark - u.p) + 3, u.n);
    size_t n = 0;
    while (n < u.n && u.p[n] != '/' && u.p[n] != '?' && u.p[n] != '#')
        n++;
    u.n = n;
    const uint8_t *at = memrchr(u.p, '@', u.n);
    return at != NULL ? span_sub(u, (size_t)(at - u.p) + 1, u.n) : u;
}
