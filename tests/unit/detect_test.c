/* detect: what each keyword finds, and what it must not. */
#include "detect_help.h"

#include <unistd.h>

static void content_modifiers_bind_to_places(void **state)
{
    (void)state;
    CHECK(uri_rule("content:\"/abc\";", "/x/abc") && !uri_rule("content:\"/abc\";", "/x/ABC"));
    CHECK(uri_rule("content:\"/aBc\"; nocase;", "/x/AbC") && !uri_rule("content:\"/abc\"; nocase;", "/x/ab"));
    CHECK(uri_rule("content:\"/ab\"; startswith;", "/abc") && !uri_rule("content:\"/ab\"; startswith;", "//abc"));
    CHECK(uri_rule("content:\"bc\"; endswith;", "/abc") && !uri_rule("content:\"bc\"; endswith;", "/abcd"));
    CHECK(uri_rule("content:\"bc\"; endswith;", "/bcbc"));
    CHECK(uri_rule("content:\"/abc\"; startswith; endswith;", "/abc") && !uri_rule("content:\"/abc\"; startswith; endswith;", "/abcabc"));
    CHECK(uri_rule("content:\"c\"; offset:3;", "/abc") && !uri_rule("content:\"b\"; offset:3;", "/abc"));
    CHECK(uri_rule("content:\"ab\"; depth:3;", "/abc") && !uri_rule("content:\"bc\"; depth:3;", "/abc"));
    CHECK(uri_rule("content:\"bc\"; offset:2; depth:2;", "/abc") && !uri_rule("content:\"cd\"; offset:2; depth:2;", "/abcd"));
    CHECK(uri_rule("content:\"/\"; content:\"abc\"; distance:1; within:3;", "/1abc"));
    CHECK(!uri_rule("content:\"/\"; content:\"abc\"; distance:1; within:3;", "/12abc"));
    CHECK(uri_rule("content:\"ab\"; content:\"b\"; distance:-1; within:1;", "/ab"));
    CHECK(!uri_rule("content:\"b\"; content:\"a\"; distance:0;", "/ab"));
    CHECK(uri_rule("content:\"a|62 63|d\";", "/abcd") && uri_rule("content:\"a\\;b\\\"c\\:d\";", "/a;b\"c:d"));
}

static void an_earlier_content_tries_its_next_place(void **state)
{
    (void)state;
    CHECK(uri_rule("content:\"a\"; content:\"z\"; distance:0; within:1;", "/aabaz"));
    CHECK(!uri_rule("content:\"a\"; content:\"z\"; distance:0; within:1;", "/aabayz"));
    CHECK(uri_rule("pcre:\"/a/\"; content:\"z\"; distance:0; within:1;", "/aabaz"));
}

static void negation_and_sizes(void **state)
{
    (void)state;
    CHECK(uri_rule("content:\"/a\"; content:!\"b\";", "/ac") && !uri_rule("content:\"/a\"; content:!\"b\";", "/ab"));
    CHECK(uri_rule("content:!\"b\";", "/ac") && !uri_rule("content:!\"b\";", "/ab"));
    CHECK(uri_rule("content:\"a\"; content:!\"b\"; within:1;", "/acb") && !uri_rule("content:\"a\"; content:!\"b\"; within:1;", "/ab"));
    CHECK(uri_rule("bsize:4;", "/abc") && !uri_rule("bsize:4;", "/abcd"));
    CHECK(uri_rule("bsize:<5;", "/abc") && !uri_rule("bsize:<4;", "/abc") && uri_rule("bsize:>3;", "/abc"));
    CHECK(uri_rule("bsize:3<>5;", "/abc") && !uri_rule("bsize:4<>6;", "/abc"));
    CHECK(uri_rule("urilen:4;", "/abc") && uri_rule("urilen:<10,raw;", "/abc") && !uri_rule("urilen:>4;", "/abc"));
    CHECK(uri_rule("isdataat:3;", "/abc") && !uri_rule("isdataat:4;", "/abc"));
    CHECK(uri_rule("content:\"bc\"; isdataat:!1,relative;", "/abc") && !uri_rule("content:\"b\"; isdataat:!1,relative;", "/abc"));
}

