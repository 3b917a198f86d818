/* http{}, for HTTP/1 and HTTP/2. */
#include "eve_parts.h"

/* Content-Range: bytes 0-99/1000 (RFC 9110 14.4). A number beyond what JSON readers hold is none. */
static bool range_number(struct span *s, uint64_t *out)
{
    enum { DIGITS_MAX = 18 };
    size_t n = 0;
    uint64_t v = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = n < DIGITS_MAX ? v * 10 + (uint64_t)(s->p[n] - '0') : v;
    *s = span_sub(*s, n, s->n);
    *out = v;
    return n > 0 && n <= DIGITS_MAX;
}

static bool range_mark(struct span *s, uint8_t mark)
{
    bool is = s->n > 0 && s->p[0] == mark;
    *s = span_sub(*s, is, s->n);
    return is;
}

static void content_range(struct json *j, struct span raw)
{
    uint64_t first, last, size;
    struct span s = raw;
    JS(j, ",\"content_range\":{\"raw\":");
    js_string(j, raw, line_cut(CUT_WORD));
    if (span_starts(s, "bytes ")) {
        s = span_sub(s, 6, s.n);
        bool start = range_number(&s, &first), dash = range_mark(&s, '-');
        if (range_number(&s, &last) && start && dash) {
            JS_NUMBER(j, "start", first);
            JS_NUMBER(j, "end", last);
        }
        range_mark(&s, '*');
        if (range_mark(&s, '/') && range_number(&s, &size))
            JS_NUMBER(j, "size", size);
    }
    JS(j, "}");
}

static void request(struct json *j, const struct http_request *q)
{
    JS_FIELD(j, "hostname", q->host, line_cut(CUT_HOST));
    if (q->port != 0)
        JS_NUMBER(j, "http_port", q->port);
    JS_FIELD(j, "url", q->uri, line_cut(CUT_URL));
    JS_FIELD(j, "http_user_agent", q->user_agent, line_cut(CUT_AGENT));
    JS_FIELD(j, "xff", q->x_forwarded_for, line_cut(CUT_TYPE));
}

static void status(struct json *j, const struct http_response *a)
{
    if (a->status != 0)
        JS_NUMBER(j, "status", a->status);
    else
        JS_FIELD(j, "status_string", a->status_text, line_cut(CUT_WORD));
    if (a->status >= 300 && a->status < 400)
        JS_FIELD(j, "redirect", a->location, line_cut(CUT_LINK));
}

/* The media type alone, as Suricata tells it: without its charset and other parameters. */
static struct span media_type(struct span value)
{
    const uint8_t *semicolon = value.n > 0 ? memchr(value.p, ';', value.n) : NULL;
    return semicolon != NULL ? span_sub(value, 0, (size_t)(semicolon - value.p)) : value;
}

void eve_http(struct json *j, const struct http_tx *t)
{
    const struct http_request *q = &t->req;
    const struct http_response *a = &t->resp;
    bool two = q->version == 20 || a->version == 20;
    JS(j, ",\"http\":");
    char *at = js_mark(j);
    if (t->has_request)
        request(j, q);
    JS_FIELD(j, "http_content_type", media_type(a->content_type), line_cut(CUT_TYPE));
    if (a->content_range.n > 0)
        content_range(j, a->content_range);
    JS_FIELD(j, "http_refer", q->referer, line_cut(CUT_LINK));
    JS_FIELD(j, "http_method", q->method, line_cut(CUT_WORD));
    JS_FIELD(j, "protocol", q->protocol.n > 0 ? q->protocol : a->protocol, line_cut(CUT_WORD));
    status(j, a);
    JS_NUMBER(j, "length", t->resp_body_len);
    if (two) {
        JS(j, ",\"version\":\"2\",\"http2\":{\"stream_id\":");
        js_u64(j, t->stream);
        JS(j, ",\"request\":{},\"response\":{}}");
    }
    js_close(j, at);
}
