/* rules/lang: what is read, and where what is not read is refused. */
#include "rules/lang.h"
#include "rules/lang_parse.h"
#include "test.h"

#include <stdio.h>

static struct rules parse(const char *text)
{
    struct rules r = { 0 };
    struct lang_vars vars;
    lang_vars_default(&vars, NULL);
    struct span all = { (const uint8_t *)text, strlen(text) }, copy = exact_copy(all, all.n);
    rules_parse(&r, &vars, "dir/test.rules", copy);
    exact_free(copy);
    return r;
}

static void a_published_rule_is_read_whole(void **state)
{
    (void)state;
    struct rules r = parse(
        "# a comment\n\n"
        "alert http $HOME_NET any -> $EXTERNAL_NET any (msg:\"ET MALWARE Beacon \\(Test\\)\"; flow:established,to_server; \\\n"
        "    http.method; content:\"POST\"; http.uri; content:\"/pdown\"; fast_pattern; startswith; \\\r\n"
        "    http.header_names; content:!\"Referer\"; reference:url,example.com/a; reference:cve,2021-44228; \\\n"
        "    classtype:command-and-control; sid:2000001; rev:4; metadata:created_at 2025_01_02, deployment Perimeter, tag a b;)\n");
    CHECK(r.n == 1 && r.n_refusals == 0);
    const struct rule *v = &r.v[0];
    CHECK(v->sid == 2000001 && v->rev == 4 && v->gid == 1 && v->severity == 1 && v->line == 3);
    CHECK(strcmp(v->msg, "ET MALWARE Beacon \\(Test\\)") == 0);
    CHECK(strcmp(v->category, "Malware Command and Control Activity Detected") == 0);
    CHECK(v->n_metadata == 3 && span_is(v->metadata[2].key, "tag") && span_is(v->metadata[2].value, "a b"));
    CHECK(v->n_references == 2 && span_is(v->references[0].value, "http://example.com/a"));
    CHECK(span_is(v->references[1].value, "https://www.cve.org/CVERecord?id=CVE-2021-44228"));
    CHECK(v->n_opts == 3 && v->opts[1].fast && v->opts[2].flags & OPT_NOT && v->app == RULE_HTTP);
    rules_free(&r);
}

static void old_modifiers_move_the_content(void **state)
{
    (void)state;
    struct rules r = parse("alert tcp any any -> any any (content:\"a\"; http_uri; content:\"b\"; nocase; http_header; pcre:\"/x/U\"; uricontent:\"c\"; sid:1;)");
    CHECK(r.n == 1 && r.v[0].n_opts == 4);
    CHECK(r.v[0].opts[0].view.buffer == BUF_HTTP_URI && r.v[0].opts[1].view.buffer == BUF_HTTP_HEADER);
    CHECK(r.v[0].opts[2].view.buffer == BUF_HTTP_URI && r.v[0].opts[3].view.buffer == BUF_HTTP_URI);
    rules_free(&r);
}

static void older_sticky_names_come_before_the_content(void **state)
{
    (void)state;
    struct rules r = parse("alert http any any -> any any (http_referer; content:\"a\"; http_header_names; content:\"b\"; sid:1;)");
    CHECK(r.n == 1 && r.v[0].opts[0].view.buffer == BUF_HTTP_REFERER && r.v[0].opts[1].view.buffer == BUF_HTTP_HEADER_NAMES);
    rules_free(&r);
}

static void hashes_are_small_and_serials_in_capitals(void **state)
{
    (void)state;
    struct rules r = parse("alert tls any any -> any any (ja3.hash; content:\"AB\"; tls.cert_serial; content:\"0a:b\"; "
                           "tls.fingerprint:\"C:d\"; tls.issuerdn:!\"CN=x\"; tls.sni; content:\"Ab\"; sid:1;)");
    CHECK(r.n == 1 && r.v[0].n_opts == 5);
    const struct option *o = r.v[0].opts;
    CHECK(span_is(o[0].text, "ab") && span_is(o[1].text, "0A:B") && span_is(o[2].text, "c:d") && span_is(o[4].text, "Ab"));
    CHECK(o[3].view.buffer == BUF_TLS_ISSUER && o[3].flags == OPT_NOT && o[4].view.buffer == BUF_TLS_SNI);
    rules_free(&r);
}

/* The rules that are held against Suricata: forms that published rule sets use. */
static void published_forms_load(void **state)
{
    (void)state;
    struct rules r = { 0 };
    struct lang_vars vars;
    struct error err = { "" };
    lang_vars_default(&vars, NULL);
    CHECK(rules_load(&r, &vars, "tests/replay/suricata_diff/published.rules", &err) == 0);
    CHECK(r.n > 150 && r.n_refusals == 0);
    rules_free(&r);
}

