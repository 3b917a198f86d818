/* From a file to rules: lines, the header, the list of options. What an option means is read by
 * its noun's file, lang_*.c. */
#include "rules/lang.h"
#include "rules/lang_parse.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RULE_BYTES_MAX = 65536 };    /* of one rule, joined */

/* ---- refusals ---- */

static void __attribute__((format(printf, 3, 0)))
add_refusal(struct rules *r, struct refusal f, const char *format, va_list args)
{
    char text[400];
    int n = vsnprintf(text, sizeof text, format, args);
    f.reason = keep_text(&r->keep, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    r->refusals = keep_grow(&r->keep, r->refusals, r->n_refusals, sizeof *r->refusals);
    r->refusals[r->n_refusals++] = f;
}

/* Only the first thing wrong with a rule is told: the rest tends to follow from it. */
bool refuse(struct parser *p, const uint8_t *at, const char *remedy, const char *format, ...)
{
    if (p->refused)
        return false;
    p->refused = true;
    size_t offset = at >= p->text.p && at <= p->text.p + p->text.n ? (size_t)(at - p->text.p) : 0;
    unsigned j = 0;
    while (j + 1 < p->n_joins && p->joins[j + 1].at <= offset)
        j++;
    struct refusal f = { .file = p->file, .remedy = remedy, .sid = p->rule.sid,
                         .line = p->joins[j].line,
                         .column = p->joins[j].column + (uint32_t)(offset - p->joins[j].at) };
    va_list args;
    va_start(args, format);
    add_refusal(p->rules, f, format, args);
    va_end(args);
    return false;
}

void rules_refuse(struct rules *r, const struct rule *rule, uint32_t column, const char *remedy,
                  const char *format, ...)
{
    struct refusal f = { .file = rule->file, .line = rule->line, .column = column, .sid = rule->sid,
                         .remedy = remedy };
    va_list args;
    va_start(args, format);
    add_refusal(r, f, format, args);
    va_end(args);
}

/* ---- the header ---- */

static struct span next_word(struct span *rest)
{
    *rest = text_trim(*rest);
    size_t n = 0, depth = 0;
    while (n < rest->n && (depth > 0 || memchr(" \t\r\n", rest->p[n], 4) == NULL)) {
        depth += rest->p[n] == '[';
        depth -= rest->p[n] == ']' && depth > 0;
        n++;
    }
    struct span word = { rest->p, n };
    *rest = span_sub(*rest, n, rest->n);
    return word;
}

static bool read_action(struct parser *p, struct span w)
{
    static const char *const names[] = { "pass", "drop", "reject", "alert" };
    for (unsigned i = 0; i < 4; i++)
        if (span_is(w, names[i])) {
            p->rule.action = (enum rule_action)i;
            return true;
        }
    if (span_is(w, "rejectsrc") || span_is(w, "rejectdst") || span_is(w, "rejectboth")) {
        p->rule.action = RULE_REJECT;   /* what is sent to whom is decided by what was matched */
        return true;
    }
    return refuse(p, w.p, "use alert, drop, reject or pass", "unknown action '%.*s'",
                  (int)(w.n < 40 ? w.n : 40), (const char *)w.p);
}

static bool read_protocol(struct parser *p, struct span w)
{
    static const struct { const char *name; uint8_t proto; enum rule_app app; } known[] = {
        { "ip", 0, RULE_NONE }, { "tcp", IPPROTO_TCP, RULE_NONE }, { "udp", IPPROTO_UDP, RULE_NONE },
        { "icmp", IPPROTO_ICMP, RULE_NONE }, { "icmpv6", IPPROTO_ICMPV6, RULE_NONE },
        { "http", 0, RULE_HTTP }, { "http1", 0, RULE_HTTP }, { "http2", 0, RULE_HTTP },
        { "tls", 0, RULE_TLS }, { "ssl", 0, RULE_TLS }, { "dns", 0, RULE_DNS },
        { "quic", 0, RULE_QUIC }, { "npm", 0, RULE_NPM },
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (span_is_nocase(w, known[i].name)) {
            p->rule.proto = known[i].proto;
            p->rule.app = known[i].app;
            return true;
        }
    return refuse(p, w.p, "use ip, tcp, udp, icmp, http, tls, dns, quic or npm", "unknown protocol '%.*s'",
                  (int)(w.n < 40 ? w.n : 40), (const char *)w.p);
}

static bool read_header(struct parser *p, struct span head)
{
    struct span rest = head, word[7];
    for (unsigned i = 0; i < 7; i++) {
        word[i] = next_word(&rest);
        if (word[i].n == 0)
            return refuse(p, head.p + head.n,
                          "write: action protocol source port -> destination port (options)",
                          "the header ends too early");
    }
    if (text_trim(rest).n > 0)
        return refuse(p, rest.p, "write: action protocol source port -> destination port (options)",
                      "the header has a word too many");
    if (span_is(word[4], "<>"))
        p->rule.flags |= RULE_BOTH_WAYS;
    else if (!span_is(word[4], "->"))
        return refuse(p, word[4].p, "use -> or <>", "unknown direction '%.*s'",
                      (int)(word[4].n < 20 ? word[4].n : 20), (const char *)word[4].p);
    return read_action(p, word[0]) && read_protocol(p, word[1]) &&
           lang_addresses(p, word[2], &p->rule.src) && lang_ports(p, word[3], &p->rule.sport) &&
           lang_addresses(p, word[5], &p->rule.dst) && lang_ports(p, word[6], &p->rule.dport);
}

/* ---- options ---- */

/* An option ends at a semicolon without a backslash before it, quotes or not: so it is in Suricata,
 * and so `a\\;` does not end one. */
static size_t option_end(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ';' && (i == 0 || s.p[i - 1] != '\\'))
            return i;
    return s.n;
}

static bool read_options(struct parser *p, struct span body)
{
    while ((body = text_trim(body)).n > 0) {
        size_t end = option_end(body);
        if (end == body.n)
            return refuse(p, body.p, "end each option with ;", "this option has no end");
        struct span value = { body.p, end };
        size_t colon = span_find(value, ':');
        bool has_value = colon < end;
        struct span name = text_cut(&value, ':');
        if (name.n == 0)
            return refuse(p, body.p, "remove the extra ; or name the option", "an option without a name");
        if (!lang_option(p, name, text_trim(value), has_value))
            return false;
        body = span_sub(body, end + 1, body.n);
    }
    return true;
}

bool lang_option(struct parser *p, struct span name, struct span value, bool has_value)
{
    bool known = true;
    if (lang_payload_option(p, name, value, has_value, &known) || known)
        return !p->refused;
    known = true;
    if (lang_state_option(p, name, value, has_value, &known) || known)
        return !p->refused;
    known = true;
    if (lang_meta_option(p, name, value, has_value, &known) || known)
        return !p->refused;
    return refuse(p, name.p, "excise-rules(5) lists what there is; take the option or the rule out",
                  "keyword '%.*s' is not supported", (int)(name.n < 60 ? name.n : 60),
                  (const char *)name.p);
}

/* ---- a rule joins the others ---- */

static uint32_t sid_home(uint32_t gid, uint32_t sid)
{
    return (uint32_t)((((uint64_t)gid << 32 | sid) * 0x9e3779b97f4a7c15ULL) >> 32);
}

static void grow_index(struct rules *r)
{
    if (r->n + 1 < r->n_by_sid / 2)
        return;
    uint32_t n = r->n_by_sid > 0 ? r->n_by_sid * 2 : 1024;
    uint32_t *more = calloc(n, sizeof *more);
    if (more == NULL)
        abort();
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t at = sid_home(r->v[i].gid, r->v[i].sid) & (n - 1);
        while (more[at] != 0)
            at = (at + 1) & (n - 1);
        more[at] = i + 1;
    }
    free(r->by_sid);
    r->by_sid = more;
    r->n_by_sid = n;
}

