/* The grammar of names, versions and paths. */
#include "app/npm_path.h"

#include <sys/types.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* validate-npm-package-name: URL-safe characters, and four more that old packages have. */
static bool part_ok(struct span part)
{
    if (part.n == 0 || part.p[0] == '.')
        return false;
    for (size_t i = 0; i < part.n; i++)
        if (!is_alnum(part.p[i]) && memchr("-._~!'()*", part.p[i], 9) == NULL)
            return false;
    return true;
}

bool npm_name_ok(struct span name)
{
    if (name.n == 0 || name.n > NPM_NAME_MAX)
        return false;
    if (name.p[0] != '@')
        return name.p[0] != '_' && part_ok(name);
    size_t slash = span_find(name, '/');
    return part_ok(span_sub(name, 1, slash - 1)) && part_ok(span_sub(name, slash + 1, name.n));
}

bool npm_version_ok(struct span v)
{
    if (v.n == 0 || v.n > NPM_VERSION_MAX || !is_digit(v.p[0]))
        return false;
    for (size_t i = 0; i < v.n; i++)
        if (!is_alnum(v.p[i]) && v.p[i] != '.' && v.p[i] != '-' && v.p[i] != '+')
            return false;
    return true;
}

static bool take_number(struct span *v)
{
    size_t n = 0;
    while (n < v->n && is_digit(v->p[n]))
        n++;
    *v = span_sub(*v, n, v->n);
    return n > 0;
}

bool npm_version_exact(struct span version)
{
    struct span v = version;
    return npm_version_ok(version) && take_number(&v) && npm_strip_front(&v, SPAN(".")) &&
           take_number(&v) && npm_strip_front(&v, SPAN(".")) && take_number(&v) &&
           (v.n == 0 || (v.n > 1 && (v.p[0] == '-' || v.p[0] == '+')));
}

bool npm_version_placeholder(struct span version)
{
    struct span v = version;
    if (!npm_strip_front(&v, SPAN("0.0.1-security")))
        return false;
    return v.n == 0 || (npm_strip_front(&v, SPAN(".")) && take_number(&v) && v.n == 0);
}

bool npm_take_name(struct span *rest, struct span *name)
{
    size_t n = 0;
    if (rest->n > 0 && rest->p[0] == '@')
        n = span_find(*rest, '/') + 1;
    while (n < rest->n && rest->p[n] != '/' && rest->p[n] != '@')
        n++;
    struct span found = span_sub(*rest, 0, n);
    if (n > rest->n || !npm_name_ok(found))
        return false;
    *name = found;
    *rest = span_sub(*rest, n, rest->n);
    return true;
}

struct span npm_last_segment(struct span path, struct span *before)
{
    const uint8_t *slash = path.n > 0 ? memrchr(path.p, '/', path.n) : NULL;
    size_t at = slash != NULL ? (size_t)(slash - path.p) : 0;
    *before = span_sub(path, 0, at);
    return slash != NULL ? span_sub(path, at + 1, path.n) : path;
}

struct span npm_take_segment(struct span *rest)
{
    size_t slash = span_find(*rest, '/');
    struct span segment = span_sub(*rest, 0, slash);
    *rest = span_sub(*rest, slash + 1, rest->n);
    return segment;
}

bool npm_name_at_end(struct span path, struct span *name, struct span *before)
{
    struct span front, longer;
    struct span last = npm_last_segment(path, &front);
    struct span scope = npm_last_segment(front, &longer);
    if (scope.n > 0 && scope.p[0] == '@') {
        *name = (struct span){ scope.p, scope.n + 1 + last.n };
        *before = longer;
    } else {
        *name = last;
        *before = front;
    }
    return npm_name_ok(*name);
}

bool npm_strip_front(struct span *s, struct span front)
{
    if (s->n < front.n || memcmp(s->p, front.p, front.n) != 0)
        return false;
    *s = span_sub(*s, front.n, s->n);
    return true;
}

size_t npm_find(struct span s, const char *text)
{
    const uint8_t *hit = memmem(s.p, s.n, text, strlen(text));
    return hit != NULL ? (size_t)(hit - s.p) : s.n;
}

size_t npm_find_last(struct span s, const char *text)
{
    size_t n = strlen(text);
    for (size_t end = s.n; end >= n; end--)
        if (memcmp(s.p + end - n, text, n) == 0)
            return end - n;
    return s.n;
}

static int hex(uint8_t c)
{
    uint8_t l = ascii_lower(c);
    return is_digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool is_slash(uint8_t c) { return c == '/' || c == '\\'; }

/* Is any segment empty, or does it begin with a dot? */
static bool is_tidy(const uint8_t *path, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (path[i] == '\\' || (path[i] == '/' && i + 1 < n && (path[i + 1] == '/' || path[i + 1] == '.')))
            return false;
    return true;
}

struct span npm_tidy(uint8_t *path, size_t n)
{
    size_t out = 0;
    bool rooted = n > 0 && is_slash(path[0]);
    if (is_tidy(path, n))
        return (struct span){ path, n };
    for (size_t i = 0, end; i < n; i = end) {
        while (i < n && is_slash(path[i]))
            i++;
        for (end = i; end < n && !is_slash(path[end]);)
            end++;
        size_t len = end - i;
        bool dots = len == 2 && path[i] == '.' && path[i + 1] == '.';
        while (dots && out > 0 && path[--out] != '/')
            ;
        if (len == 0 || dots || (len == 1 && path[i] == '.'))
            continue;
        if (rooted || out > 0)          /* there is room: a slash stood before this segment */
            path[out++] = '/';
        memmove(path + out, path + i, len);
        out += len;
    }
    return (struct span){ path, out };
}

struct span npm_decode(struct span s, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex(s.p[i + 2]) : -1;
        out[n++] = low >= 0 ? (uint8_t)(high << 4 | low) : s.p[i];
        i += low >= 0 ? 2 : 0;
    }
    return (struct span){ out, n };
}
