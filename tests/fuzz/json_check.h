#ifndef TESTS_FUZZ_JSON_CHECK_H
#define TESTS_FUZZ_JSON_CHECK_H
/* A reader of JSON (RFC 8259) that answers yes or no, for properties: strict about UTF-8, escapes
 * and numbers, and it shares no code with the writer. */
#include "base/cursor.h"

struct reader { const uint8_t *p, *end; };

static inline bool rd_char(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != (uint8_t)c)
        return false;
    r->p++;
    return true;
}

static inline int rd_hex(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The scalar value of a UTF-8 sequence; -1 when it is none (overlong, surrogate, too high, cut). */
static inline long rd_utf8(struct reader *r)
{
    static const long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t a = *r->p;
    int n = a < 0x80 ? 1 : a >> 5 == 6 ? 2 : a >> 4 == 14 ? 3 : a >> 3 == 30 ? 4 : 0;
    if (n == 0 || r->end - r->p < n)
        return -1;
    long v = n == 1 ? a : a & (0x7f >> n);
    for (int i = 1; i < n; i++) {
        if (r->p[i] >> 6 != 2)
            return -1;
        v = v << 6 | (r->p[i] & 63);
    }
    if ((n > 1 && v < least[n]) || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return -1;
    r->p += n;
    return v;
}

/* One string. With `out`, the bytes that it stands for go there: \u00XX is one byte. */
static inline bool rd_string(struct reader *r, uint8_t *out, size_t *n)
{
    size_t at = 0;
    if (!rd_char(r, '"'))
        return false;
    while (r->p < r->end && *r->p != '"') {
        const uint8_t *start = r->p;
        static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
        if (*r->p < 0x20)
            return false;
        if (*r->p != '\\') {
            if (rd_utf8(r) < 0)
                return false;
            if (out != NULL)
                memcpy(out + at, start, (size_t)(r->p - start));
            at += (size_t)(r->p - start);
            continue;
        }
        if (r->end - r->p < 2)
            return false;
        const char *letter = r->p[1] != 0 ? strchr(letters, r->p[1]) : NULL;
        int value;
        if (letter != NULL) {
            value = (uint8_t)bytes[letter - letters];
            r->p += 2;
        } else {
            if (r->end - r->p < 6 || memcmp(r->p, "\\u00", 4) != 0)
                return false;
            int high = rd_hex(r->p[4]), low = rd_hex(r->p[5]);
            if (high < 0 || low < 0)
                return false;
            value = high * 16 + low;
            r->p += 6;
        }
        if (out != NULL)
            out[at] = (uint8_t)value;
        at++;
    }
    *n = at;
    return rd_char(r, '"');
}

static inline bool rd_number(struct reader *r)
{
    const uint8_t *start = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > start && (*start != '0' || r->p - start == 1);
}

static inline bool rd_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

/* Events have no blanks, fractions, exponents or nulls, so none are taken. */
static inline bool rd_value(struct reader *r, unsigned depth)
{
    size_t n;
    if (r->p == r->end || depth > 300)
        return false;
    if (*r->p == '"')
        return rd_string(r, NULL, &n);
    if (*r->p == '{' || *r->p == '[') {
        char close = *r->p == '{' ? '}' : ']';
        r->p++;
        if (rd_char(r, close))
            return true;
        do {
            if (close == '}' && (!rd_string(r, NULL, &n) || !rd_char(r, ':')))
                return false;
            if (!rd_value(r, depth + 1))
                return false;
        } while (rd_char(r, ','));
        return rd_char(r, close);
    }
    return rd_word(r, "true") || rd_word(r, "false") || rd_number(r);
}

#endif
