/* One pass over the lines; each header is told by its length first, so most names cost one branch. */
#include "app/http1_value.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Is `name` the lower-case literal? Compares words, not bytes: setting bit 5 makes letters lower-case, and
 * what else it changes does not stand in header names. n is a constant of at least 4. */
static inline bool same(const uint8_t *name, const char *lower, size_t n)
{
    uint64_t a, b, differ = 0;
    if (n < 8) {
        uint32_t x, y;
        memcpy(&x, name, 4);
        memcpy(&y, lower, 4);
        differ = (x | 0x20202020u) ^ y;
        memcpy(&x, name + n - 4, 4);
        memcpy(&y, lower + n - 4, 4);
        return (differ | ((x | 0x20202020u) ^ y)) == 0;
    }
    for (size_t i = 0; i < n; i += 8) {
        size_t at = i + 8 <= n ? i : n - 8;
        memcpy(&a, name + at, 8);
        memcpy(&b, lower + at, 8);
        differ |= (a | 0x2020202020202020u) ^ b;
    }
    return differ == 0;
}

#define SAME(name, literal) same((name).p, literal, sizeof(literal) - 1)

static inline bool blank(uint8_t c) { return c <= ' ' && (c == ' ' || c == '\t'); }

/* ---- lines ---- */

static __attribute__((noinline)) void drop_returns(struct span *line)
{
    while (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
}

/* The next line, without its LF and the CRs before it. False when it has no end. */
static inline bool take_line(struct cursor *c, struct span *line)
{
    size_t n = span_find(cur_rest(c), '\n');
    if (n == c->left)
        return false;
    *line = cur_take(c, n + 1);
    if (n > 0 && line->p[n - 1] == '\r')
        n--;
    line->n = n;
    if (n > 0 && line->p[n - 1] == '\r')
        drop_returns(line);
    return true;
}

/* Adds to the joined value at the scratch's end, as far as there is room: a host name's is kept free. */
static void join(struct http1_scratch *s, struct span part)
{
    size_t room = HTTP1_JOIN_MAX - HTTP1_HOST_MAX - s->text_len;
    part = span_sub(part, 0, room);
    memcpy(s->text + s->text_len, part.p, part.n);
    s->text_len += part.n;
}

/* A value with what follows in folded lines (RFC 9112 5.2), each fold becoming one blank. One that outgrows
 * the scratch ends there; one that stands in a single line is not copied. */
static struct span unfold(struct cursor *c, struct span value, struct http1_scratch *s)
{
    struct span part;
    size_t start = s->text_len;
    bool copied = false;
    while (c->left > 0 && blank(*c->p) && take_line(c, &part)) {
        part = span_trim(part);
        if (part.n == 0)
            continue;
        if (value.n == 0) {
            value = part;
            continue;
        }
        if (!copied)
            join(s, value);
        copied = true;
        join(s, SPAN(" "));
        join(s, part);
        value = (struct span){ s->text + start, s->text_len - start };
    }
    return value;
}

/* Index of the colon in a line; most names are short, so one look at 16 bytes finds it. `room` bytes may
 * be read from the line's beginning on. */
static inline size_t colon_in(struct span line, size_t room)
{
#ifdef __SSE2__
    if (room >= 16) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)line.p);
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(first, _mm_set1_epi8(':')));
        size_t at = hits != 0 ? (size_t)__builtin_ctz(hits) : line.n;
        if (hits != 0 || line.n <= 16)
            return at < line.n ? at : line.n;
    }
#else
    (void)room;
#endif
    return span_find(line, ':');
}

/* Trimmed; nearly always there is one blank before it and none behind. */
static inline struct span value_of(struct span v)
{
    if (v.n > 1 && v.p[0] == ' ' && v.p[1] > ' ' && v.p[v.n - 1] > ' ')
        return (struct span){ v.p + 1, v.n - 1 };
    return span_trim(v);
}

/* A name with blanks around it, or none at all: RFC 9112 5.1 allows neither. */
static void bad_name(struct http_header *h, struct http1_framing *f)
{
    http1_head_odd(f, "HTTP_BAD_HEADER_NAME");
    h->name = span_trim(h->name);
}

/* The next header line with its folds. False at the empty line (taken; *end) and when no whole line stands. */
static inline __attribute__((always_inline)) bool take_header(struct cursor *c, struct http1_scratch *s,
                                                              struct http1_framing *f, struct http_header *h,
                                                              bool *end)
{
    struct span line;
    size_t room = c->left;
    while (take_line(c, &line)) {
        if (line.n == 0) {
            *end = true;
            return false;
        }
        size_t n = colon_in(line, room);
        room = c->left;
        if (n == line.n) {
            http1_head_odd(f, "HTTP_HEADER_WITHOUT_COLON");
            continue;
        }
        h->name = (struct span){ line.p, n };
        h->value = value_of((struct span){ line.p + n + 1, line.n - n - 1 });
        if (n == 0 || line.p[n - 1] <= ' ' || line.p[0] <= ' ')
            bad_name(h, f);
        if (c->left > 0 && blank(*c->p))
            h->value = unfold(c, h->value, s);
        return true;
    }
    return false;
}