static void the_classtype_gives_the_severity_unless_priority_does(void **state)
{
    (void)state;
    struct rules r = parse("alert http any any -> any any (priority:4; classtype:trojan-activity; sid:1;)\n"
                           "alert http any any -> any any (classtype:misc-activity; sid:2;)\n"
                           "alert http any any -> any any (sid:3;)\n");
    CHECK(r.n == 3 && r.v[0].severity == 4 && r.v[1].severity == 3 && r.v[2].severity == 3);
    rules_free(&r);
}

static void the_higher_revision_stays(void **state)
{
    (void)state;
    struct rules r = parse("alert http any any -> any any (msg:\"a\"; sid:1; rev:1;)\n"
                           "alert http any any -> any any (msg:\"b\"; sid:1; rev:3;)\n"
                           "alert http any any -> any any (msg:\"c\"; sid:1; rev:2;)\n"
                           "alert http any any -> any any (msg:\"d\"; gid:2; sid:1;)\n");
    CHECK(r.n == 2 && strcmp(r.v[0].msg, "b") == 0 && r.n_refusals == 2 && r.refusals[1].line == 3);
    rules_free(&r);
}

/* Text of a rule with @ where the refusal must point. */
static void refused(const char *marked, const char *reason)
{
    char text[1024];
    size_t n = 0, column = 0;
    for (const char *p = marked; *p != '\0'; p++)
        if (*p == '@')
            column = n + 1;
        else
            text[n++] = *p;
    text[n] = '\0';
    struct rules r = parse(text);
    bool ok = r.n == 0 && r.n_refusals == 1 && r.refusals[0].line == 1 && r.refusals[0].column == column &&
              strstr(r.refusals[0].reason, reason) != NULL && r.refusals[0].remedy[0] != '\0';
    if (!ok && r.n_refusals > 0)
        fprintf(stderr, "%s\n  refused at column %u (want %zu): %s\n", text, r.refusals[0].column, column, r.refusals[0].reason);
    CHECK(ok);
    rules_free(&r);
}

static void refusals_point_at_what_is_wrong(void **state)
{
    (void)state;
    refused("@config http any any -> any any (sid:1;)", "unknown action");
    refused("alert @smtp any any -> any any (sid:1;)", "unknown protocol");
    refused("alert tcp @$NOPE any -> any any (sid:1;)", "unknown variable '$NOPE'");
    refused("alert tcp @10.0.0.256 any -> any any (sid:1;)", "is no address");
    refused("alert tcp any any -> any @[80,x] (sid:1;)", "is no port");
    refused("alert tcp @!any any -> any any (sid:1;)", "nothing is left");
    refused("alert tcp any any @<- any any (sid:1;)", "unknown direction");
    refused("alert tcp any any -> any any@", "without its list of options");
    refused("alert http any any -> any any (@byte_jump:1,2; sid:1;)", "'byte_jump' is not supported");
    refused("@alert http any any -> any any (msg:\"x\";)", "without a sid");
    refused("alert http any any -> any any (msg:@x; sid:1;)", "without quotes");
    refused("alert http any any -> any any (http.uri; content:\"a@\\b\"; sid:1;)", "a backslash");
    refused("alert http any any -> any any (http.uri; content:\"a|0@g|\"; sid:1;)", "hex digit");
    refused("alert http any any -> any any (http.uri; content:\"a@|0|\"; sid:1;)", "half a byte");
    refused("alert http any any -> any any (http.uri; content:@\"\"; sid:1;)", "0 bytes");
    refused("alert http any any -> any any (http.uri; @nocase; content:\"a\"; sid:1;)", "without a content");
    refused("alert http any any -> any any (http.uri; content:\"abc\"; depth:@2; sid:1;)", "can't hold");
    refused("alert http any any -> any any (http.uri; content:\"abc\"; depth:@x; sid:1;)", "no such number");
    refused("alert http any any -> any any (http.uri; content:@\"abc\"; distance:1; offset:1; sid:1;)", "bound both");
    refused("alert http any any -> any any (http.uri; pcre:\"/a(@/\"; sid:1;)", "not sound");
    refused("alert http any any -> any any (http.uri; pcre:\"/a/@q\"; sid:1;)", "pcre flag");
    refused("alert tcp any any -> any any (content:@\"abc\"; sid:1;)", "payload of packets");
    refused("alert http any any -> any any (tls.sni; content:@\"abc\"; sid:1;)", "in a rule of http");
    refused("alert http any any -> any any (http.host; content:@\"Abc\"; sid:1;)", "small letters");
    refused("alert http any any -> any any (classtype:@nope; sid:1;)", "unknown classtype");
    refused("alert http any any -> any any (flow:to_server,@to_sideways; sid:1;)", "unknown flow condition");
    refused("alert dns any any -> any any (dns.query; dataset:@set,x,type string,load f; sid:1;)", "not supported");
    refused("alert dns any any -> any any (dns.query; dataset:isset,@x,type wat,load f; sid:1;)", "no known type");
    refused("alert dns any any -> any any (xbits:set,x,track @port; sid:1;)", "nobody to track");
    refused("alert dns any any -> any any (xbits:@set,x; sid:1;)", "track nobody");
    refused("alert dns any any -> any any (xbits:@put,x,track ip_src; sid:1;)", "unknown operation");
    refused("alert dns any any -> any any (xbits:set,x,track ip_src,@expire 0; sid:1;)", "no part of xbits");
    refused("alert dns any any -> any any (hostbits:@set; sid:1;)", "without a name");
    refused("alert dns any any -> any any (flowbits:@set,a|b; sid:1;)", "several names");
    refused("alert tls any any -> any any (tls.subject:\"CN=a\"; @nocase; sid:1;)", "without a content");
    refused("alert http any any -> any any (content:@\"a\"; http_referer; sid:1;)", "payload of packets");
    refused("alert http any any -> any any (http.uri; content:\"a\"; @to_md5; sid:1;)", "without a buffer before it");
    refused("alert http any any -> any any (threshold:@type limit, track by_src; sid:1;)", "needs");
    refused("alert http any any -> any any (sid:1; @rev:1)", "has no end");
    refused("@alert udp any any -> any any (http.uri; content:\"a\"; sid:1;)", "this transport");
    refused("@alert http any any -> any any (flow:to_server; http.stat_code; content:\"200\"; sid:1;)", "comes from the server");
}