/* Of two rules with one sid the one of the higher revision stays; of equals, the first. */
static void join_rules(struct parser *p)
{
    struct rules *r = p->rules;
    grow_index(r);
    uint32_t at = sid_home(p->rule.gid, p->rule.sid) & (r->n_by_sid - 1);
    for (; r->by_sid[at] != 0; at = (at + 1) & (r->n_by_sid - 1)) {
        struct rule *old = &r->v[r->by_sid[at] - 1];
        if (old->sid != p->rule.sid || old->gid != p->rule.gid)
            continue;
        if (old->rev >= p->rule.rev) {
            refuse(p, p->text.p, "give it a sid of its own, or a higher rev to replace the other",
                   "sid %u is taken by a rule of revision %u at %s:%u", old->sid, old->rev,
                   old->file, old->line);
        } else {
            rules_refuse(r, old, 1, "remove the older one", "sid %u is replaced by revision %u at %s:%u",
                         old->sid, p->rule.rev, p->rule.file, p->rule.line);
            *old = p->rule;
        }
        return;
    }
    r->v = keep_grow(&r->keep, r->v, r->n, sizeof *r->v);
    r->v[r->n++] = p->rule;
    r->by_sid[at] = r->n;
}

static void read_rule(struct parser *p)
{
    p->rule = (struct rule){ .gid = 1, .severity = 3, .msg = "", .file = p->file,
                             .line = p->joins[0].line };
    p->view = (struct view){ 0 };
    p->view_used = 0;
    p->last_content = -1;
    p->has_priority = p->has_sid = p->refused = false;

    size_t open = span_find(p->text, '(');
    struct span head = span_sub(p->text, 0, open), body = text_trim(span_sub(p->text, open, p->text.n));
    if (body.n < 2 || body.p[body.n - 1] != ')') {
        refuse(p, body.n > 0 ? body.p : p->text.p + p->text.n,
               "write the options in ( ), on one line or with \\ at line ends",
               "a rule without its list of options");
        return;
    }
    if (p->rules->n >= RULESET_RULES_MAX) {
        refuse(p, p->text.p, "load fewer rules", "there are more than %u rules", RULESET_RULES_MAX);
        return;
    }
    if (read_header(p, head) && read_options(p, span_sub(body, 1, body.n - 2)) && lang_settle(p))
        join_rules(p);
}