static void regular_expressions(void **state)
{
    (void)state;
    CHECK(uri_rule("pcre:\"/^\\/a[0-9]+$/\";", "/a12") && !uri_rule("pcre:\"/^\\/a[0-9]+$/\";", "/a12b"));
    CHECK(uri_rule("pcre:\"/ABC/i\";", "/abc") && uri_rule("content:\"/a\"; pcre:\"/^b+c/R\";", "/abbc"));
    CHECK(!uri_rule("content:\"/a\"; pcre:\"/^b+c/R\";", "/axbc") && uri_rule("pcre:!\"/x/\";", "/abc"));
    CHECK(uri_rule("pcre:\"/(a)\\1b(?=c)/\";", "/aabc"));       /* not for Hyperscan: checked every time */
    CHECK(uri_rule("pcre:\"/\\/a/\"; content:\"c\"; distance:1; within:1;", "/abc"));
}

static void the_uri_is_normalised(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert http any any -> any any (http.uri; content:\"/a/b c\"; startswith; sid:1;)\n"
                             "alert http any any -> any any (http.uri.raw; content:\"%62\"; sid:2;)\n"
                             "alert http any any -> any any (content:\"/old\"; http_uri; content:\"npm\"; http_user_agent; sid:3;)\n");
    CHECK(b->stats.rules == 3);
    CHECK(bed_uri(b, "/a/b%20c") == 1 && b->sids[0] == 1);
    CHECK(bed_uri(b, "//a/./x/../%62 c?q=1") == 2);
    CHECK(bed_uri(b, "http://evil.example/a/b c") == 1);
    CHECK(bed_uri(b, "\\a\\b c") == 1);
    CHECK(bed_uri(b, "/x?u=/a/b c") == 0);
    CHECK(bed_uri(b, "/old") == 1 && b->sids[0] == 3);
    CHECK(bed_uri(b, "/%6fld") == 1 && bed_uri(b, "/%6") == 0 && bed_uri(b, "/..") == 0);
    bed_close(b);
}

static void headers_have_their_buffers(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert http any any -> any any (http.header; content:\"User-Agent: npm/11.6.1 node/v22|0D 0A|\"; sid:1;)\n"
        "alert http any any -> any any (http.header; content:\"Cookie\"; sid:2;)\n"
        "alert http any any -> any any (http.header_names; content:\"|0D 0A|Host|0D 0A|User-Agent|0D 0A|\"; sid:3;)\n"
        "alert http any any -> any any (http.cookie; content:\"a=b\"; bsize:3; sid:4;)\n"
        "alert http any any -> any any (http.method; content:\"GET\"; http.protocol; content:\"1.1\"; sid:5;)\n"
        "alert http any any -> any any (http.start; content:\"GET / HTTP/1.1|0D 0A|Host: x|0D 0A|\"; startswith; sid:6;)\n"
        "alert http any any -> any any (http.referer; content:!\"x\"; sid:7;)\n"
        "alert http any any -> any any (http.header; to_lowercase; content:\"user-agent\"; sid:8;)\n");
    CHECK(b->stats.rules == 8);
    CHECK(bed_uri(b, "/") == 6);
    CHECK(b->sids[0] == 1 && b->sids[1] == 3 && b->sids[2] == 4 && b->sids[3] == 5 && b->sids[4] == 6 && b->sids[5] == 8);
    bed_close(b);
}

static void endings_stop_at_labels(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert tls any any -> any any (tls.sni; dotprefix; content:\".evil.com\"; nocase; endswith; sid:1;)\n"
        "alert tls any any -> any any (tls.sni; content:\".evil.com\"; endswith; sid:2;)\n"
        "alert tls any any -> any any (tls.sni; content:\"evil.com\"; startswith; endswith; sid:3;)\n"
        "alert tls any any -> any any (ja3.hash; content:\"e7d705a3286e19ea42f587b344ee6865\"; tls.sni; content:\"ja3\"; sid:4;)\n"
        "alert tls any any -> any any (ja4.hash; content:\"t13d1516h2_\"; startswith; tls.sni; content:\"ja4\"; sid:5;)\n");
    CHECK(b->stats.rules == 5 && b->stats.endings == 2);
    CHECK(bed_sni(b, "evil.com") == 2 && b->sids[0] == 1 && b->sids[1] == 3);
    CHECK(bed_sni(b, "a.b.evil.com") == 2 && b->sids[1] == 2);
    CHECK(bed_sni(b, "A.EVIL.com") == 1 && b->sids[0] == 1);
    CHECK(bed_sni(b, "notevil.com") == 0 && bed_sni(b, "evil.com.org") == 0 && bed_sni(b, "") == 0);
    CHECK(bed_sni(b, "ja3.x") == 1 && b->sids[0] == 4 && bed_sni(b, "ja4.x") == 1 && b->sids[0] == 5);
    bed_close(b);
}