/* ---- the first line ---- */

static uint8_t version_of(struct span protocol)
{
    if (protocol.n == 8 && protocol.p[6] == '.' && protocol.p[5] >= '0' && protocol.p[5] <= '9' &&
        protocol.p[7] >= '0' && protocol.p[7] <= '9')
        return (uint8_t)((protocol.p[5] - '0') * 10 + protocol.p[7] - '0');
    return 0;
}

static bool is_protocol(struct span token)
{
    return token.n >= 5 && same(token.p, "http/", 5);
}

static size_t token_len(struct span s)
{
    size_t n = 0;
    while (n < s.n && !blank(s.p[n]))
        n++;
    return n;
}

/* Method, target, protocol with whatever blanks. The method is the first token, the target the second, the
 * protocol the last one if it looks like one. What stands between those is left to the line: servers that do
 * not refuse it disagree whether it belongs to the target (RFC 9112 3), and most end that at the blank. */
static void odd_request_line(struct http_request *req, struct http1_framing *f)
{
    struct span rest = span_trim(req->line);
    req->method = span_sub(rest, 0, token_len(rest));
    rest = span_trim(span_sub(rest, req->method.n, rest.n));
    size_t n = rest.n;
    while (n > 0 && !blank(rest.p[n - 1]))
        n--;
    struct span last = span_sub(rest, n, rest.n);
    req->version = 9;
    if (is_protocol(last)) {
        req->protocol = last;
        req->version = version_of(last);
        rest.n = n;
    }
    rest = span_trim(rest);
    req->uri = span_sub(rest, 0, token_len(rest));
    if (req->uri.n == 0)
        http1_head_odd(f, "HTTP_REQUEST_WITHOUT_TARGET");
    else if (req->uri.n < rest.n)
        http1_head_odd(f, "HTTP_BLANK_IN_TARGET");
}

/* "GET /path HTTP/1.1" as nearly all send it. */
static void request_line(struct http_request *req, struct http1_framing *f)
{
    struct span line = req->line, end = span_sub(line, line.n > 9 ? line.n - 9 : line.n, 9);
    size_t n = span_find(line, ' ');
    if (end.n == 9 && end.p[0] == ' ' && is_protocol(span_sub(end, 1, 8)) && n > 0 && n + 10 < line.n) {
        req->method = span_sub(line, 0, n);
        req->uri = (struct span){ line.p + n + 1, line.n - n - 10 };
        req->protocol = span_sub(end, 1, 8);
        req->version = version_of(req->protocol);
        if (memchr(req->uri.p, ' ', req->uri.n) == NULL && memchr(line.p, '\t', line.n) == NULL)
            return;
    }
    req->protocol = SPAN_NONE;
    odd_request_line(req, f);
}

static void status_line(struct http_response *resp, struct http1_framing *f)
{
    struct span rest = span_trim(resp->line);
    resp->protocol = span_sub(rest, 0, token_len(rest));
    resp->version = version_of(resp->protocol);
    rest = span_trim(span_sub(rest, resp->protocol.n, rest.n));
    resp->status_text = span_sub(rest, 0, token_len(rest));
    resp->reason = span_trim(span_sub(rest, resp->status_text.n, rest.n));
    uint64_t n;
    if (resp->status_text.n == 3 && http1_number(resp->status_text, &n) && n >= 100 && n <= 999)
        resp->status = (uint16_t)n;
    else
        http1_head_odd(f, "HTTP_BAD_STATUS");
}

/* ---- headers ---- */

static inline void first_of(struct span *field, struct span value)
{
    if (field->n == 0)
        *field = value;
}

static inline bool framing_header(struct span name, struct span value, struct http1_framing *f)
{
    if (name.n == 14 && SAME(name, "content-length"))
        http1_on_length(f, value);
    else if (name.n == 16 && SAME(name, "content-encoding"))
        http1_on_codings(f, value, false);
    else if (name.n == 17 && SAME(name, "transfer-encoding"))
        http1_on_codings(f, value, true);
    else
        return false;
    return true;
}

