/* What kind of rule this is, once all of it is read: its protocol, and at which facts it can be
 * evaluated: as soon as everything it looks into is there. */
#include "rules/lang_parse.h"

#include <netinet/in.h>

static const char *app_name(enum rule_app a)
{
    static const char *const names[] = { "none", "http", "tls", "dns", "quic", "npm" };
    return names[a];
}

static bool is_response(enum trigger t)
{
    return t == TRIG_RESPONSE || t == TRIG_RESPONSE_BODY || t == TRIG_TLS_SERVER || t == TRIG_TLS_CERT;
}

/* Fingerprints of the hello are the same in TLS and in QUIC. */
static bool is_hello_print(enum buffer b)
{
    return b == BUF_JA3_HASH || b == BUF_JA3_STRING || b == BUF_JA4_HASH;
}

static bool join_app(struct parser *p, const uint8_t *at, enum rule_app *app, const struct buffer_info *b)
{
    enum rule_app want = b->app;
    if (is_hello_print(b->buffer) && (*app == RULE_QUIC || p->rule.proto == IPPROTO_UDP))
        want = RULE_QUIC;
    if (want == RULE_NONE || *app == want || (*app == RULE_NPM && want == RULE_HTTP))
        return true;
    if (*app == RULE_NONE || (*app == RULE_HTTP && want == RULE_NPM)) {
        *app = want;
        return true;
    }
    return refuse(p, at, "look into buffers of one protocol in each rule", "%s in a rule of %s", b->name,
                  app_name(*app));
}

/* An app-layer-protocol that one of our parsers speaks makes the rule one of that protocol. */
static void adopt_app_proto(struct rule *r)
{
    static const struct { const char *name; enum rule_app app; } known[] = {
        { "http", RULE_HTTP }, { "http1", RULE_HTTP }, { "tls", RULE_TLS }, { "ssl", RULE_TLS },
        { "dns", RULE_DNS }, { "quic", RULE_QUIC },
    };
    for (unsigned i = 0; r->app_proto != NULL && r->app == RULE_NONE && i < sizeof known / sizeof *known; i++)
        if (strcmp(r->app_proto, known[i].name) == 0) {
            r->app = known[i].app;
            r->app_proto = NULL;
            return;
        }
}

static bool transport_fits(struct parser *p, enum rule_app app)
{
    uint8_t proto = p->rule.proto;
    bool ok = proto == 0 || app == RULE_NONE || app == RULE_DNS ? proto != IPPROTO_ICMP || app == RULE_NONE
              : app == RULE_QUIC ? proto == IPPROTO_UDP : proto == IPPROTO_TCP;
    return ok || refuse(p, p->text.p, "name the protocol in the header", "%s does not run over this transport",
                        app_name(app));
}

/* ---- when ---- */

/* Rules of a protocol that look into nothing fire once for each transaction. */
static unsigned bare_triggers(const struct rule *r)
{
    bool back = (r->flow & FLOW_TO_CLIENT) != 0, forth = (r->flow & FLOW_TO_SERVER) != 0;
    switch (r->app) {
    case RULE_HTTP:
        return 1u << (back ? TRIG_RESPONSE : TRIG_REQUEST);
    case RULE_TLS:
        return 1u << (back ? TRIG_TLS_SERVER : TRIG_TLS_CLIENT);
    case RULE_DNS:
        return (back ? 0 : 1u << TRIG_DNS) | (forth ? 0 : 1u << TRIG_DNS_RESPONSE);
    case RULE_QUIC:
        return 1u << TRIG_QUIC;
    case RULE_NPM:
        return 1u << TRIG_NPM;
    case RULE_NONE:
        break;
    }
    return 1u << (r->app_proto != NULL ? TRIG_APP : TRIG_FLOW);
}

struct needs {
    enum trigger latest;
    bool both, response, some;      /* a buffer that either way has; one that only a response has */
    bool body;                      /* file.data */
};

static struct needs what_it_needs(const struct rule *r, enum rule_app app)
{
    struct needs n = { 0 };
    for (uint32_t i = 0; i < r->n_opts; i++) {
        const struct buffer_info *b = buffer_info(r->opts[i].view.buffer);
        if (b->app == RULE_NONE)
            continue;
        enum trigger t = app == RULE_QUIC ? TRIG_QUIC : b->trigger;
        n.some = true;
        n.both = n.both || b->both_ways;
        n.body = n.body || b->buffer == BUF_FILE_DATA;
        n.response = n.response || is_response(t);
        if (t > n.latest)
            n.latest = t;
    }
    return n;
}

