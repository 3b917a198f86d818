/* A request target as rules see it. Most targets hold nothing to normalise and are not copied. */
#include "detect/buffer.h"

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %u0061, as IIS reads it; what is no Latin character becomes a question mark. */
static bool wide(struct span in, uint8_t *to)
{
    int v = 0;
    if (in.n < 6 || in.p[0] != '%' || (in.p[1] != 'u' && in.p[1] != 'U'))
        return false;
    for (unsigned i = 2; i < 6; i++) {
        if (hex(in.p[i]) < 0)
            return false;
        v = v << 4 | hex(in.p[i]);
    }
    *to = v < 256 ? (uint8_t)v : '?';
    return true;
}

/* A sign that isn't followed by two digits stays as it is. */
static struct span decode(struct span in, uint8_t *to, bool path)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        if (path && wide(span_sub(in, i, in.n), to + n)) {
            n++;
            i += 5;
        } else if (in.p[i] == '%' && in.n - i > 2 && hex(in.p[i + 1]) >= 0 && hex(in.p[i + 2]) >= 0) {
            to[n++] = (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]));
            i += 2;
        } else {
            to[n++] = in.p[i];
        }
    }
    return (struct span){ to, n };
}

/* Absolute form, RFC 9112 3.2.2: what follows the authority. */
static struct span without_authority(struct span s)
{
    if (s.n == 0 || s.p[0] == '/' || s.p[0] == '*')
        return s;
    const uint8_t *mark = memmem(s.p, s.n, "://", 3);
    if (mark == NULL || memchr(s.p, '?', (size_t)(mark - s.p)) != NULL ||
        memchr(s.p, '/', (size_t)(mark - s.p)) != NULL)
        return s;
    struct span rest = span_sub(s, (size_t)(mark - s.p) + 3, s.n);
    size_t slash = span_find(rest, '/');
    return slash < rest.n ? span_sub(rest, slash, rest.n) : SPAN("/");
}

static bool plain_path(struct span path)
{
    if (memchr(path.p, '\\', path.n) != NULL)
        return false;
    const uint8_t *end = path.p + path.n;
    for (const uint8_t *p = path.p; (p = memchr(p, '/', (size_t)(end - p))) != NULL && ++p < end;)
        if (*p == '/' || *p == '.')
            return false;
    return true;
}

/* Joins slashes (a backslash is one, as servers of some makers read it) and resolves . and .. in
 * place. */
static size_t tidy_path(uint8_t *p, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = p[i] == '\\' ? '/' : p[i];
        if (c == '/' && out > 0 && p[out - 1] == '/')
            continue;
        p[out++] = c;
    }
    n = out;
    out = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && p[end] != '/')
            end++;
        size_t len = end - i;
        bool dot = len == 2 && p[i] == '/' && p[i + 1] == '.';
        bool dots = len == 3 && p[i] == '/' && p[i + 1] == '.' && p[i + 2] == '.';
        if (dots)
            while (out > 0 && p[--out] != '/')
                ;
        if ((dot || dots) && end == n)
            p[out++] = '/';
        if (!dot && !dots) {
            memmove(p + out, p + i, len);
            out += len;
        }
        i = end;
    }
    return out;
}

bool uri_normalise(struct span raw, struct scratch *mem, struct span *out)
{
    struct span s = without_authority(raw);
    size_t q = span_find(s, '?');
    struct span path = span_sub(s, 0, q);
    if (memchr(s.p, '%', s.n) == NULL && plain_path(path)) {
        *out = s;
        return s.n > 0;
    }
    uint8_t *to = scratch_take(mem, s.n);
    if (to == NULL)
        return false;
    struct span decoded = decode(path, to, true);
    size_t n = tidy_path(to, decoded.n);
    if (q < s.n) {
        to[n++] = '?';
        n += decode(span_sub(s, q + 1, s.n), to + n, false).n;
    }
    *out = (struct span){ to, n };
    return n > 0;
}