static unsigned dns(struct bed *b, const char *name, bool response, uint16_t id)
{
    struct dns_message m = { .id = id, .response = response, .n_questions = 2 };
    m.question[0].name = SPAN("first.example");
    m.question[1].name = bytes_of(name);
    return bed_fact(b, &(struct fact){ .kind = FACT_DNS, .dir = response ? TO_CLIENT : TO_SERVER, .dns = &m });
}

static void a_query_is_each_of_its_questions(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert dns any any -> any any (dns.query; content:\"c2.example\"; nocase; bsize:10; sid:1;)\n"
                             "alert udp any any -> any 53 (dns_query; content:\"x\"; sid:2;)\n");
    CHECK(b->stats.rules == 2);
    CHECK(dns(b, "C2.example", false, 1) == 1 && dns(b, "C2.example", false, 1) == 0 && dns(b, "C2.example", false, 2) == 1);
    bed_new_flow(b);
    CHECK(dns(b, "c2.example", true, 1) == 0);
    CHECK(dns(b, "c2.example.org", false, 3) == 0);
    bed_close(b);
}

/* ---- lists ---- */

static void put_file(char *path, const char *name, const char *text)
{
    snprintf(path, 200, "build/unit-%d-%s", (int)getpid(), name);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static unsigned package(struct bed *b, uint32_t tx_id, const char *name, const char *version)
{
    char spec[200];
    snprintf(spec, sizeof spec, version[0] != '\0' ? "%s@%s" : "%s", name, version);
    struct npm_fact n = { .kind = version[0] != '\0' ? NPM_TARBALL : NPM_METADATA, .name = bytes_of(name),
                          .version = bytes_of(version), .spec = bytes_of(spec), .registry = SPAN("registry.npmjs.org"),
                          .client = SPAN("npm/11.6.1") };
    struct http_tx tx = { .id = tx_id, .has_request = true };
    tx.req.uri = SPAN("/");
    return bed_fact(b, &(struct fact){ .kind = FACT_NPM, .npm = &n, .http = &tx });
}

static void a_listed_package_hits_once_each(void **state)
{
    (void)state;
    char list[200], text[1000];
    put_file(list, "npm.tsv", "package\tversions\tcampaign\nevil-pkg\t*\tci-4\nchalk\t5.6.1\tqix\n");
    snprintf(text, sizeof text, "drop npm any any -> any any (msg:\"listed\"; npm.package; dataset:isset,bad,type npm,load %s; sid:1;)\n"
                                "alert npm any any -> any any (npm.kind; content:\"metadata\"; npm.package; content:\"evil\"; sid:2;)\n",
             strrchr(list, '/') + 1);
    struct bed *b = bed_open_file("build/test.rules", text);
    CHECK(b->stats.rules == 2);
    CHECK(package(b, 0, "left-pad", "1.3.0") == 0);
    CHECK(package(b, 1, "evil-pkg", "1.0.0") == 1 && b->sids[0] == 1 && strcmp(b->thing, "evil-pkg@1.0.0") == 0);
    CHECK(strcmp(b->cell, "ci-4") == 0);
    CHECK(package(b, 2, "evil-pkg", "1.0.0") == 0);     /* the same on the same connection */
    CHECK(package(b, 3, "evil-pkg", "1.0.1") == 1);
    CHECK(package(b, 4, "chalk", "5.6.1") == 1 && strcmp(b->cell, "qix") == 0);
    CHECK(package(b, 5, "chalk", "5.6.0") == 0 && package(b, 6, "chalk", "") == 0);
    CHECK(package(b, 7, "evil-pkg", "") == 2 && strcmp(b->thing, "") == 0);
    bed_new_flow(b);
    CHECK(package(b, 0, "evil-pkg", "1.0.0") == 1);
    bed_close(b);
    unlink(list);
}

static void more_things_than_a_flow_remembers(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert npm any any -> any any (npm.package; content:\"e\"; sid:1;)");
    for (uint32_t i = 0; i < 40; i++)
        CHECK(package(b, i, "evil", "1.0.0") == 1);
    for (uint32_t i = 0; i < 40; i++)
        CHECK(package(b, i, "evil", "1.0.0") == 0);
    bed_close(b);
}

static void lists_of_domains_strings_digests(void **state)
{
    (void)state;
    char domains[200], strings[200], md5[200], ips[200], text[3000];
    put_file(domains, "d", "evil.com\n");
    put_file(strings, "s", "L2JhZA==\n");
    put_file(md5, "m", "e7d705a3286e19ea42f587b344ee6865\n");
    put_file(ips, "i", "198.51.100.0/24\n");
    snprintf(text, sizeof text,
             "alert tls any any -> any any (tls.sni; dataset:isset,d,type domain,load %s; sid:1;)\n"
             "alert http any any -> any any (http.host; dataset:isset,d; sid:2;)\n"
             "alert http any any -> any any (http.uri; dataset:isset,s,type string,load %s,memcap 10mb,hashsize 1024; sid:3;)\n"
             "alert tls any any -> any any (ja3.hash; dataset:isset,m,type md5,load %s; sid:4;)\n"
             "alert http any any -> any any (http.host; dataset:isnotset,d; http.uri; content:\"/only\"; sid:5;)\n"
             "alert ip any any -> any any (ip.dst; dataset:isset,i,type ip,load %s; sid:6;)\n"
             "alert tls any any -> any any (tls.sni; dataset:isset,none,type domain,load no-such-file; sid:7;)\n",
             domains + 6, strings + 6, md5 + 6, ips + 6);
    struct bed *b = bed_open_file("build/test.rules", text);
    CHECK(b->stats.rules == 6 && b->rules.n_refusals == 1 && b->rules.refusals[0].sid == 7 && b->rules.refusals[0].line == 7);
    CHECK(bed_sni(b, "www.evil.com") == 2 && strcmp(b->thing, "e7d705a3286e19ea42f587b344ee6865") == 0);
    CHECK(bed_sni(b, "evil.com.net") == 1);
    CHECK(bed_get(b, "evil.com", "/only") == 1 && b->sids[0] == 2);
    CHECK(bed_get(b, "good.com", "/only") == 1 && b->sids[0] == 5);
    CHECK(bed_get(b, "good.com", "/bad") == 1 && b->sids[0] == 3 && bed_get(b, "good.com", "/bad/") == 0);
    b->n_hits = 0;
    b->m.dst = address("198.51.100.77");
    bed_new_flow(b);
    detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 1 && b->sids[0] == 6);
    bed_close(b);
    unlink(domains);
    unlink(strings);
    unlink(md5);
    unlink(ips);
}

