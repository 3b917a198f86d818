/* Addresses and ports: lists, ranges, negation and variables, worked out to sorted intervals, so
 * that the matcher has nothing to negate. An address is a number of 128 bits, IPv4 in its mapped
 * form; a port is a small one. As in Suricata, a list of exclusions alone excludes from `any`. */
#include "rules/lang_parse.h"

#include <stdlib.h>

typedef unsigned __int128 num;

struct interval { num first, last; };
struct set { struct interval *v; uint32_t n; };

enum { DEPTH_MAX = 16, WORK_MAX = 200000, INTERVALS_MAX = 1 << 16, CACHE_SLOTS = 1024, CACHE_TEXT = 200 };

/* What is being read: addresses or ports. */
struct reader {
    struct parser *p;
    const uint8_t *at;              /* where to point a refusal: variables' values stand elsewhere */
    bool ports;
    num max;
    unsigned depth, work;
    bool failed;
};

struct lang_cache {
    struct {
        char text[CACHE_TEXT];
        size_t n;
        bool ports;
        const void *set;
    } slot[CACHE_SLOTS];
};

/* ---- sets ---- */

static bool put(struct reader *r, struct set *s, num first, num last)
{
    if (s->n >= INTERVALS_MAX) {
        r->failed = true;
        return refuse(r->p, r->at, "use a dataset of addresses", "a list of more than %d ranges",
                      INTERVALS_MAX);
    }
    s->v = keep_grow(&r->p->rules->keep, s->v, s->n, sizeof *s->v);
    s->v[s->n++] = (struct interval){ first, last };
    return true;
}

