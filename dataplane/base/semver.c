/* SemVer 2.0.0: paragraphs 2, 9 and 10 say what a version looks like, 11 how versions are ordered. */
#include "base/semver.h"

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static bool is_identifier(uint8_t c)
{
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-';
}

static bool all_digits(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_number(struct span s)
{
    return all_digits(s) && (s.n == 1 || s.p[0] != '0');
}

/* Takes up to the separator, and the separator too. */
static struct span next_part(struct span *rest, uint8_t separator)
{
    struct span part = span_sub(*rest, 0, span_find(*rest, separator));
    *rest = span_sub(*rest, part.n + 1, rest->n);
    return part;
}

/* Dotted identifiers, none of them empty; in a pre-release a number has no leading zero. */
static bool are_identifiers(struct span list, bool pre)
{
    if (list.n == 0 || list.p[list.n - 1] == '.')
        return false;
    while (list.n > 0) {
        struct span part = next_part(&list, '.');
        if (part.n == 0 || (pre && all_digits(part) && !is_number(part)))
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_identifier(part.p[i]))
                return false;
    }
    return true;
}

bool semver_parse(struct span text, struct semver *out)
{
    size_t plus = span_find(text, '+');
    struct span core = span_sub(text, 0, plus);
    size_t hyphen = span_find(core, '-');

    out->build = span_sub(text, plus + 1, text.n);
    out->pre = span_sub(core, hyphen + 1, core.n);
    if (plus < text.n && !are_identifiers(out->build, false))
        return false;
    if (hyphen < core.n && !are_identifiers(out->pre, true))
        return false;

    struct span rest = span_sub(core, 0, hyphen);
    for (int i = 0; i < 2; i++) {
        if (span_find(rest, '.') == rest.n)
            return false;
        out->number[i] = next_part(&rest, '.');
    }
    out->number[2] = rest;
    return is_number(out->number[0]) && is_number(out->number[1]) && is_number(out->number[2]);
}

static int order_bytes(struct span a, struct span b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* Without leading zeros, more digits are a larger number. */
static int order_numbers(struct span a, struct span b)
{
    return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : order_bytes(a, b);
}

/* 11.4: numbers numerically and before words, words by ASCII, a longer list after its beginning. */
static int order_pre(struct span a, struct span b)
{
    if (a.n == 0 || b.n == 0)
        return (a.n == 0) - (b.n == 0);     /* a release comes after its pre-releases */
    while (a.n > 0 && b.n > 0) {
        struct span x = next_part(&a, '.'), y = next_part(&b, '.');
        bool nx = all_digits(x), ny = all_digits(y);
        int c = nx && ny ? order_numbers(x, y) : nx != ny ? (nx ? -1 : 1) : order_bytes(x, y);
        if (c != 0)
            return c;
    }
    return (a.n > 0) - (b.n > 0);
}

int semver_order(const struct semver *a, const struct semver *b)
{
    for (int i = 0; i < 3; i++) {
        int c = order_numbers(a->number[i], b->number[i]);
        if (c != 0)
            return c;
    }
    return order_pre(a->pre, b->pre);
}

/* ---- ranges ---- */

enum op { OP_LT, OP_LE, OP_EQ, OP_GE, OP_GT };

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

/* One comparator from the front of `rest`, which holds no `||`. */
static bool next_comparator(struct span *rest, enum op *op, struct semver *version)
{
    struct span s = span_trim(*rest);
    uint8_t sign = s.n > 0 ? s.p[0] : 0;
    if (sign != '<' && sign != '>' && sign != '=')
        return false;
    bool equal = s.n > 1 && s.p[1] == '=' && sign != '=';
    *op = sign == '=' ? OP_EQ : sign == '<' ? (equal ? OP_LE : OP_LT) : (equal ? OP_GE : OP_GT);
    s = span_trim(span_sub(s, equal ? 2 : 1, s.n));

    size_t n = 0;
    while (n < s.n && !is_blank(s.p[n]))
        n++;
    *rest = span_sub(s, n, s.n);
    return semver_parse(span_sub(s, 0, n), version);
}

static bool holds(enum op op, int order)
{
    switch (op) {
    case OP_LT: return order < 0;
    case OP_LE: return order <= 0;
    case OP_EQ: return order == 0;
    case OP_GE: return order >= 0;
    case OP_GT: return order > 0;
    }
    return false;
}

static struct span next_alternative(struct span *range)
{
    size_t n = 0;
    while (n < range->n && !(range->p[n] == '|' && n + 1 < range->n && range->p[n + 1] == '|'))
        n++;
    struct span part = span_sub(*range, 0, n);
    *range = span_sub(*range, n + 2, range->n);
    return span_trim(part);
}

bool semver_range_valid(struct span range)
{
    do {
        struct span all = next_alternative(&range);
        do {
            enum op op;
            struct semver limit;
            if (!next_comparator(&all, &op, &limit))
                return false;
        } while (span_trim(all).n > 0);
    } while (range.n > 0);
    return true;
}

bool semver_in_range(const struct semver *version, struct span range)
{
    do {
        struct span all = next_alternative(&range);
        bool in = all.n > 0;
        while (in && span_trim(all).n > 0) {
            enum op op;
            struct semver limit;
            in = next_comparator(&all, &op, &limit) && holds(op, semver_order(version, &limit));
        }
        if (in)
            return true;
    } while (range.n > 0);
    return false;
}