/* ---- header, flow, actions ---- */

static void addresses_and_ports(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert http $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS (sid:1;)\n"
        "alert http $EXTERNAL_NET any -> $HOME_NET any (sid:2;)\n"
        "alert http [10.0.0.0/8,!10.0.0.5] any -> any any (sid:3;)\n"
        "alert http any 1024: -> any [1:79,81:90] (sid:4;)\n"
        "alert http 203.0.113.0/24 any <> any any (sid:5;)\n"
        "alert http !10.0.0.6 !22 -> [203.0.113.1-203.0.113.9,[2001:db8::/32]] any (sid:6;)\n"
        "alert http any any -> any any (flow:to_client; sid:7;)\n"
        "alert http any any -> any any (flow:established,to_server; sid:8;)\n"
        "alert http any any -> any any (flow:not_established; sid:9;)\n"
        "alert udp any any -> any any (dns.query; content:\"e\"; sid:10;)\n");
    CHECK(b->stats.rules == 10);
    CHECK(bed_uri(b, "/") == 4);
    CHECK(b->sids[0] == 1 && b->sids[1] == 5 && b->sids[2] == 6 && b->sids[3] == 8);
    bed_close(b);
}

static void rules_of_the_flow_alone(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert tcp any any -> 203.0.113.9 80 (sid:1;)\n"
                             "alert tcp any any -> any 80 (flow:established,to_server; sid:2;)\n"
                             "alert ip any any -> 203.0.113.10 any (sid:3;)\n"
                             "alert tcp any 80 -> any any (flow:to_client; sid:4;)\n"
                             "alert tcp any any -> any 80 (app-layer-protocol:!tls; sid:5;)\n");
    CHECK(b->stats.rules == 5 && detect_wants_flows(b->d));
    b->flow.established = false;
    detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 1 && b->sids[0] == 1 && !detect_flow_due(&b->df, TO_SERVER, false));
    b->flow.established = true;
    CHECK(detect_flow_due(&b->df, TO_SERVER, true));
    detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
    detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 2 && b->sids[1] == 2);
    b->m = (struct meta){ .proto = IPPROTO_TCP, .src = b->flow.server, .dst = b->flow.client, .sport = 80, .dport = 40000,
                          .dir = TO_CLIENT, .flow = &b->flow };
    detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 3 && b->sids[2] == 4);
    b->m = (struct meta){ .proto = IPPROTO_TCP, .src = b->flow.client, .dst = b->flow.server, .sport = 40000, .dport = 80,
                          .flow = &b->flow, .app_proto = "tls" };
    detect_app(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 3);
    b->m.app_proto = "failed";
    detect_app(b->d, &b->m, &b->df, bed_hit, b);
    CHECK(b->n_hits == 4 && b->sids[3] == 5);
    bed_close(b);
}

