/* Words of the rule language: blanks, numbers, quotes, content bytes. */
#include "rules/lang_parse.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span text_trim(struct span s)
{
    while (s.n > 0 && is_blank(s.p[0]))
        s = span_sub(s, 1, s.n);
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct span text_cut(struct span *s, uint8_t c)
{
    size_t n = span_find(*s, c);
    struct span part = { s->p, n };
    *s = span_sub(*s, n + 1, s->n);
    return text_trim(part);
}

bool text_number(struct span s, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;
    if (s.n == 0 || s.n > 10)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = (uint32_t)v;
    return v <= max;
}

bool text_signed(struct span s, int32_t *out)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    uint32_t v;
    if (!text_number(span_sub(s, minus, s.n), 65535, &v))
        return false;
    *out = minus ? -(int32_t)v : (int32_t)v;
    return true;
}

bool text_quoted(struct span *s)
{
    if (s->n < 2 || s->p[0] != '"' || s->p[s->n - 1] != '"')
        return false;
    *s = (struct span){ s->p + 1, s->n - 2 };
    return true;
}

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The inside of |..|: pairs of digits, blanks between them. Returns what follows the closing bar. */
static bool take_hex(struct parser *p, struct span s, size_t *i, uint8_t *out, size_t *n)
{
    size_t from = *i - 1;
    int high = -1;
    for (; *i < s.n && s.p[*i] != '|'; ++*i) {
        int v = hex(s.p[*i]);
        if (v < 0 && !is_blank(s.p[*i]))
            return refuse(p, s.p + *i, "write bytes as |0D 0A|", "not a hex digit between bars");
        if (v >= 0 && high >= 0) {
            out[(*n)++] = (uint8_t)(high << 4 | v);
            high = -1;
        } else if (v >= 0) {
            high = v;
        }
    }
    if (high >= 0)
        return refuse(p, s.p + from, "write two digits for each byte", "half a byte between bars");
    if (*i >= s.n)
        return refuse(p, s.p + from, "close it, or write a bar as |7C|", "a bar without its partner");
    ++*i;
    return true;
}

bool text_bytes(struct parser *p, struct span s, struct span *out)
{
    uint8_t *b = keep_take(&p->rules->keep, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        uint8_t c = s.p[i++];
        if (c == '|') {
            if (!take_hex(p, s, &i, b, &n))
                return false;
            continue;
        }
        if (c == '\\') {
            if (i == s.n || memchr("\\\":;", s.p[i], 4) == NULL)
                return refuse(p, s.p + i - 1, "only \\\\ \\\" \\: \\; are escapes; write other bytes as |5C|",
                              "a backslash before something that needs none");
            c = s.p[i++];
        } else if (c == '"' || c == ';') {
            return refuse(p, s.p + i - 1, "write it with a backslash", "a bare '%c' in a content", c);
        }
        b[n++] = c;
    }
    *out = (struct span){ b, n };
    return true;
}
