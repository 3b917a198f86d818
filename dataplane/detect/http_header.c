/* HTTP header lines, from the parser's list or, where it kept none, from the head as sent. */
#include "detect/buffer.h"

struct walk { const struct http_header *list; unsigned n, at; struct span head; };

static struct walk walk_over(const struct scene *s)
{
    if (s->dir == TO_CLIENT)
        return (struct walk){ s->fact->http->resp.headers, s->fact->http->resp.n_headers, 0,
                              s->fact->http->resp.head };
    return (struct walk){ s->fact->http->req.headers, s->fact->http->req.n_headers, 0,
                          s->fact->http->req.head };
}

static bool next_from_head(struct walk *w, struct http_header *out)
{
    while (w->head.n > 0) {
        size_t n = span_find(w->head, '\n');
        struct span line = span_sub(w->head, 0, n);
        w->head = span_sub(w->head, n + 1, w->head.n);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        size_t colon = span_find(line, ':');
        if (colon == 0 || colon == line.n)
            continue;
        out->name = span_trim(span_sub(line, 0, colon));
        out->value = span_trim(span_sub(line, colon + 1, line.n));
        return true;
    }
    return false;
}

static bool next(struct walk *w, struct http_header *out)
{
    if (w->list == NULL)
        return next_from_head(w, out);
    if (w->at == w->n)
        return false;
    *out = w->list[w->at++];
    return true;
}

bool header_find(const struct scene *s, const char *name, struct span *out)
{
    struct walk w = walk_over(s);
    struct http_header h;
    while (next(&w, &h))
        if (span_is_nocase(h.name, name)) {
            *out = h.value;
            return h.value.n > 0;
        }
    return false;
}

static uint8_t *add(uint8_t *to, struct span s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

/* A response sets each cookie in a line of its own (RFC 6265 3): all are looked into. */
bool headers_join(const struct scene *s, const char *name, struct scratch *mem, struct span *out)
{
    struct walk w = walk_over(s);
    struct http_header h;
    size_t need = 0;
    unsigned n = 0;
    while (next(&w, &h))
        if (span_is_nocase(h.name, name)) {
            *out = h.value;
            need += h.value.n + 2;
            n++;
        }
    if (n <= 1)
        return n == 1 && out->n > 0;
    uint8_t *start = scratch_take(mem, need), *p = start;
    if (start == NULL)
        return false;
    for (w = walk_over(s); next(&w, &h);)
        if (span_is_nocase(h.name, name))
            p = add(p > start ? add(p, SPAN(", ")) : p, h.value);
    *out = (struct span){ start, (size_t)(p - start) };
    return out->n > 0;
}

/* Cookies have a buffer of their own and are left out of http.header. */
static bool is_cookie(struct span name)
{
    return span_is_nocase(name, "cookie") || span_is_nocase(name, "set-cookie");
}

bool headers_write(const struct scene *s, enum header_form form, struct scratch *mem, struct span *out)
{
    struct span line = s->dir == TO_CLIENT ? s->fact->http->resp.line : s->fact->http->req.line;
    struct walk w = walk_over(s);
    struct http_header h;
    size_t need = line.n + 8;
    while (next(&w, &h))
        need += h.name.n + h.value.n + 4;
    uint8_t *start = scratch_take(mem, need), *p = start;
    if (start == NULL)
        return false;
    if (form == HEADERS_START)
        p = add(add(p, line), SPAN("\r\n"));
    else if (form == HEADERS_NAMES)
        p = add(p, SPAN("\r\n"));
    const uint8_t *first = p;
    for (w = walk_over(s); next(&w, &h);) {
        if (form == HEADERS_NORMAL && is_cookie(h.name))
            continue;
        p = add(p, h.name);
        if (form != HEADERS_NAMES)
            p = add(add(p, SPAN(": ")), h.value);
        p = add(p, SPAN("\r\n"));
    }
    bool any = p > first;
    if (form != HEADERS_NORMAL)
        p = add(p, SPAN("\r\n"));
    *out = (struct span){ start, (size_t)(p - start) };
    return any;
}