static void addresses_of_many_rules_are_found_by_one_search(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = 0;
    for (unsigned i = 0; i < 500; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "alert ip any any -> 203.0.%u.%u any (sid:%u;)\n", i / 200, i % 200, i + 1);
    n += (size_t)snprintf(text + n, sizeof text - n, "alert ip any any -> [203.0.0.0/24,198.51.100.1] any (sid:600;)\n"
                                                     "alert ip 10.0.0.4/31 any -> any any (sid:601;)\n"
                                                     "alert ip any any -> ::1 any (sid:602;)\n"
                                                     "alert ip any any <> 203.0.1.7 any (sid:603;)\n"
                                                     "alert tcp any any -> any 80 (sid:604;)\n"
                                                     "alert ip any any -> ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124 any (sid:605;)\n");
    struct bed *b = bed_open(text);
    CHECK(b->stats.rules == 506 && b->stats.always == 2);
    static const struct { const char *dst; unsigned n; uint32_t sids[5]; } cases[] = {
        { "203.0.0.0", 4, { 1, 600, 601, 604 } }, { "203.0.1.7", 4, { 208, 601, 603, 604 } },
        { "203.0.0.255", 3, { 600, 601, 604 } },  { "203.0.1.199", 3, { 400, 601, 604 } },
        { "203.0.3.1", 2, { 601, 604 } },         { "198.51.100.1", 3, { 600, 601, 604 } },
        { "::1", 3, { 601, 602, 604 } },          { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 3, { 601, 604, 605 } },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        b->n_hits = 0;
        b->m.dst = address(cases[i].dst);
        bed_new_flow(b);
        detect_flow_start(b->d, &b->m, &b->df, bed_hit, b);
        CHECK(b->n_hits == cases[i].n && memcmp(b->sids, cases[i].sids, cases[i].n * sizeof(uint32_t)) == 0);
    }
    bed_close(b);
}

static void a_pass_rule_goes_first(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert http any any -> any any (http.uri; content:\"/a\"; sid:1;)\n"
                             "drop http any any -> any any (http.uri; content:\"/a\"; sid:2;)\n"
                             "pass http any any -> any any (http.uri; content:\"/a/ok\"; sid:3;)\n");
    CHECK(bed_uri(b, "/a/no") == 2 && b->sids[0] == 2 && b->sids[1] == 1);
    CHECK(bed_uri(b, "/a/ok") == 0);
    bed_close(b);
}

