/* Sixteen bytes at a time while nothing needs escaping, which is nearly always. */
#include "json.h"

static const char digits2[] = "0001020304050607080910111213141516171819"
                              "2021222324252627282930313233343536373839"
                              "4041424344454647484950515253545556575859"
                              "6061626364656667686970717273747576777879"
                              "8081828384858687888990919293949596979899";

void js_u64(struct json *j, uint64_t v)
{
    enum { DIGITS = 20 };
    char text[2 * DIGITS], *p = text + DIGITS;
    while (v >= 100) {
        p -= 2;
        memcpy(p, digits2 + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        p -= 2;
        memcpy(p, digits2 + v * 2, 2);
    } else {
        *--p = (char)('0' + v);
    }
    size_t n = (size_t)(text + DIGITS - p);
    if (j->end - j->p < DIGITS) {
        js_raw(j, p, n);
        return;
    }
    memset(text + DIGITS, 0, DIGITS);
    memcpy(j->p, p, DIGITS);    /* a fixed length needs no call; what is too much is written over */
    j->p += n;
}

void js_i64(struct json *j, int64_t v)
{
    if (v < 0)
        JS(j, "-");
    js_u64(j, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static bool continues(struct span s, size_t i) { return (s.p[i] & 0xc0) == 0x80; }

/* The table of RFC 3629 4: no overlong forms, no surrogates, nothing above U+10FFFF. */
unsigned utf8_length(struct span s)
{
    uint8_t a = s.n > 0 ? s.p[0] : 0xff, b = s.n > 1 ? s.p[1] : 0;
    if (a < 0x80)
        return 1;
    if (a >= 0xc2 && a <= 0xdf)
        return s.n >= 2 && continues(s, 1) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        bool sound = s.n >= 3 && continues(s, 1) && continues(s, 2);
        return !sound || (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ? 0 : 3;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool sound = s.n >= 4 && continues(s, 1) && continues(s, 2) && continues(s, 3);
        return !sound || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) ? 0 : 4;
    }
    return 0;
}

typedef int8_t lanes __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Whether some of 16 bytes is a control character, a quote, a backslash or not ASCII (which is
 * below zero here). The compiler has SSE2 and NEON for it. */
static inline bool needs_care16(lanes v)
{
    halves hit = (halves)((v < 0x20) | (v == '"') | (v == '\\'));
    return (hit[0] | hit[1]) != 0;
}

/* The same for eight, in one word. */
static inline bool needs_care8(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101ULL, high = ones << 7;
    uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
    return ((w | ((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash))
            & high) != 0;
}

static inline bool plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Fewer than 8 bytes: methods, versions, short names. Four and four may overlap. */
static size_t copy_short(char *p, const uint8_t *s, size_t n)
{
    size_t i = 0;
    if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, s, sizeof a);
        memcpy(&b, s + n - sizeof b, sizeof b);
        if (!needs_care8((uint64_t)a << 32 | b)) {
            memcpy(p, &a, sizeof a);
            memcpy(p + n - sizeof b, &b, sizeof b);
            return n;
        }
    }
    for (; i < n && plain(s[i]); i++)
        p[i] = (char)s[i];
    return i;
}

/* Copies plain bytes up to the first that needs care and maybe not quite up to it; returns how many.
 * The last round of 16 or 8 overlaps the one before instead of going byte by byte. */
static size_t copy_plain(char *p, const uint8_t *s, size_t n)
{
    size_t i = 0;
    lanes v;
    uint64_t w;
    for (; n - i >= sizeof v; i += sizeof v) {
        memcpy(&v, s + i, sizeof v);
        if (needs_care16(v))
            return i;
        memcpy(p + i, &v, sizeof v);
    }
    if (i > 0) {
        memcpy(&v, s + n - sizeof v, sizeof v);
        if (needs_care16(v))
            return i;
        memcpy(p + n - sizeof v, &v, sizeof v);
        return n;
    }
    if (n >= sizeof w) {
        memcpy(&w, s, sizeof w);
        if (needs_care8(w))
            return 0;
        memcpy(p, &w, sizeof w);
        memcpy(&w, s + n - sizeof w, sizeof w);
        if (needs_care8(w))
            return sizeof w;
        memcpy(p + n - sizeof w, &w, sizeof w);
        return n;
    }
    return copy_short(p, s, n);
}

static size_t escape(uint8_t c, char out[6])
{
    static const char hex[] = "0123456789abcdef";
    static const char short_form[32] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                         ['\r'] = 'r' };
    char letter = c == '"' || c == '\\' ? (char)c : c < 32 ? short_form[c] : 0;
    out[0] = '\\';
    if (letter != 0) {
        out[1] = letter;
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[c >> 4];
    out[5] = hex[c & 15];
    return 6;
}

static char *one_character(char *p, const char *end, struct span *s)
{
    char escaped[6];
    const char *text = (const char *)s->p;
    size_t n = s->p[0] < 0x20 || s->p[0] == '"' || s->p[0] == '\\' ? 0 : utf8_length(*s);
    size_t takes = n > 0 ? n : 1;
    if (n == 0) {
        n = escape(s->p[0], escaped);
        text = escaped;
    }
    if ((size_t)(end - p) < n)
        return NULL;
    memcpy(p, text, n);
    *s = span_sub(*s, takes, s->n);
    return p + n;
}

void js_text(struct json *j, struct span s, size_t max)
{
    bool roomy = (size_t)(j->end - j->p) >= max;
    char *p = j->p, *end = roomy ? p + max : j->end;
    while (s.n > 0) {
        size_t n = copy_plain(p, s.p, s.n < (size_t)(end - p) ? s.n : (size_t)(end - p));
        p += n;
        s = span_sub(s, n, s.n);
        for (size_t i = 0; i < sizeof(uint64_t) && s.n > 0; i++) {
            char *next = one_character(p, end, &s);
            if (next == NULL)
                goto cut;
            p = next;
        }
    }
cut:
    j->p = p;
    if (s.n > 0 && !roomy)
        js_fail(j);     /* the line's room was the limit, not the string's */
}

void js_string(struct json *j, struct span s, size_t max)
{
    JS(j, "\"");
    js_text(j, s, max);
    JS(j, "\"");
}

void js_cstring(struct json *j, const char *s)
{
    js_string(j, (struct span){ (const uint8_t *)s, strlen(s) }, SIZE_MAX / 2);
}
