/* Options that say what a rule is: its number, its text, its class, where to read more. */
#include "rules/lang_parse.h"

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

/* `"text"` with its escapes taken out. */
static bool read_text(struct parser *p, struct span s, const char **out)
{
    struct span at = s;
    if (!text_quoted(&s))
        return refuse(p, at.p, "put it into double quotes", "a text without quotes");
    char *t = keep_take(&p->rules->keep, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && memchr("\\\":;", s.p[i + 1], 4) != NULL)
            i++;
        t[n++] = (char)s.p[i];
    }
    *out = t;
    return true;
}

static bool read_number(struct parser *p, struct span s, uint32_t max, uint32_t *out)
{
    struct span at = s;
    text_quoted(&s);
    if (!text_number(s, max, out))
        return refuse(p, at.p, "write a plain number", "'%.*s' is no number up to %u", clip(s),
                      (const char *)s.p, max);
    return true;
}

static bool read_class(struct parser *p, struct span s)
{
    const struct class_info *c = class_by_name(s);
    if (c == NULL)
        return refuse(p, s.p, "use one of excise-rules(5), such as trojan-activity", "unknown classtype '%.*s'",
                      clip(s), (const char *)s.p);
    p->rule.classtype = c->name;
    p->rule.category = c->text;
    if (!p->has_priority)
        p->rule.severity = c->severity;
    return true;
}

static bool read_priority(struct parser *p, struct span s)
{
    uint32_t v;
    if (!read_number(p, s, 255, &v))
        return false;
    if (v == 0)
        return refuse(p, s.p, "1 is the worst, 3 is usual", "priority 0");
    p->rule.severity = (uint8_t)v;
    p->has_priority = true;
    return true;
}

/* system,id: kept as the whole address, for that is what events carry. */
static bool read_reference(struct parser *p, struct span s)
{
    struct span rest = s, system = text_cut(&rest, ','), id = text_trim(rest);
    const char *prefix = reference_prefix(system);
    if (id.n == 0)
        return refuse(p, s.p, "write reference:url,example.com/page", "a reference without an address");
    if (prefix == NULL)
        return refuse(p, s.p, "use url, cve, md5, osv, ... as excise-rules(5) lists them",
                      "unknown kind of reference '%.*s'", clip(system), (const char *)system.p);
    struct keep *a = &p->rules->keep;
    bool whole = span_starts(id, "http://") || span_starts(id, "https://");
    if (span_starts(id, "CVE-") || span_starts(id, "cve-"))
        id = span_sub(id, 4, id.n);
    size_t n = whole ? 0 : strlen(prefix);
    uint8_t *t = keep_take(a, n + id.n + 1);
    memcpy(t, prefix, n);
    memcpy(t + n, id.p, id.n);
    struct rule *r = &p->rule;
    r->references = keep_grow(a, r->references, r->n_references, sizeof *r->references);
    r->references[r->n_references].key = (struct span){ (uint8_t *)keep_text(a, system.p, system.n), system.n };
    r->references[r->n_references++].value = (struct span){ t, n + id.n };
    return true;
}

/* key value, key value: as Suricata reads them; a key without a value is kept with an empty one. */
static bool read_metadata(struct parser *p, struct span s)
{
    struct rule *r = &p->rule;
    struct keep *a = &p->rules->keep;
    while (s.n > 0) {
        struct span pair = text_cut(&s, ',');
        size_t gap = 0;
        while (gap < pair.n && pair.p[gap] != ' ' && pair.p[gap] != '\t')
            gap++;
        struct span key = span_sub(pair, 0, gap), value = text_trim(span_sub(pair, gap, pair.n));
        if (key.n == 0)
            continue;
        r->metadata = keep_grow(a, r->metadata, r->n_metadata, sizeof *r->metadata);
        r->metadata[r->n_metadata].key = (struct span){ (uint8_t *)keep_text(a, key.p, key.n), key.n };
        r->metadata[r->n_metadata++].value =
            (struct span){ (uint8_t *)keep_text(a, value.p, value.n), value.n };
    }
    return true;
}

bool lang_meta_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known)
{
    struct rule *r = &p->rule;
    static const char *const names[] = { "msg", "sid", "rev", "gid", "classtype", "priority", "reference",
                                         "metadata", "target" };
    unsigned i = 0;
    while (i < sizeof names / sizeof *names && !span_is(name, names[i]))
        i++;
    if (i == sizeof names / sizeof *names) {
        *known = false;
        return false;
    }
    if (!has_value || value.n == 0)
        return refuse(p, name.p, "write a value after a colon", "'%s' without a value", names[i]);
    switch (i) {
    case 0:
        return read_text(p, value, &r->msg);
    case 1:
        p->has_sid = read_number(p, value, UINT32_MAX, &r->sid);
        if (p->has_sid && r->sid == 0)
            return refuse(p, value.p, "count from 1", "sid 0");
        return p->has_sid;
    case 2:
        return read_number(p, value, UINT32_MAX, &r->rev);
    case 3:
        return read_number(p, value, UINT32_MAX, &r->gid);
    case 4:
        return read_class(p, value);
    case 5:
        return read_priority(p, value);
    case 6:
        return read_reference(p, value);
    case 7:
        return read_metadata(p, value);
    default:
        if (!span_is(value, "src_ip") && !span_is(value, "dest_ip"))
            return refuse(p, value.p, "write src_ip or dest_ip", "unknown target '%.*s'", clip(value),
                          (const char *)value.p);
        return true;
    }
}