static void responses_and_bodies(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert http any any -> any any (flow:to_client; http.stat_code; content:\"404\"; sid:1;)\n"
        "alert http any any -> any any (http.uri; content:\"/get\"; http.stat_code; content:\"404\"; sid:2;)\n"
        "alert http any any -> any any (http.response_body; content:\"eval(\"; sid:3;)\n"
        "alert http any any -> any any (flow:to_client; file_data; content:\"eval(\"; fast_pattern; content:!\"harmless\"; sid:4;)\n"
        "alert http any any -> any any (http.request_body; content:\"eval(\"; sid:5;)\n"
        "alert http any any -> any any (http.header; content:\"Server: x\"; sid:6;)\n"
        "alert http any 80 -> any any (http.server; content:\"x\"; sid:7;)\n");
    CHECK(b->stats.rules == 7 && detect_wants_bodies(b->d, TO_CLIENT) && detect_wants_bodies(b->d, TO_SERVER));
    struct http_tx tx = { .id = 4, .has_request = true, .has_response = true };
    tx.req.uri = SPAN("/get");
    tx.resp = (struct http_response){ .status = 404, .status_text = SPAN("404"), .server = SPAN("x"), .head = SPAN("Server: x\r\n\r\n") };
    struct fact f = { .kind = FACT_HTTP_RESPONSE, .dir = TO_CLIENT, .http = &tx };
    CHECK(bed_fact(b, &f) == 4 && b->sids[0] == 1 && b->sids[1] == 2 && b->sids[2] == 6 && b->sids[3] == 7);
    f = (struct fact){ .kind = FACT_HTTP_BODY, .dir = TO_CLIENT, .http = &tx, .body = SPAN("x=eval(1)") };
    CHECK(bed_fact(b, &f) == 1 && b->sids[0] == 3);
    f.body_end = true;
    CHECK(bed_fact(b, &f) == 1 && b->sids[0] == 4 && bed_fact(b, &f) == 0);
    f.dir = TO_SERVER;
    CHECK(bed_fact(b, &f) == 1 && b->sids[0] == 5);
    bed_close(b);
}

static void every_cookie_of_a_response_is_seen(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert http any any -> any any (flow:to_client; http.cookie; content:\"a=1, b=2\"; bsize:8; sid:1;)\n");
    struct http_tx tx = { .id = 4, .has_request = true, .has_response = true };
    tx.resp = (struct http_response){ .status = 200, .head = SPAN("Set-Cookie: a=1\r\nServer: x\r\nset-cookie: b=2\r\n\r\n") };
    struct fact f = { .kind = FACT_HTTP_RESPONSE, .dir = TO_CLIENT, .http = &tx };
    CHECK(bed_fact(b, &f) == 1);
    bed_close(b);
}

static void certificates(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert tls any any -> any any (tls.cert_subject; content:\"CN=evil\"; sid:1;)\n"
        "alert tls any any -> any any (tls.subjectaltname; content:\"second.example\"; bsize:14; sid:2;)\n"
        "alert tls any any -> any any (tls.version:1.2; tls.cert_issuer; content:\"CA\"; sid:3;)\n"
        "alert tls any any -> any any (tls.version:!1.2; sid:4;)\n"
        "alert tls any any -> any any (tls.sni; content:\"a.b\"; tls.cert_serial; content:\"0A:\"; startswith; sid:5;)\n");
    CHECK(b->stats.rules == 5);
    struct tls_session t = { .has_client = true, .sni = SPAN("a.b"), .version = 0x0303, .subject = SPAN("CN=evil"), .issuer = SPAN("CN=CA"),
                             .serial = SPAN("0A:1B"), .n_sans = 2, .sans = { SPAN("first.example"), SPAN("second.example") } };
    CHECK(bed_fact(b, &(struct fact){ .kind = FACT_TLS_SERVER, .dir = TO_CLIENT, .tls = &t }) == 0);
    CHECK(bed_fact(b, &(struct fact){ .kind = FACT_TLS_CERT, .dir = TO_CLIENT, .tls = &t }) == 4);
    t.version = 0x0304;
    CHECK(bed_fact(b, &(struct fact){ .kind = FACT_TLS_SERVER, .dir = TO_CLIENT, .tls = &t }) == 1 && b->sids[0] == 4);
    bed_close(b);
}

static void quic(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert quic any any -> any any (quic.sni; content:\"c2.example\"; sid:1;)\n"
                             "alert quic any any -> any any (ja4.hash; content:\"q13d\"; startswith; sid:2;)\n"
                             "alert quic any any -> any any (quic.version; content:\"|6b 33 43 cf|\"; bsize:4; sid:3;)\n"
                             "alert tls any any -> any any (tls.sni; content:\"c2.example\"; sid:4;)\n");
    CHECK(b->stats.rules == 4);
    struct tls_session t = { .has_client = true, .is_quic = true, .sni = SPAN("c2.example"), .ja4 = SPAN("q13d0310h3_") };
    struct quic_session q = { .version = 0x6b3343cf, .tls = &t };
    b->flow.proto = b->m.proto = IPPROTO_UDP;
    CHECK(bed_fact(b, &(struct fact){ .kind = FACT_QUIC, .quic = &q }) == 3);
    CHECK(bed_fact(b, &(struct fact){ .kind = FACT_TLS_CLIENT, .tls = &t }) == 0);
    bed_close(b);
}