static int by_first(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorted, and what touches or overlaps is one. */
static void tidy(struct set *s)
{
    if (s->n == 0)
        return;
    qsort(s->v, s->n, sizeof *s->v, by_first);
    uint32_t n = 0;
    for (uint32_t i = 1; i < s->n; i++) {
        struct interval *last = &s->v[n];
        bool joins = s->v[i].first <= last->last || s->v[i].first - 1 == last->last;
        if (joins && s->v[i].last > last->last)
            last->last = s->v[i].last;
        else if (!joins)
            s->v[++n] = s->v[i];
    }
    s->n = n + 1;
}

/* a without b; both tidy. */
static struct set minus(struct reader *r, struct set a, struct set b)
{
    struct set out = { 0 };
    uint32_t k = 0;
    for (uint32_t i = 0; i < a.n; i++) {
        num at = a.v[i].first;
        bool open = true;
        while (k < b.n && b.v[k].last < at)
            k++;
        for (uint32_t j = k; open && j < b.n && b.v[j].first <= a.v[i].last; j++) {
            if (b.v[j].first > at)
                put(r, &out, at, b.v[j].first - 1);
            open = b.v[j].last < a.v[i].last;
            at = b.v[j].last + 1;
        }
        if (open)
            put(r, &out, at, a.v[i].last);
    }
    return out;
}

/* ---- single items ---- */

static num number_of(const struct addr *a)
{
    num v = 0;
    for (unsigned i = 0; i < 16; i++)
        v = v << 8 | a->b[i];
    return v;
}

static bool read_addr(struct span s, struct addr *out)
{
    char text[ADDR_TEXT_MAX + 1];
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return addr_read(text, out);
}

static bool address_item(struct span s, struct interval *out)
{
    struct addr a, b;
    size_t dash = span_find(s, '-'), slash = span_find(s, '/');
    if (dash < s.n) {
        if (!read_addr(text_trim(span_sub(s, 0, dash)), &a) ||
            !read_addr(text_trim(span_sub(s, dash + 1, s.n)), &b))
            return false;
        *out = (struct interval){ number_of(&a), number_of(&b) };
        return out->first <= out->last;
    }
    if (!read_addr(span_sub(s, 0, slash), &a))
        return false;
    num v = number_of(&a);
    *out = (struct interval){ v, v };
    if (slash == s.n)
        return true;
    bool v4 = addr_is_v4(&a);
    uint32_t bits;
    struct addr mask;
    struct span tail = span_sub(s, slash + 1, s.n);
    if (v4 && span_find(tail, '.') < tail.n) {          /* 10.0.0.0/255.0.0.0 */
        if (!read_addr(tail, &mask))
            return false;
        uint32_t m = (uint32_t)number_of(&mask), gap = ~m;
        if ((gap & (gap + 1)) != 0)
            return false;
        bits = (uint32_t)__builtin_popcount(m);
    } else if (!text_number(tail, v4 ? 32 : 128, &bits)) {
        return false;
    }
    bits += v4 ? 96 : 0;
    num host = bits == 0 ? ~(num)0 : bits == 128 ? 0 : ((num)1 << (128 - bits)) - 1;
    *out = (struct interval){ v & ~host, v | host };
    return true;
}

static bool port_item(struct span s, struct interval *out)
{
    size_t colon = span_find(s, ':');
    uint32_t first = 0, last = 65535;
    struct span a = text_trim(span_sub(s, 0, colon)), b = text_trim(span_sub(s, colon + 1, s.n));
    if (s.n == 0 || (colon < s.n && a.n == 0 && b.n == 0))
        return false;
    if (a.n > 0 && !text_number(a, 65535, &first))
        return false;
    if (colon == s.n)
        last = first;
    else if (b.n > 0 && !text_number(b, 65535, &last))
        return false;
    *out = (struct interval){ first, last };
    return first <= last;
}

/* ---- expressions ---- */

static bool read_expr(struct reader *r, struct span s, struct set *out);

static bool wrong(struct reader *r, struct span s)
{
    r->failed = true;
    return refuse(r->p, r->at,
                  r->ports ? "write any, 80, 1024:, 80:90, [80,443], !22 or a $VARIABLE"
                           : "write any, 10.0.0.1, 10.0.0.0/8, a-b, [list], !x or a $VARIABLE",
                  "'%.*s' is no %s", (int)(s.n < 60 ? s.n : 60), (const char *)s.p,
                  r->ports ? "port" : "address");
}

static bool read_variable(struct reader *r, struct span name, struct set *out)
{
    for (unsigned i = 0; i < r->p->vars->n; i++)
        if (span_is(name, r->p->vars->v[i].name)) {
            const char *v = r->p->vars->v[i].value;
            return read_expr(r, (struct span){ (const uint8_t *)v, strlen(v) }, out);
        }
    r->failed = true;
    return refuse(r->p, r->at, "define it in the configuration under vars", "unknown variable '$%.*s'",
                  (int)(name.n < 60 ? name.n : 60), (const char *)name.p);
}

/* Cuts the first item off a list, minding brackets within. */
static struct span take_item(struct span *list)
{
    size_t n = 0, open = 0;
    while (n < list->n && (open > 0 || list->p[n] != ',')) {
        open += list->p[n] == '[';
        open -= list->p[n] == ']' && open > 0;
        n++;
    }
    struct span item = { list->p, n };
    *list = span_sub(*list, n + 1, list->n);
    return text_trim(item);
}

static bool read_list(struct reader *r, struct span s, struct set *out)
{
    struct set plus = { 0 }, less = { 0 };
    bool some = false;
    do {
        struct span item = take_item(&s);
        bool negated = item.n > 0 && item.p[0] == '!';
        struct set one;
        if (!read_expr(r, text_trim(span_sub(item, negated, item.n)), &one))
            return false;
        some = some || !negated;
        for (uint32_t i = 0; i < one.n; i++)
            if (!put(r, negated ? &less : &plus, one.v[i].first, one.v[i].last))
                return false;
    } while (s.n > 0);
    if (!some)
        put(r, &plus, 0, r->max);
    tidy(&plus);
    tidy(&less);
    *out = minus(r, plus, less);
    return !r->failed;
}

static bool read_expr(struct reader *r, struct span s, struct set *out)
{
    *out = (struct set){ 0 };
    if (++r->depth > DEPTH_MAX || ++r->work > WORK_MAX) {
        r->failed = true;
        return refuse(r->p, r->at, "check for a variable that names itself",
                      "lists or variables nested too deep, or too many of them");
    }
    s = text_trim(s);
    bool ok;
    struct interval one;
    if (s.n > 0 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
        ok = read_list(r, span_sub(s, 1, s.n - 2), out);
    } else if (s.n > 0 && s.p[0] == '!') {
        ok = read_list(r, s, out);
    } else if (s.n > 0 && s.p[0] == '$') {
        ok = read_variable(r, span_sub(s, 1, s.n), out);
    } else if (span_is_nocase(s, "any")) {
        ok = put(r, out, 0, r->max);
    } else if (r->ports ? port_item(s, &one) : address_item(s, &one)) {
        ok = put(r, out, one.first, one.last);
    } else {
        ok = wrong(r, s);
    }
    r->depth--;
    return ok;
}

/* ---- what the header asks for, each text only once ---- */

void lang_cache_free(struct rules *r)
{
    free(r->cache);
    r->cache = NULL;
}

static unsigned cache_slot(struct span s, bool ports)
{
    uint32_t h = ports ? 5381 : 977;
    for (size_t i = 0; i < s.n; i++)
        h = h * 33 + s.p[i];
    return h % CACHE_SLOTS;
}

static bool read_set(struct parser *p, struct span s, bool ports, struct set *out)
{
    struct reader r = { .p = p, .at = s.p, .ports = ports, .max = ports ? 65535 : ~(num)0 };
    if (!read_expr(&r, s, out))
        return false;
    tidy(out);
    if (out->n == 0)
        return refuse(p, s.p, "leave at least one in", "nothing is left of this list");
    return true;
}

static const void *from_cache(struct parser *p, struct span s, bool ports)
{
    if (p->rules->cache == NULL && (p->rules->cache = calloc(1, sizeof *p->rules->cache)) == NULL)
        abort();
    unsigned i = cache_slot(s, ports);
    bool same = p->rules->cache->slot[i].ports == ports && p->rules->cache->slot[i].n == s.n && s.n > 0 &&
                memcmp(p->rules->cache->slot[i].text, s.p, s.n) == 0;
    return same ? p->rules->cache->slot[i].set : NULL;
}

static void to_cache(struct parser *p, struct span s, bool ports, const void *set)
{
    if (s.n > CACHE_TEXT)
        return;
    unsigned i = cache_slot(s, ports);
    memcpy(p->rules->cache->slot[i].text, s.p, s.n);
    p->rules->cache->slot[i].n = s.n;
    p->rules->cache->slot[i].ports = ports;
    p->rules->cache->slot[i].set = set;
}

bool lang_addresses(struct parser *p, struct span s, const struct addr_set **out)
{
    *out = NULL;
    if (span_is(s, "any") || (s.n <= CACHE_TEXT && (*out = from_cache(p, s, false)) != NULL))
        return true;
    struct set found;
    if (!read_set(p, s, false, &found))
        return false;
    if (found.n == 1 && found.v[0].first == 0 && found.v[0].last == ~(num)0)
        return true;
    struct addr_set *a = keep_take(&p->rules->keep, sizeof *a);
    a->v = keep_take(&p->rules->keep, found.n * sizeof *a->v);
    a->n = found.n;
    for (uint32_t i = 0; i < found.n; i++)
        for (unsigned b = 0; b < 16; b++) {
            a->v[i].first.b[b] = (uint8_t)(found.v[i].first >> (120 - 8 * b));
            a->v[i].last.b[b] = (uint8_t)(found.v[i].last >> (120 - 8 * b));
        }
    to_cache(p, s, false, a);
    *out = a;
    return true;
}

bool lang_ports(struct parser *p, struct span s, const struct port_set **out)
{
    *out = NULL;
    if (span_is(s, "any") || (s.n <= CACHE_TEXT && (*out = from_cache(p, s, true)) != NULL))
        return true;
    struct set found;
    if (!read_set(p, s, true, &found))
        return false;
    if (found.n == 1 && found.v[0].first == 0 && found.v[0].last == 65535)
        return true;
    struct port_set *a = keep_take(&p->rules->keep, sizeof *a);
    a->v = keep_take(&p->rules->keep, found.n * sizeof *a->v);
    a->n = found.n;
    for (uint32_t i = 0; i < found.n; i++)
        a->v[i] = (struct rs_port_range){ (uint16_t)found.v[i].first, (uint16_t)found.v[i].last };
    to_cache(p, s, true, a);
    *out = a;
    return true;
}