static void a_refusal_in_a_continued_line_names_that_line(void **state)
{
    (void)state;
    struct rules r = parse("alert http any any -> any any (sid:1;)\n"
                           "alert http any any -> any any (msg:\"a\"; \\\n"
                           "      http.uri; byte_test:1; sid:2;)\n"
                           "alert http any any -> any any (sid:3;)\n");
    CHECK(r.n == 2 && r.n_refusals == 1 && r.refusals[0].line == 3 && r.refusals[0].column == 17);
    CHECK(strcmp(r.refusals[0].file, "dir/test.rules") == 0);
    rules_free(&r);
}

static void addresses_become_intervals(void **state)
{
    (void)state;
    struct rules r = parse("alert ip [10.0.0.0/8,!10.1.0.0/16] any -> ![192.0.2.1,2001:db8::/32] [1:10,5:20,21,!3] (sid:1;)");
    CHECK(r.n == 1 && r.v[0].src->n == 2 && r.v[0].dst->n == 3);
    CHECK(r.v[0].dport->n == 2 && r.v[0].dport->v[0].first == 1 && r.v[0].dport->v[0].last == 2 && r.v[0].dport->v[1].first == 4 && r.v[0].dport->v[1].last == 21);
    rules_free(&r);
}

static void every_cut_of_a_rule_is_refused_and_the_next_line_loads(void **state)
{
    (void)state;
    static const char whole[] = "alert http [10.0.0.0/8,!10.1.0.0/16] any -> any [80,8080:] (msg:\"a\"; http.uri; dotprefix; content:\"|61|b\"; nocase; "
                                "pcre:\"/a(b)/i\"; threshold:type limit, track by_src, count 1, seconds 60; sid:7; rev:1;)";
    for (size_t n = 1; n < sizeof whole - 1; n++) {
        char text[600];
        snprintf(text, sizeof text, "%.*s\nalert http any any -> any any (sid:8;)\n", (int)n, whole);
        struct rules r = parse(text);
        CHECK(r.n == 1 && r.v[0].sid == 8 && r.n_refusals == 1);
        rules_free(&r);
    }
}

static void the_manual_names_every_buffer_and_class(void **state)
{
    (void)state;
    static char page[65536];
    FILE *f = fopen("firmware/man/excise-rules.5", "r");
    CHECK(f != NULL);
    size_t n = fread(page, 1, sizeof page - 1, f), out = 0;
    fclose(f);
    for (size_t i = 0; i < n; i++)              /* roff writes a hyphen as \- */
        if (page[i] != '\\')
            page[out++] = page[i];
    page[out] = '\0';
    for (int b = BUF_NONE + 1; b < BUF_COUNT; b++) {
        const struct buffer_info *info = buffer_info((enum buffer)b);
        const char *names[3] = { info->name, info->modifier, info->alias };
        for (unsigned k = 0; k < 3; k++)
            CHECK(names[k] == NULL || strstr(page, names[k]) != NULL);
    }
    CHECK(strstr(page, "trojan-activity") != NULL && class_by_name(SPAN("trojan-activity")) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_rule_is_read_whole),
        cmocka_unit_test(old_modifiers_move_the_content),
        cmocka_unit_test(older_sticky_names_come_before_the_content),
        cmocka_unit_test(hashes_are_small_and_serials_in_capitals),
        cmocka_unit_test(published_forms_load),
        cmocka_unit_test(the_classtype_gives_the_severity_unless_priority_does),
        cmocka_unit_test(the_higher_revision_stays),
        cmocka_unit_test(refusals_point_at_what_is_wrong),
        cmocka_unit_test(a_refusal_in_a_continued_line_names_that_line),
        cmocka_unit_test(addresses_become_intervals),
        cmocka_unit_test(the_manual_names_every_buffer_and_class),
        cmocka_unit_test(every_cut_of_a_rule_is_refused_and_the_next_line_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