static void thresholds_count(void **state)
{
    (void)state;
    struct bed *b = bed_open(
        "alert http any any -> any any (http.uri; content:\"/l\"; threshold:type limit, track by_src, count 2, seconds 60; sid:1;)\n"
        "alert http any any -> any any (http.uri; content:\"/t\"; threshold:type threshold, track by_dst, count 3, seconds 60; sid:2;)\n"
        "alert http any any -> any any (http.uri; content:\"/b\"; threshold:type both, track by_both, count 2, seconds 60; sid:3;)\n"
        "alert http any any -> any any (http.uri; content:\"/d\"; detection_filter:track by_src, count 2, seconds 60; sid:4;)\n"
        "drop http any any -> any any (http.uri; content:\"/x\"; threshold:type limit, track by_rule, count 1, seconds 60; sid:5;)\n");
    CHECK(b->stats.rules == 5);
    static const char want[4][7] = { "110000", "001001", "010000", "001111" };
    static const char *const uris[4] = { "/l", "/t", "/b", "/d" };
    for (unsigned k = 0; k < 4; k++)
        for (unsigned i = 0; i < 6; i++)
            CHECK(bed_uri(b, uris[k]) == (unsigned)(want[k][i] - '0'));
    CHECK(bed_uri(b, "/x") == 1 && !b->suppressed && bed_uri(b, "/x") == 1 && b->suppressed);
    b->m.ts_ns += 61000000000ULL;
    CHECK(bed_uri(b, "/l") == 1);
    bed_close(b);
}

static void flowbits_tie_facts_of_a_flow(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert npm any any -> any any (npm.package; content:\"two\"; flowbits:isset,one; sid:1;)\n"
                             "alert npm any any -> any any (npm.package; content:\"one\"; flowbits:set,one; flowbits:noalert; sid:2;)\n");
    CHECK(package(b, 0, "two", "1.0.0") == 0 && package(b, 1, "one", "1.0.0") == 0 && package(b, 2, "two", "1.0.0") == 1);
    bed_close(b);
}

static void of_several_flowbits_one_is_enough(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert npm any any -> any any (npm.package; content:\"ask\"; flowbits:isset,one|two; sid:1;)\n"
                             "alert npm any any -> any any (npm.package; content:\"ask\"; flowbits:isnotset,one|two; sid:2;)\n"
                             "alert npm any any -> any any (npm.package; content:\"one\"; flowbits:set,one; noalert; sid:3;)\n"
                             "alert npm any any -> any any (npm.package; content:\"two\"; flowbits:set,two; noalert; sid:4;)\n");
    CHECK(package(b, 0, "ask", "1.0.0") == 1 && b->sids[0] == 2);
    CHECK(package(b, 1, "two", "1.0.0") == 0 && package(b, 2, "ask", "1.0.0") == 2);
    CHECK(package(b, 3, "one", "1.0.0") == 0 && package(b, 4, "ask", "1.0.0") == 1 && b->sids[0] == 1);
    bed_close(b);
}

/* The same host in another flow, to another server. */
static void another_flow(struct bed *b, const char *server)
{
    b->df = (struct detect_flow){ 0 };
    b->flow.id++;
    b->flow.server = b->m.dst = address(server);
}

