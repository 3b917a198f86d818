/* Options about the flow and about how often. */
#include "rules/lang_parse.h"

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

static bool read_flow(struct parser *p, struct span s)
{
    static const struct { const char *name; uint8_t flag; } known[] = {
        { "established", FLOW_ESTABLISHED }, { "not_established", FLOW_NOT_ESTABLISHED },
        { "stateless", 0 }, { "no_stream", 0 }, { "only_stream", 0 },
        { "to_server", FLOW_TO_SERVER }, { "from_client", FLOW_TO_SERVER },
        { "to_client", FLOW_TO_CLIENT }, { "from_server", FLOW_TO_CLIENT },
    };
    while (s.n > 0) {
        struct span word = text_cut(&s, ',');
        unsigned i = 0;
        while (i < sizeof known / sizeof *known && !span_is_nocase(word, known[i].name))
            i++;
        if (i == sizeof known / sizeof *known)
            return refuse(p, word.p, "use established, not_established, stateless, to_server or to_client",
                          "unknown flow condition '%.*s'", clip(word), (const char *)word.p);
        p->rule.flow |= known[i].flag;
    }
    unsigned f = p->rule.flow, ways = FLOW_TO_SERVER | FLOW_TO_CLIENT,
             states = FLOW_ESTABLISHED | FLOW_NOT_ESTABLISHED;
    if ((f & ways) == ways || (f & states) == states)
        return refuse(p, s.p, "keep one of them", "flow conditions that exclude each other");
    return true;
}

static bool limit_type(struct span s, enum threshold_type *out)
{
    static const char *const names[] = { "", "limit", "threshold", "both" };
    for (unsigned i = 1; i < 4; i++)
        if (span_is(s, names[i])) {
            *out = (enum threshold_type)i;
            return true;
        }
    return false;
}

static bool limit_track(struct span s, enum threshold_track *out)
{
    static const char *const names[] = { "by_rule", "by_src", "by_dst", "by_both" };
    for (unsigned i = 0; i < 4; i++)
        if (span_is(s, names[i])) {
            *out = (enum threshold_track)i;
            return true;
        }
    return false;
}

/* type limit, track by_src, count 1, seconds 60: in any order. A detection_filter has no type. */
static bool read_limit(struct parser *p, struct span s, bool filter)
{
    struct span all = s;
    bool typed = filter, tracked = false;
    struct rule *r = &p->rule;
    if (r->limit != LIMIT_NONE)
        return refuse(p, s.p, "keep one of them", "a second threshold or detection_filter");
    r->limit = filter ? LIMIT_DETECTION : LIMIT_NONE;
    while (s.n > 0) {
        struct span value = text_cut(&s, ','), key = text_cut(&value, ' ');
        value = text_trim(value);
        bool ok = false;
        if (span_is(key, "type") && !filter)
            ok = typed = limit_type(value, &r->limit);
        else if (span_is(key, "track"))
            ok = tracked = limit_track(value, &r->track);
        else if (span_is(key, "count"))
            ok = text_number(value, 1 << 30, &r->limit_count);
        else if (span_is(key, "seconds"))
            ok = text_number(value, 1 << 30, &r->limit_seconds);
        if (!ok)
            return refuse(p, key.p, "write type limit, track by_src, count 1, seconds 60",
                          "'%.*s' is no part of a threshold", clip(key), (const char *)key.p);
    }
    if (!typed || !tracked || r->limit_count == 0 || r->limit_seconds == 0)
        return refuse(p, all.p, "write type limit, track by_src, count 1, seconds 60",
                      "a threshold needs %strack, count and seconds, the numbers above 0",
                      filter ? "" : "type, ");
    return true;
}

bool lang_state_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known)
{
    if (span_is(name, "noalert")) {
        p->rule.flags |= RULE_NOALERT;
        return true;
    }
    bool mine = span_is(name, "flow") || span_is(name, "threshold") || span_is(name, "detection_filter") ||
                span_is(name, "flowbits") || span_is(name, "xbits") ||
                span_is(name, "hostbits") || span_is(name, "app-layer-protocol");
    if (!mine) {
        *known = false;
        return false;
    }
    if (!has_value || value.n == 0)
        return refuse(p, name.p, "write a value after a colon", "'%.*s' without a value", clip(name),
                      (const char *)name.p);
    if (span_is(name, "flow"))
        return read_flow(p, value);
    if (span_is(name, "flowbits"))
        return lang_flowbits(p, value);
    if (span_is(name, "xbits"))
        return lang_xbits(p, value);
    if (span_is(name, "hostbits"))
        return lang_hostbits(p, value);
    if (span_is(name, "app-layer-protocol")) {
        p->rule.app_proto = keep_text(&p->rules->keep, value.p, value.n);
        return true;
    }
    return read_limit(p, value, span_is(name, "detection_filter"));
}
