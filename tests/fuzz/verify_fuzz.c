/* Content options over a small value, held against a matcher that tries every place. */
#include "detect/verify.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPTS = 5 };

static bool same(uint8_t a, uint8_t want, bool nocase)
{
    return nocase ? ascii_lower(a) == want : a == want;
}

static bool stands_at(struct span v, struct span want, size_t at, bool nocase)
{
    for (size_t i = 0; i < want.n; i++)
        if (at + i >= v.n || !same(v.p[at + i], want.p[i], nocase))
            return false;
    return true;
}

/* May a content of this option lie at [at, end)? Straight from the manual's words. */
static bool allowed(const struct rs_opt *o, struct span v, long at, long end, long place)
{
    long distance = o->flags & OPT_DISTANCE ? o->distance : 0;
    if (o->flags & (OPT_DISTANCE | OPT_WITHIN)) {
        if (at < place + distance || (o->flags & OPT_WITHIN && end > place + distance + o->within))
            return false;
    } else if ((o->flags & OPT_OFFSET && at < o->offset) || (o->flags & OPT_DEPTH && end > o->depth)) {
        return false;
    }
    return (o->flags & OPT_ENDS) == 0 || end == (long)v.n;
}

static bool naive(const struct rs_opt *o, const char *text, unsigned n, struct span v, long place)
{
    if (n == 0)
        return true;
    if (o->kind == OPT_SIZE)
        return (v.n >= o->low && v.n <= o->high) != ((o->flags & OPT_NOT) != 0) && naive(o + 1, text, n - 1, v, place);
    if (o->kind == OPT_ISDATAAT) {
        bool there = o->flags & OPT_RELATIVE ? (size_t)place + o->low <= v.n : o->low < v.n;
        return there != ((o->flags & OPT_NOT) != 0) && naive(o + 1, text, n - 1, v, place);
    }
    struct span want = { (const uint8_t *)text + o->text.at, o->text.n };
    for (size_t at = 0; at + want.n <= v.n; at++) {
        if (!stands_at(v, want, at, (o->flags & OPT_NOCASE) != 0) || !allowed(o, v, (long)at, (long)(at + want.n), place))
            continue;
        if (o->flags & OPT_NOT)
            return false;
        if (naive(o + 1, text, n - 1, v, (long)(at + want.n)))
            return true;
        if ((o->flags & OPT_RELATIVE_NEXT) == 0)
            return false;
    }
    return (o->flags & OPT_NOT) != 0 && naive(o + 1, text, n - 1, v, place);
}

static struct rs_opt make(struct cursor *c, char *text, uint32_t *used)
{
    uint64_t what = cur_be(c, 1);
    struct rs_opt o = { .kind = OPT_CONTENT };
    if (what % 8 == 6) {
        o.kind = OPT_SIZE;
        o.low = (uint32_t)cur_be(c, 1) % 24;
        o.high = o.low + 4;
        o.flags = what & 64 ? OPT_NOT : 0;
        return o;
    }
    if (what % 8 == 7) {
        o.kind = OPT_ISDATAAT;
        o.low = (uint32_t)cur_be(c, 1) % 8;
        o.flags = (uint16_t)((what & 64 ? OPT_NOT : 0) | (what & 128 ? OPT_RELATIVE : 0));
        return o;
    }
    uint64_t flags = cur_be(c, 1);
    o.text = (struct rs_text){ *used, 1 + what / 8 % 3 };
    o.flags = (uint16_t)((what & 64 ? OPT_NOT : 0) | (what & 128 ? OPT_NOCASE : 0) | (flags & 1 ? OPT_ENDS : 0) |
                         (flags & 2 ? OPT_RELATIVE_NEXT : 0));
    if (flags & 4)
        o.flags |= (uint16_t)((flags & 8 ? OPT_DISTANCE : 0) | (flags & 16 ? OPT_WITHIN : 0));
    else
        o.flags |= (uint16_t)((flags & 8 ? OPT_OFFSET : 0) | (flags & 16 ? OPT_DEPTH : 0));
    o.distance = (int32_t)(flags >> 5) - 3;
    o.within = (int32_t)o.text.n + (int32_t)(flags >> 5);
    o.offset = (int32_t)(flags >> 5);
    o.depth = o.offset + o.within;
    for (uint32_t i = 0; i < o.text.n; i++)     /* few letters, so that there are matches */
        text[(*used)++] = (char)((o.flags & OPT_NOCASE ? "ab" : "abA")[cur_be(c, 1) % (o.flags & OPT_NOCASE ? 2 : 3)]);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cur_over((struct span){ data, size });
    char text[OPTS * 3 + 1];
    uint32_t used = 0;
    struct rs_opt opts[OPTS];
    unsigned n = 1 + (unsigned)cur_be(&c, 1) % OPTS;
    for (unsigned i = 0; i < n; i++)
        opts[i] = make(&c, text, &used);
    struct span v = span_sub(cur_rest(&c), 0, 24);
    uint8_t *value = malloc(v.n > 0 ? v.n : 1);
    for (size_t i = 0; i < v.n; i++)
        value[i] = (uint8_t)"abABa"[v.p[i] % 5];
    v.p = value;

    static const struct rs_view view = { .buffer = BUF_HTTP_URI };
    struct rs_group group = { 0, { 0, n } };
    struct ruleset rs = { .text = text, .opts = opts, .views = &view, .n_views = 1 };
    struct error err;
    struct verifier *verifier = verifier_open(&rs, &err);
    struct scene scene = { .trigger = TRIG_REQUEST };
    struct found found = { .entry = TABLE_NONE };
    bool got = verify_group(verifier, &scene, &group, v, &found);
    if (got != naive(opts, text, n, v, 0))
        abort();
    verifier_close(verifier);
    free(value);
    return 0;
}