static void xbits_tie_the_flows_of_a_host(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert npm any any -> any any (npm.package; content:\"two\"; xbits:isset,x,track ip_src; sid:1;)\n"
                             "alert npm any any -> any any (npm.package; content:\"two\"; xbits:isset,y,track ip_pair; sid:2;)\n"
                             "alert npm any any -> any any (npm.package; content:\"two\"; hostbits:isset,x,dst; sid:3;)\n"
                             "alert npm any any -> any any (npm.package; content:\"one\"; xbits:set,x,track ip_src,expire 60; "
                             "xbits:set,y,track ip_pair,expire 10; noalert; sid:4;)\n"
                             "alert npm any any -> any any (npm.package; content:\"off\"; hostbits:unset,x; noalert; sid:5;)\n");
    CHECK(package(b, 0, "two", "1.0.0") == 0 && package(b, 1, "one", "1.0.0") == 0 && package(b, 2, "two", "1.0.0") == 2);
    another_flow(b, "198.51.100.7");
    CHECK(package(b, 0, "two", "1.0.0") == 1 && b->sids[0] == 1);
    b->m.ts_ns += 60000000000ULL;
    another_flow(b, "203.0.113.9");
    CHECK(package(b, 0, "two", "1.0.0") == 1);      /* the host's last second; the pair's is over */
    b->m.ts_ns += 1000000000ULL;
    another_flow(b, "203.0.113.9");
    CHECK(package(b, 0, "two", "1.0.0") == 0 && package(b, 1, "one", "1.0.0") == 0 && package(b, 2, "off", "1.0.0") == 0);
    CHECK(package(b, 3, "two", "1.0.0") == 1 && b->sids[0] == 2);
    bed_close(b);
}

static void workers_share_what_they_know_of_hosts(void **state)
{
    (void)state;
    static const char rules[] = "alert npm any any -> any any (npm.package; content:\"two\"; xbits:isset,x,track ip_src; sid:1;)\n"
                                "alert npm any any -> any any (npm.package; content:\"one\"; xbits:set,x,track ip_src; noalert; sid:2;)\n";
    struct bed *a = bed_open(rules), *b = bed_open(rules);
    detect_share_hosts(b->d, a->d);
    CHECK(package(a, 0, "one", "1.0.0") == 0 && package(b, 0, "two", "1.0.0") == 1);
    bed_close(b);
    bed_close(a);
}

/* Data on the SYN is told before the handshake is over: it must not slip past flow:established. */
static void what_rides_on_the_syn_is_established(void **state)
{
    (void)state;
    struct bed *b = bed_open("alert npm any any -> any any (flow:established,to_server; npm.package; content:\"one\"; sid:1;)\n");
    b->flow.established = false;
    CHECK(package(b, 0, "one", "1.0.0") == 1);
    bed_close(b);
}

static void transforms(void **state)
{
    (void)state;
    CHECK(uri_rule("strip_whitespace; content:\"/ab\"; bsize:3;", "/ a\t b") && uri_rule("compress_whitespace; content:\"a b\";", "/a  b"));
    CHECK(uri_rule("to_uppercase; content:\"/AB\";", "/ab") && uri_rule("url_decode; content:\"/a b+\";", "/a+b%2b"));
    CHECK(uri_rule("to_md5; content:\"|66 66 cd 76 f9 69 56 46 9e 7b e3 9d 75 0c c7 d9|\";", "/"));
    CHECK(uri_rule("to_sha1; bsize:20;", "/") && uri_rule("to_sha256; bsize:32;", "/") && uri_rule("dotprefix; content:\"./a\"; startswith;", "/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_modifiers_bind_to_places),
        cmocka_unit_test(an_earlier_content_tries_its_next_place),
        cmocka_unit_test(negation_and_sizes),
        cmocka_unit_test(regular_expressions),
        cmocka_unit_test(the_uri_is_normalised),
        cmocka_unit_test(headers_have_their_buffers),
        cmocka_unit_test(endings_stop_at_labels),
        cmocka_unit_test(a_query_is_each_of_its_questions),
        cmocka_unit_test(a_listed_package_hits_once_each),
        cmocka_unit_test(more_things_than_a_flow_remembers),
        cmocka_unit_test(lists_of_domains_strings_digests),
        cmocka_unit_test(addresses_and_ports),
        cmocka_unit_test(rules_of_the_flow_alone),
        cmocka_unit_test(addresses_of_many_rules_are_found_by_one_search),
        cmocka_unit_test(a_pass_rule_goes_first),
        cmocka_unit_test(responses_and_bodies),
        cmocka_unit_test(every_cookie_of_a_response_is_seen),
        cmocka_unit_test(certificates),
        cmocka_unit_test(quic),
        cmocka_unit_test(thresholds_count),
        cmocka_unit_test(flowbits_tie_facts_of_a_flow),
        cmocka_unit_test(of_several_flowbits_one_is_enough),
        cmocka_unit_test(xbits_tie_the_flows_of_a_host),
        cmocka_unit_test(workers_share_what_they_know_of_hosts),
        cmocka_unit_test(what_rides_on_the_syn_is_established),
        cmocka_unit_test(transforms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
