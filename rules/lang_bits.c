/* What one rule leaves for another: flowbits on a flow; xbits and hostbits on hosts, for a time. */
#include "rules/lang_parse.h"

enum {
    FLOWBITS_MAX = 32,              /* of all rules: they stand in one word of each flow */
    XBITS_SECONDS = 30, HOSTBITS_SECONDS = 300,     /* Suricata's, when the rule names none */
};

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

static bool read_op(struct parser *p, struct span s, enum bit_op *out)
{
    static const char *const ops[] = { "set", "unset", "toggle", "isset", "isnotset" };
    for (unsigned i = 0; i < 5; i++)
        if (span_is(s, ops[i])) {
            *out = (enum bit_op)i;
            return true;
        }
    return refuse(p, s.p, "use set, unset, toggle, isset, isnotset or noalert", "unknown operation '%.*s'",
                  clip(s), (const char *)s.p);
}

static void add_bit(struct parser *p, enum bit_op op, enum bit_where where, uint32_t bits, uint32_t seconds)
{
    p->rule.bits = keep_grow(&p->rules->keep, p->rule.bits, p->rule.n_bits, sizeof *p->rule.bits);
    p->rule.bits[p->rule.n_bits].op = op;
    p->rule.bits[p->rule.n_bits].where = where;
    p->rule.bits[p->rule.n_bits].bits = bits;
    p->rule.bits[p->rule.n_bits++].seconds = seconds;
}

static bool is_noalert(struct parser *p, struct span s)
{
    bool yes = span_is(text_trim(s), "noalert");
    p->rule.flags |= yes ? RULE_NOALERT : 0;
    return yes;
}

/* ---- of flows ---- */

static bool flowbit_by_name(struct parser *p, struct span name, uint32_t *mask)
{
    struct rules *r = p->rules;
    uint32_t b = 0;
    while (b < r->n_bit_names && !span_is(name, r->bit_names[b]))
        b++;
    if (b == FLOWBITS_MAX)
        return refuse(p, name.p, "use fewer names", "more than %d flowbits in all rules", FLOWBITS_MAX);
    if (b == r->n_bit_names) {
        r->bit_names = keep_grow(&r->keep, r->bit_names, r->n_bit_names, sizeof *r->bit_names);
        r->bit_names[r->n_bit_names++] = keep_text(&r->keep, name.p, name.n);
    }
    *mask |= 1u << b;
    return true;
}

/* op,name or isset,name|name */
bool lang_flowbits(struct parser *p, struct span s)
{
    struct span names = s, word = text_cut(&names, ',');
    enum bit_op op;
    uint32_t mask = 0;
    unsigned n = 0;
    if (is_noalert(p, s))
        return true;
    if (!read_op(p, word, &op))
        return false;
    do {
        struct span name = text_cut(&names, '|');
        if (name.n == 0)
            return refuse(p, s.p, "write flowbits:set,name or flowbits:isset,name|name",
                          "a flowbit without a name");
        if (!flowbit_by_name(p, name, &mask))
            return false;
        n++;
    } while (names.n > 0);
    if (n > 1 && op != BIT_ISSET && op != BIT_ISNOTSET)
        return refuse(p, s.p, "write one flowbits option for each",
                      "only isset and isnotset take several names");
    add_bit(p, op, BIT_FLOW, mask, 0);
    return true;
}

/* ---- of hosts ---- */

static bool read_where(struct parser *p, struct span s, enum bit_where *out)
{
    static const struct { const char *name; enum bit_where where; } known[] = {
        { "ip_src", BIT_SRC }, { "ip_dst", BIT_DST }, { "ip_pair", BIT_PAIR },
        { "src", BIT_SRC }, { "dst", BIT_DST },
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (span_is(s, known[i].name)) {
            *out = known[i].where;
            return true;
        }
    return refuse(p, s.p, "use ip_src, ip_dst or ip_pair (hostbits: src or dst)",
                  "'%.*s' is nobody to track", clip(s), (const char *)s.p);
}

/* Names are kept as hashes: what a host did stays known when the rules are loaded anew. */
static uint32_t host_bit_name(struct span name)
{
    uint64_t h = table_hash(0, name.p, name.n);
    return (uint32_t)(h ^ h >> 32);
}

static bool read_name(struct parser *p, struct span s, struct span *rest, enum bit_op *op, struct span *name)
{
    *rest = s;
    if (!read_op(p, text_cut(rest, ','), op))
        return false;
    *name = text_cut(rest, ',');
    return name->n > 0 || refuse(p, s.p, "write xbits:set,name,track ip_src,expire 3600",
                                 "a bit without a name");
}

/* op,name,track ip_src,expire 3600 */
bool lang_xbits(struct parser *p, struct span s)
{
    struct span rest, name;
    enum bit_op op;
    enum bit_where where = BIT_FLOW;
    uint32_t seconds = XBITS_SECONDS;
    if (is_noalert(p, s))
        return true;
    if (!read_name(p, s, &rest, &op, &name))
        return false;
    while (rest.n > 0) {
        struct span value = text_cut(&rest, ','), key = text_cut(&value, ' ');
        value = text_trim(value);
        if (span_is(key, "track")) {
            if (!read_where(p, value, &where))
                return false;
        } else if (!span_is(key, "expire") || !text_number(value, UINT32_MAX, &seconds) || seconds == 0) {
            return refuse(p, key.p, "write xbits:set,name,track ip_src,expire 3600",
                          "'%.*s' is no part of xbits", clip(key), (const char *)key.p);
        }
    }
    if (where == BIT_FLOW)
        return refuse(p, s.p, "add track ip_src, ip_dst or ip_pair", "xbits that track nobody");
    add_bit(p, op, where, host_bit_name(name), seconds);
    return true;
}

/* op,name[,src|dst] */
bool lang_hostbits(struct parser *p, struct span s)
{
    struct span rest, name;
    enum bit_op op;
    enum bit_where where = BIT_SRC;
    if (is_noalert(p, s))
        return true;
    if (!read_name(p, s, &rest, &op, &name) || (rest.n > 0 && !read_where(p, text_trim(rest), &where)))
        return false;
    add_bit(p, op, where, host_bit_name(name), HOSTBITS_SECONDS);
    return true;
}