static inline void request_header(struct span name, struct span v, struct http_request *r,
                                  struct http1_framing *f, struct http1_scratch *s)
{
    switch (name.n) {
    case 4:
        if (SAME(name, "host") && r->host_raw.n == 0)
            http1_set_host(r, v, s);
        return;
    case 6:
        if (SAME(name, "accept"))
            first_of(&r->accept, v);
        else if (SAME(name, "cookie"))
            first_of(&r->cookie, v);
        return;
    case 7:
        if (SAME(name, "referer"))
            first_of(&r->referer, v);
        return;
    case 10:
        if (SAME(name, "user-agent"))
            first_of(&r->user_agent, v);
        return;
    case 12:
        if (SAME(name, "content-type"))
            first_of(&r->content_type, v);
        return;
    case 15:
        if (SAME(name, "x-forwarded-for"))
            first_of(&r->x_forwarded_for, v);
        return;
    default:
        framing_header(name, v, f);
    }
}

static inline void response_header(struct span name, struct span v, struct http_response *r,
                                   struct http1_framing *f)
{
    switch (name.n) {
    case 6:
        if (SAME(name, "server"))
            first_of(&r->server, v);
        return;
    case 8:
        if (SAME(name, "location"))
            first_of(&r->location, v);
        return;
    case 10:
        if (SAME(name, "set-cookie"))
            first_of(&r->cookie, v);
        return;
    case 12:
        if (SAME(name, "content-type"))
            first_of(&r->content_type, v);
        return;
    case 13:
        if (SAME(name, "content-range"))
            first_of(&r->content_range, v);
        return;
    default:
        if (framing_header(name, v, f) && name.n == 14)
            first_of(&r->content_length, v);
    }
}

/* How many are listed with the one just read. The list has a place more than it tells of: those beyond
 * are read into it one after the other. */
static inline unsigned listed(unsigned n, struct http1_framing *f)
{
    if (n < HTTP1_HEADERS_MAX)
        return n + 1;
    http1_head_odd(f, "HTTP_TOO_MANY_HEADERS");
    return n;
}

/* ---- whole heads ---- */

/* The first line; with `cut`, one without an end will do. */
static bool first_line(struct cursor *c, bool cut, struct span *line)
{
    if (take_line(c, line))
        return true;
    if (!cut)
        return false;
    *line = cur_take(c, c->left);
    return true;
}

size_t http1_request_parse(struct span bytes, bool cut, struct http1_scratch *s,
                           struct http_request *req, struct http1_framing *framing)
{
    struct cursor c = cur_over(bytes);
    struct span line, none = { bytes.p, 0 };
    *req = (struct http_request){ .method = none, .uri = none, .protocol = none, .host = none, .host_raw = none,
        .user_agent = none, .referer = none, .content_type = none, .accept = none,
        .x_forwarded_for = none, .cookie = none };
    *framing = (struct http1_framing){ 0 };
    s->text_len = 0;
    if (!first_line(&c, cut, &line))
        return 0;
    req->line = line;
    request_line(req, framing);
    struct span authority = http1_authority(req);
    if (authority.n > 0)
        http1_set_host(req, authority, s);

    unsigned n = 0;
    bool end = false;
    const uint8_t *head = c.p;
    while (take_header(&c, s, framing, &s->list[n], &end)) {
        request_header(s->list[n].name, s->list[n].value, req, framing, s);
        n = listed(n, framing);
    }
    req->head = (struct span){ head, (size_t)(c.p - head) };
    req->headers = s->list;
    req->n_headers = (uint16_t)n;
    return end || cut ? (size_t)(c.p - bytes.p) : 0;
}

size_t http1_response_parse(struct span bytes, bool cut, struct http1_scratch *s,
                            struct http_response *resp, struct http1_framing *framing)
{
    struct cursor c = cur_over(bytes);
    struct span line, none = { bytes.p, 0 };
    *resp = (struct http_response){ .content_type = none, .location = none, .server = none,
        .content_length = none, .content_range = none, .cookie = none };
    *framing = (struct http1_framing){ 0 };
    s->text_len = 0;
    if (!first_line(&c, cut, &line))
        return 0;
    resp->line = line;
    status_line(resp, framing);

    unsigned n = 0;
    bool end = false;
    const uint8_t *head = c.p;
    while (take_header(&c, s, framing, &s->list[n], &end)) {
        response_header(s->list[n].name, s->list[n].value, resp, framing);
        n = listed(n, framing);
    }
    resp->head = (struct span){ head, (size_t)(c.p - head) };
    resp->headers = s->list;
    resp->n_headers = (uint16_t)n;
    return end || cut ? (size_t)(c.p - bytes.p) : 0;
}

unsigned http1_headers(struct span head, struct http1_scratch *s)
{
    struct cursor c = cur_over(head);
    struct http1_framing unused = { 0 };
    unsigned n = 0;
    bool end = false;
    s->text_len = 0;
    while (take_header(&c, s, &unused, &s->list[n], &end))
        n = listed(n, &unused);
    return n;
}
