/* dns{} in version 2, which Elastic's pipelines, Splunk's add-ons and EveBox all read. */
#include "eve_parts.h"

/* What all answers together may take of a line; what is over is left out. */
enum { ANSWERS_MAX = 16000, GROUPED_MAX = 10000, AUTHORITIES_MAX = 6000 };

static const struct { uint16_t number; const char *name; } types[] = {
    { 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 10, "NULL" }, { 12, "PTR" },
    { 13, "HINFO" }, { 15, "MX" }, { 16, "TXT" }, { 17, "RP" }, { 18, "AFSDB" }, { 24, "SIG" },
    { 25, "KEY" }, { 28, "AAAA" }, { 29, "LOC" }, { 33, "SRV" }, { 35, "NAPTR" }, { 36, "KX" },
    { 37, "CERT" }, { 39, "DNAME" }, { 41, "OPT" }, { 42, "APL" }, { 43, "DS" }, { 44, "SSHFP" },
    { 45, "IPSECKEY" }, { 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 49, "DHCID" },
    { 50, "NSEC3" }, { 51, "NSEC3PARAM" }, { 52, "TLSA" }, { 55, "HIP" }, { 59, "CDS" },
    { 60, "CDNSKEY" }, { 61, "OPENPGPKEY" }, { 62, "CSYNC" }, { 63, "ZONEMD" }, { 64, "SVCB" },
    { 65, "HTTPS" }, { 99, "SPF" }, { 249, "TKEY" }, { 250, "TSIG" }, { 251, "IXFR" },
    { 252, "AXFR" }, { 255, "ANY" }, { 256, "URI" }, { 257, "CAA" },
};

static void type_text(struct json *j, uint16_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0] && types[i].number <= type; i++)
        if (types[i].number == type) {
            js_cstring(j, types[i].name);
            return;
        }
    JS(j, "\"");
    js_u64(j, type);
    JS(j, "\"");
}

/* IANA, "DNS RCODEs". */
static void rcode_text(struct json *j, uint16_t rcode)
{
    static const char *const names[] = {
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
        "NXRRSET", "NOTAUTH", "NOTZONE", [16] = "BADVERS", "BADKEY", "BADTIME", "BADMODE",
        "BADNAME", "BADALG", "BADTRUNC",
    };
    if (rcode < sizeof names / sizeof names[0] && names[rcode] != NULL) {
        js_cstring(j, names[rcode]);
        return;
    }
    JS(j, "\"");
    js_u64(j, rcode);
    JS(j, "\"");
}

static void name_and_type(struct json *j, struct span name, uint16_t type)
{
    JS(j, "\"rrname\":");
    js_string(j, name, line_cut(CUT_NAME));
    JS(j, ",\"rrtype\":");
    type_text(j, type);
}

static void question_fields(struct json *j, const struct event *e, unsigned i)
{
    const struct dns_message *d = &e->dns;
    JS(j, "\"type\":\"query\",\"id\":");
    js_u64(j, d->id);
    JS(j, ",");
    name_and_type(j, d->question[i].name, d->question[i].type);
    if (e->tx_id >= 0)
        JS_NUMBER(j, "tx_id", (uint64_t)e->tx_id);
    JS_NUMBER(j, "opcode", d->opcode);
}

void eve_dns_question(struct json *j, const struct event *e, unsigned i)
{
    JS(j, ",\"dns\":{\"version\":2,");
    question_fields(j, e, i);
    JS(j, "}");
}

static void record(struct json *j, const struct dns_record *r)
{
    JS(j, "{");
    name_and_type(j, r->name, r->type);
    JS_NUMBER(j, "ttl", r->ttl);
    JS_FIELD(j, "rdata", r->rdata, line_cut(CUT_RDATA));
    JS(j, "}");
}

/* The most that a string can take in a line, every byte escaped. */
static ptrdiff_t at_most(struct span s, size_t cut)
{
    size_t n = s.n * 6;
    return (ptrdiff_t)(n < line_cut(cut) ? n : line_cut(cut));
}

static ptrdiff_t record_at_most(const struct dns_record *r)
{
    enum { PUNCTUATION = 80 };
    return at_most(r->name, CUT_NAME) + at_most(r->rdata, CUT_RDATA) + PUNCTUATION;
}