/* ---- lines ---- */

/* Takes a line off *rest, without its end. */
static struct span take_line(struct span *rest)
{
    size_t n = span_find(*rest, '\n');
    struct span line = { rest->p, n };
    *rest = span_sub(*rest, n + 1, rest->n);
    while (line.n > 0 &&
           (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    return line;
}

void rules_parse(struct rules *r, const struct lang_vars *vars, const char *file, struct span text)
{
    struct parser *p = calloc(1, sizeof *p);
    uint8_t *joined = malloc(RULE_BYTES_MAX);
    if (p == NULL || joined == NULL)
        abort();
    p->rules = r;
    p->vars = vars;
    p->file = keep_text(&r->keep, file, strlen(file));
    lang_cache_free(r);             /* the variables may be others than last time */

    uint32_t number = 0;
    while (text.n > 0) {
        size_t n = 0;
        bool more = true, fits = true;
        p->n_joins = 0;
        while (more && text.n > 0) {
            struct span line = take_line(&text);
            number++;
            if (p->n_joins == 0 && (text_trim(line).n == 0 || text_trim(line).p[0] == '#'))
                break;
            more = line.n > 0 && line.p[line.n - 1] == '\\';
            line.n -= more;
            fits = fits && n + line.n < RULE_BYTES_MAX && p->n_joins < 256;
            if (!fits)
                continue;
            uint32_t indent = 0;
            while (p->n_joins == 0 && indent < line.n && (line.p[indent] == ' ' || line.p[indent] == '\t'))
                indent++;
            p->joins[p->n_joins].at = (uint32_t)n;
            p->joins[p->n_joins].line = number;
            p->joins[p->n_joins++].column = indent + 1;
            memcpy(joined + n, line.p + indent, line.n - indent);
            n += line.n - indent;
        }
        if (p->n_joins == 0)
            continue;
        p->text = (struct span){ joined, n };
        p->refused = false;
        p->rule = (struct rule){ 0 };
        if (!fits)
            refuse(p, joined, "split it", "a rule of more than %u bytes or 256 lines", RULE_BYTES_MAX);
        else
            read_rule(p);
    }
    free(joined);
    free(p);
}

void rules_free(struct rules *r)
{
    lang_cache_free(r);
    free(r->by_sid);
    keep_free(&r->keep);
    *r = (struct rules){ 0 };
}