static unsigned http_triggers(const struct rule *r, const struct needs *n)
{
    bool back = n->response || (r->flow & FLOW_TO_CLIENT) != 0;
    unsigned there = 1u << n->latest;
    unsigned then = 1u << (n->body || n->latest == TRIG_RESPONSE_BODY ? TRIG_RESPONSE_BODY : TRIG_RESPONSE);
    if (back)
        return then;
    /* Nothing says which way: a header or a file of either. */
    bool either = n->both && (r->flow & FLOW_TO_SERVER) == 0;
    for (uint32_t i = 0; i < r->n_opts && either; i++)
        either = buffer_info(r->opts[i].view.buffer)->both_ways;
    return either ? there | then : there;
}

static bool find_triggers(struct parser *p)
{
    struct rule *r = &p->rule;
    struct needs n = what_it_needs(r, r->app);
    if (!n.some) {
        r->triggers = bare_triggers(r);
        return true;
    }
    if (n.response && (r->flow & FLOW_TO_SERVER) != 0)
        return refuse(p, p->text.p, "use flow:to_client",
                      "flow:to_server, but the buffer comes from the server");
    bool back = (r->flow & FLOW_TO_CLIENT) != 0;
    if (r->app == RULE_NPM) {
        if (n.latest != TRIG_NPM || back || n.response)
            return refuse(p, p->text.p, "use two rules",
                          "npm buffers with bodies or with what the server sends");
        r->triggers = 1u << TRIG_NPM;
    } else if (r->app == RULE_HTTP) {
        r->triggers = http_triggers(r, &n);
    } else if (r->app == RULE_TLS) {
        r->triggers = 1u << (back && n.latest == TRIG_TLS_CLIENT ? TRIG_TLS_SERVER : n.latest);
    } else if (r->app == RULE_DNS) {
        r->triggers = 1u << (back ? TRIG_DNS_RESPONSE : TRIG_DNS);
    } else {
        r->triggers = 1u << TRIG_QUIC;
        if (back)
            return refuse(p, p->text.p, "use flow:to_server", "QUIC is read from the client's side only");
    }
    return true;
}

/* ---- things that could never match ---- */

static bool sensible(struct parser *p, const struct option *o)
{
    const uint8_t *at = p->text.p + o->column;
    if (o->view.buffer == BUF_NONE)
        return refuse(p, at, "put a buffer such as http.uri; before it",
                      "the payload of packets is not inspected");
    bool ip = o->view.buffer == BUF_IP_SRC || o->view.buffer == BUF_IP_DST;
    if (ip && o->kind != OPT_TABLE)
        return refuse(p, at, "use a dataset of type ip, or the header", "ip.src and ip.dst are for datasets");
    if (o->kind != OPT_CONTENT || o->flags & (OPT_NOCASE | OPT_NOT) || o->view.buffer != BUF_HTTP_HOST ||
        o->view.n_transforms > 1)
        return true;
    for (size_t i = 0; i < o->text.n; i++)
        if (o->text.p[i] >= 'A' && o->text.p[i] <= 'Z')
            return refuse(p, at, "write it in small letters, or use http.host.raw",
                          "http.host is in small letters, this content is not");
    return true;
}

/* Hashes are written in small letters and serial numbers in capitals; a content that is not, is
 * meant so nevertheless (Suricata's rules may have either). */
static void adopt_case(struct parser *p, struct option *o)
{
    enum buffer b = (enum buffer)o->view.buffer;
    bool small = b == BUF_JA3_HASH || b == BUF_JA3S_HASH || b == BUF_TLS_FINGERPRINT;
    if (o->kind != OPT_CONTENT || o->view.n_transforms > 0 || (!small && b != BUF_TLS_SERIAL))
        return;
    uint8_t *t = keep_take(&p->rules->keep, o->text.n);
    for (size_t i = 0; i < o->text.n; i++) {
        uint8_t c = o->text.p[i];
        t[i] = small && c >= 'A' && c <= 'Z'    ? (uint8_t)(c + 32)
               : !small && c >= 'a' && c <= 'z' ? (uint8_t)(c - 32)
                                                : c;
    }
    o->text.p = t;
}

bool lang_settle(struct parser *p)
{
    struct rule *r = &p->rule;
    if (!p->has_sid)
        return refuse(p, p->text.p, "add sid:1000001; (1000000 to 1999999 are for local rules)",
                      "a rule without a sid");
    if (p->view.n_transforms > 0 && p->view_used == 0)
        return refuse(p, p->text.p + p->text.n - 1, "put a content after the transforms",
                      "transforms that nothing uses");
    adopt_app_proto(r);
    for (uint32_t i = 0; i < r->n_opts; i++) {
        struct option *o = &r->opts[i];
        if (!sensible(p, o) || !join_app(p, p->text.p + o->column, &r->app, buffer_info(o->view.buffer)))
            return false;
        adopt_case(p, o);
    }
    return transport_fits(p, r->app) && lang_places(p) && find_triggers(p);
}