/* ,"name":[...] with the records of one section, as many as fit into `max`. */
static void section(struct json *j, const struct dns_message *d, enum dns_section which,
                    const char *opening, size_t max)
{
    const char *limit = j->p + max;
    bool first = true;
    for (unsigned i = 0; i < d->n_records; i++) {
        if (d->record[i].section != which)
            continue;
        if (limit - j->p < record_at_most(&d->record[i]))
            break;
        if (first)
            js_raw(j, opening, strlen(opening));
        else
            JS(j, ",");
        record(j, &d->record[i]);
        first = false;
    }
    if (!first)
        JS(j, "]");
}

static bool is_grouped(const struct dns_record *r)
{
    return r->section == DNS_ANSWER && r->rdata.n > 0;
}

/* Whether an earlier record already opened this type's list. */
static bool seen_type(const struct dns_message *d, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (is_grouped(&d->record[k]) && d->record[k].type == d->record[i].type)
            return true;
    return false;
}

/* "grouped":{"A":["192.0.2.1",...],...} */
static void grouped(struct json *j, const struct dns_message *d)
{
    const char *limit = j->p + GROUPED_MAX;
    JS(j, ",\"grouped\":");
    char *at = js_mark(j);
    for (unsigned i = 0; i < d->n_records; i++) {
        if (!is_grouped(&d->record[i]) || seen_type(d, i)
            || limit - j->p < record_at_most(&d->record[i]))
            continue;
        JS(j, ",");
        type_text(j, d->record[i].type);
        JS(j, ":[");
        for (unsigned k = i; k < d->n_records; k++) {
            if (!is_grouped(&d->record[k]) || d->record[k].type != d->record[i].type)
                continue;
            if (k > i && limit - j->p < record_at_most(&d->record[k]))
                break;
            if (k > i)
                JS(j, ",");
            js_string(j, d->record[k].rdata, line_cut(CUT_RDATA));
        }
        JS(j, "]");
    }
    js_close(j, at);
}

static void flag_fields(struct json *j, uint16_t flags)
{
    static const char hex[] = "0123456789abcdef";
    char text[4] = { hex[flags >> 12], hex[flags >> 8 & 15], hex[flags >> 4 & 15], hex[flags & 15] };
    size_t zeros = 0;       /* Suricata writes none in front */
    while (zeros < 3 && text[zeros] == '0')
        zeros++;
    JS(j, ",\"flags\":\"");
    js_raw(j, text + zeros, sizeof text - zeros);
    JS(j, "\"");
    if (flags & 0x8000)
        JS(j, ",\"qr\":true");
    if (flags & 0x0400)
        JS(j, ",\"aa\":true");
    if (flags & 0x0200)
        JS(j, ",\"tc\":true");
    if (flags & 0x0100)
        JS(j, ",\"rd\":true");
    if (flags & 0x0080)
        JS(j, ",\"ra\":true");
}

static void answer_fields(struct json *j, const struct dns_message *d)
{
    JS(j, "{\"version\":2,\"type\":\"answer\",\"id\":");
    js_u64(j, d->id);
    flag_fields(j, d->flags);
    JS_NUMBER(j, "opcode", d->opcode);
    if (d->n_questions > 0) {
        JS(j, ",");
        name_and_type(j, d->question[0].name, d->question[0].type);
    }
    JS(j, ",\"rcode\":");
    rcode_text(j, d->rcode);
    const char *before = j->p;
    section(j, d, DNS_ANSWER, ",\"answers\":[", ANSWERS_MAX);
    if (j->p > before)
        grouped(j, d);
    section(j, d, DNS_AUTHORITY, ",\"authorities\":[", AUTHORITIES_MAX);
    JS(j, "}");
}

void eve_dns_answer(struct json *j, const struct event *e)
{
    JS(j, ",\"dns\":");
    answer_fields(j, &e->dns);
}

/* In an alert, queries and answer stand side by side. */
void eve_dns_alert(struct json *j, const struct event *e)
{
    if (e->dns.response) {
        JS(j, ",\"dns\":{\"answer\":");
        answer_fields(j, &e->dns);
        JS(j, "}");
        return;
    }
    JS(j, ",\"dns\":{\"query\":[");
    for (unsigned i = 0; i < e->dns.n_questions; i++) {
        if (i > 0)
            JS(j, ",");
        JS(j, "{");
        question_fields(j, e, i);
        JS(j, "}");
    }
    JS(j, "]}");
}
