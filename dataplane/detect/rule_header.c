#include "detect/rule_header.h"

#include <netinet/in.h>

static bool in_addresses(const struct ruleset *rs, uint32_t set, const struct addr *a)
{
    if (set == 0)
        return true;
    struct rs_range r = rs->addr_sets[set - 1].ranges;
    const struct rs_addr_range *v = rs->addr_ranges + r.at;
    uint32_t low = 0, high = r.n;
    while (low < high) {            /* the first range that ends at or behind the address */
        uint32_t mid = low + (high - low) / 2;
        if (addr_before(&v[mid].last, a))
            low = mid + 1;
        else
            high = mid;
    }
    return low < r.n && !addr_before(a, &v[low].first);
}

static bool in_ports(const struct ruleset *rs, uint32_t set, uint16_t port)
{
    if (set == 0)
        return true;
    struct rs_range r = rs->port_sets[set - 1].ranges;
    const struct rs_port_range *v = rs->port_ranges + r.at;
    uint32_t low = 0, high = r.n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (v[mid].last < port)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r.n && v[low].first <= port;
}

static bool ends_hold(const struct ruleset *rs, const struct rs_rule *r, const struct scene *s, bool turned)
{
    bool ports = s->proto == IPPROTO_TCP || s->proto == IPPROTO_UDP;
    if (!ports && (r->sport | r->dport) != 0)
        return false;
    return in_ports(rs, turned ? r->sport : r->dport, s->dport) &&
           in_ports(rs, turned ? r->dport : r->sport, s->sport) &&
           in_addresses(rs, turned ? r->dst : r->src, &s->src) &&
           in_addresses(rs, turned ? r->src : r->dst, &s->dst);
}

static bool flow_holds(const struct rs_rule *r, const struct scene *s)
{
    if (r->flow & (s->dir == TO_SERVER ? FLOW_TO_CLIENT : FLOW_TO_SERVER))
        return false;
    return (r->flow & (s->established ? FLOW_NOT_ESTABLISHED : FLOW_ESTABLISHED)) == 0;
}

static bool app_holds(const struct ruleset *rs, const struct rs_rule *r, const struct scene *s)
{
    if (r->app_proto.n == 0)
        return true;
    struct span want = ruleset_text(rs, r->app_proto);
    if (s->meta->app_proto == NULL)
        return false;
    bool negated = want.p[0] == '!';
    return span_is(span_sub(want, negated, want.n), s->meta->app_proto) != negated;
}

bool rule_header_holds(const struct ruleset *rs, const struct rs_rule *r, const struct scene *s)
{
    bool proto =
        r->proto == 0 || r->proto == s->proto || (r->proto == IPPROTO_ICMP && s->proto == IPPROTO_ICMPV6);
    if (!proto || !flow_holds(r, s) || !app_holds(rs, r, s))
        return false;
    return ends_hold(rs, r, s, false) || ((r->flags & RULE_BOTH_WAYS) != 0 && ends_hold(rs, r, s, true));
}
