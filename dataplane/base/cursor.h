#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H
/* Bytes from the wire are only read through a cursor: a read past the end yields zeros and marks
 * the cursor bad for good, so a parser reads straight down the page and checks once. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span { const uint8_t *p; size_t n; };    /* borrowed bytes; p is real even when n is 0 */
struct cursor { const uint8_t *p; size_t left; bool bad; };

/* A span over a string literal, without its terminating zero. */
#define SPAN(literal) ((struct span){ (const uint8_t *)(literal), sizeof(literal) - 1 })
#define SPAN_NONE ((struct span){ (const uint8_t *)"", 0 })

static inline struct cursor cur_over(struct span s)
{
    return (struct cursor){ s.p, s.n, false };
}

/* What is left, without taking it. */
static inline struct span cur_rest(const struct cursor *c)
{
    return (struct span){ c->p, c->left };
}

/* Takes n bytes; when fewer are left: none, and the cursor is bad. */
static inline struct span cur_take(struct cursor *c, size_t n)
{
    if (n > c->left) {
        *c = (struct cursor){ c->p, 0, true };
        n = 0;
    }
    struct span s = { c->p, n };
    c->p += n;
    c->left -= n;
    return s;
}

/* A big-endian number of 1 to 8 bytes. */
static inline uint64_t cur_be(struct cursor *c, unsigned width)
{
    struct span s = cur_take(c, width);
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | s.p[i];
    return v;
}

/* A little-endian number of 1 to 8 bytes. */
static inline uint64_t cur_le(struct cursor *c, unsigned width)
{
    struct span s = cur_take(c, width);
    uint64_t v = 0;
    for (size_t i = s.n; i > 0; i--)
        v = v << 8 | s.p[i - 1];
    return v;
}

/* A length of `width` bytes, and a cursor over exactly the body that follows it; a block cut from
 * a bad cursor is bad. */
static inline struct cursor cur_block(struct cursor *c, unsigned width)
{
    struct span s = cur_take(c, (size_t)cur_be(c, width));
    return (struct cursor){ s.p, s.n, c->bad };
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static inline bool span_is(struct span a, const char *text)
{
    size_t n = strlen(text);
    return a.n == n && memcmp(a.p, text, n) == 0;
}

static inline bool span_starts(struct span a, const char *text)
{
    size_t n = strlen(text);
    return a.n >= n && memcmp(a.p, text, n) == 0;
}

static inline uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Case-insensitive for ASCII letters only. */
static inline bool span_is_nocase(struct span a, const char *text)
{
    size_t n = strlen(text);
    if (a.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower((uint8_t)text[i]))
            return false;
    return true;
}

/* The part of `a` from `from` on (empty past the end), at most `n` bytes. */
static inline struct span span_sub(struct span a, size_t from, size_t n)
{
    if (from > a.n)
        from = a.n;
    return (struct span){ a.p + from, n < a.n - from ? n : a.n - from };
}

/* Without blanks and tabs at both ends (OWS, RFC 9110 5.6.3). */
static inline struct span span_trim(struct span a)
{
    while (a.n > 0 && (a.p[0] == ' ' || a.p[0] == '\t'))
        a = span_sub(a, 1, a.n);
    while (a.n > 0 && (a.p[a.n - 1] == ' ' || a.p[a.n - 1] == '\t'))
        a.n--;
    return a;
}

/* Index of the first `c`, or a.n when there is none. */
static inline size_t span_find(struct span a, uint8_t c)
{
    const uint8_t *hit = a.n > 0 ? memchr(a.p, c, a.n) : NULL;
    return hit != NULL ? (size_t)(hit - a.p) : a.n;
}

#endif
