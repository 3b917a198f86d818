/* Every event type: recorded, read back and formatted, compared with the line as it should be. */
#include "events_fixture.h"

static void the_header_is_suricatas(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct drop_info d = { .reason = "rules", .len = 1500, .ttl = 61, .tcp_seq = 7, .tcp_win = 9 };
    x->meta.n_vlan = 2;
    x->meta.vlan[0] = 100;
    x->meta.vlan[1] = 7;
    CHECK(record_drop(x->ring, &x->meta, &d));
    CHECK(strcmp(fx_lines(x),
        "{\"timestamp\":\"2025-11-24T16:00:00.123456+0000\",\"flow_id\":1676750115612680,"
        "\"in_iface\":\"lan0\",\"pcap_cnt\":17,\"event_type\":\"drop\",\"vlan\":[100,7],"
        "\"src_ip\":\"104.16.27.34\",\"src_port\":443,\"dest_ip\":\"10.20.0.15\","
        "\"dest_port\":50096,\"proto\":\"TCP\",\"ip_v\":4,\"pkt_src\":\"wire/pcap\","
        "\"community_id\":\"1:axoRKkitbuznq9Ubu76a8xB0JtQ=\",\"host\":\"gw-01\","
        "\"drop\":{\"len\":1500,\"ttl\":61,\"tcpseq\":7,\"tcpack\":0,\"tcpwin\":9,"
        "\"reason\":\"rules\"},\"verdict\":{\"action\":\"drop\"}}\n") == 0);
    fx_close(x);
}

static void an_http_event_tells_the_transaction(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct http_tx t = { .id = 3, .has_request = true, .has_response = true, .resp_body_len = 2048 };
    t.req = (struct http_request){ .version = 11, .method = SPAN("GET"), .uri = SPAN("/a?b=\"c\""),
                                   .protocol = SPAN("HTTP/1.1"), .host = SPAN("registry.npmjs.org"),
                                   .port = 8080, .user_agent = SPAN("npm/11.6.1 node/v22"),
                                   .referer = SPAN("http://r/") };
    t.resp = (struct http_response){ .version = 11, .status = 302, .content_type = SPAN("text/html"),
                                     .location = SPAN("/elsewhere"),
                                     .content_range = SPAN("bytes 0-99/1000") };
    CHECK(record_http(x->ring, &x->meta, &t));
    const char *line = fx_lines(x);
    CHECK(strstr(line, "\"src_ip\":\"10.20.0.15\",\"src_port\":50096,") != NULL);    /* the client */
    CHECK(fx_tail(line,
        ",\"tx_id\":3,\"http\":{\"hostname\":\"registry.npmjs.org\",\"http_port\":8080,"
        "\"url\":\"/a?b=\\\"c\\\"\",\"http_user_agent\":\"npm/11.6.1 node/v22\","
        "\"http_content_type\":\"text/html\","
        "\"content_range\":{\"raw\":\"bytes 0-99/1000\",\"start\":0,\"end\":99,\"size\":1000},"
        "\"http_refer\":\"http://r/\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\","
        "\"status\":302,\"redirect\":\"/elsewhere\",\"length\":2048}}\n"));
    fx_close(x);
}

static void a_range_that_is_none_stays_raw(void **state)
{
    (void)state;
    static const struct { const char *raw, *told; } cases[] = {
        { "bytes */1000", ",\"size\":1000}" }, { "bytes 0-1/*", ",\"start\":0,\"end\":1}" },
        { "bytes 0-9223372036854775807/5", ",\"size\":5}" }, { "bytes -/", "}" }, { "x", "}" },
        { "bytes 5", "}" },
    };
    struct fixture *x = fx_open();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[200];
        struct http_tx t = { .has_response = true, .resp.content_range = fx_span(cases[i].raw) };
        CHECK(record_http(x->ring, &x->meta, &t));
        snprintf(want, sizeof want, ",\"tx_id\":0,\"http\":{\"content_range\":{\"raw\":\"%s\"%s,"
                                    "\"length\":0}}\n", cases[i].raw, cases[i].told);
        CHECK(fx_tail(fx_lines(x), want));
    }
    fx_close(x);
}

static void http2_says_so(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct http_tx t = { .id = 1, .stream = 5, .has_request = true, .gap = true };
    t.req = (struct http_request){ .version = 20, .method = SPAN("GET"), .uri = SPAN("/"),
                                   .protocol = SPAN("HTTP/2"), .host = SPAN("h") };
    CHECK(record_http(x->ring, &x->meta, &t));
    CHECK(fx_tail(fx_lines(x),
        ",\"tx_id\":1,\"http\":{\"hostname\":\"h\",\"url\":\"/\",\"http_method\":\"GET\","
        "\"protocol\":\"HTTP/2\",\"length\":0,\"version\":\"2\","
        "\"http2\":{\"stream_id\":5,\"request\":{},\"response\":{}}},\"ext\":{\"gap\":true}}\n"));
    fx_close(x);
}

static struct tls_session hello(void)
{
    return (struct tls_session){
        .has_client = true, .client_version = 0x0304, .sni = SPAN("npm.example"),
        .alpns = SPAN("h2,http/1.1"), .ja3 = SPAN("771,4865,0,29,0"),
        .ja3_hash = SPAN("994befbc7d0879ee9be4b570e03a5284"),
        .ja4 = SPAN("t13d1516h2_8daaf6152771_e5627efa2ab1"), .ech = ECH_GREASE,
    };
}

static void a_lone_hello_has_no_version(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct tls_session s = hello();
    CHECK(record_tls(x->ring, &x->meta, &s));
    CHECK(fx_tail(fx_lines(x),
        ",\"tls\":{\"sni\":\"npm.example\",\"version\":\"UNDETERMINED\","
        "\"ja3\":{\"hash\":\"994befbc7d0879ee9be4b570e03a5284\",\"string\":\"771,4865,0,29,0\"},"
        "\"ja4\":\"t13d1516h2_8daaf6152771_e5627efa2ab1\",\"client_alpns\":[\"h2\",\"http/1.1\"]},"
        "\"ext\":{\"ech\":\"grease\"}}\n"));
    x->config.eve_extensions = false;
    CHECK(record_tls(x->ring, &x->meta, &s));
    CHECK(fx_tail(fx_lines(x),
        ",\"tls\":{\"sni\":\"npm.example\",\"version\":\"UNDETERMINED\","
        "\"ja3\":{\"hash\":\"994befbc7d0879ee9be4b570e03a5284\",\"string\":\"771,4865,0,29,0\"}}}\n"));
    fx_close(x);
}

static void a_certificate_is_told(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct tls_session s = { .has_server = true, .has_cert = true, .version = 0x0303,
                             .subject = SPAN("C=US, O=Example, CN=example.com"),
                             .serial = SPAN("0A:1B"), .fingerprint = SPAN("6a:4c"),
                             .not_before = 1540857600, .not_after = 1604404800, .n_sans = 1,
                             .resumed = true };
    s.sans[0] = SPAN("*.example.com");
    CHECK(record_tls(x->ring, &x->meta, &s));
    CHECK(fx_tail(fx_lines(x),
        ",\"tls\":{\"subject\":\"C=US, O=Example, CN=example.com\",\"issuerdn\":\"\","
        "\"serial\":\"0A:1B\",\"fingerprint\":\"6a:4c\",\"subjectaltname\":[\"*.example.com\"],"
        "\"notbefore\":\"2018-10-30T00:00:00\",\"notafter\":\"2020-11-03T12:00:00\","
        "\"version\":\"TLS 1.2\",\"session_resumed\":true}}\n"));
    fx_close(x);
}

static void quic_versions_have_names(void **state)
{
    (void)state;
    static const struct { uint32_t v; const char *text; } want[] = {
        { 1, "1" }, { 0x6b3343cf, "2" }, { 0xff00001d, "draft-29" }, { 0x51303436, "Q046" },
        { 0xfaceb002, "0xfaceb002" }, { 0, "0" },
    };
    struct fixture *x = fx_open();
    struct tls_session s = hello();
    s.is_quic = true;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct quic_session q = { .version = want[i].v, .tls = &s, .user_agent = SPAN("Chrome") };
        char text[512];
        CHECK(record_quic(x->ring, &x->meta, &q));
        snprintf(text, sizeof text,
                 ",\"quic\":{\"version\":\"%s\",\"sni\":\"npm.example\",\"ua\":\"Chrome\","
                 "\"ja3\":{\"hash\":\"994befbc7d0879ee9be4b570e03a5284\","
                 "\"string\":\"771,4865,0,29,0\"},\"ja4\":\"t13d1516h2_8daaf6152771_e5627efa2ab1\"},"
                 "\"ext\":{\"ech\":\"grease\"}}\n", want[i].text);
        CHECK(fx_tail(fx_lines(x), text));
    }
    struct quic_session bare = { .version = 1 };
    CHECK(record_quic(x->ring, &x->meta, &bare));
    CHECK(fx_tail(fx_lines(x), ",\"quic\":{\"version\":\"1\"}}\n"));
    fx_close(x);
}

static void each_dns_question_is_an_event(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct dns_message d = { .id = 24163, .flags = 0x100, .n_questions = 2 };
    d.question[0] = (struct dns_question){ SPAN("google.com"), 1, 1 };
    d.question[1] = (struct dns_question){ SPAN("google.com"), 65, 1 };
    CHECK(record_dns(x->ring, &x->meta, &d, 4));
    char *second = strchr(fx_lines(x), '\n') + 1;
    CHECK(fx_tail(second, ",\"dns\":{\"version\":2,\"type\":\"query\",\"id\":24163,"
                          "\"rrname\":\"google.com\",\"rrtype\":\"HTTPS\",\"tx_id\":4,"
                          "\"opcode\":0}}\n"));
    *second = '\0';
    CHECK(fx_tail(x->lines, ",\"dns\":{\"version\":2,\"type\":\"query\",\"id\":24163,"
                            "\"rrname\":\"google.com\",\"rrtype\":\"A\",\"tx_id\":4,"
                            "\"opcode\":0}}\n"));
    fx_close(x);
}

static void a_dns_answer_is_grouped(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct dns_message d = { .id = 7, .flags = 0x8583, .response = true, .n_questions = 1,
                             .rcode = 3, .n_records = 5 };
    d.question[0] = (struct dns_question){ SPAN("a.example"), 1, 1 };
    d.record[0] = (struct dns_record){ SPAN("a.example"), 5, 1, 60, DNS_ANSWER, SPAN("b.example") };
    d.record[1] = (struct dns_record){ SPAN("b.example"), 1, 1, 61, DNS_ANSWER, SPAN("192.0.2.1") };
    d.record[2] = (struct dns_record){ SPAN("b.example"), 1, 1, 62, DNS_ANSWER, SPAN("192.0.2.2") };
    d.record[3] = (struct dns_record){ SPAN("example"), 2, 1, 9, DNS_AUTHORITY, SPAN("ns.example") };
    d.record[4] = (struct dns_record){ SPAN(""), 41, 1232, 0, DNS_ADDITIONAL, SPAN("") };
    CHECK(record_dns(x->ring, &x->meta, &d, 4));
    const char *line = fx_lines(x);
    CHECK(strstr(line, "\"src_ip\":\"10.20.0.15\"") != NULL);    /* the client, in answers too */
    CHECK(fx_tail(line,
        ",\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":7,\"flags\":\"8583\",\"qr\":true,"
        "\"aa\":true,\"rd\":true,\"ra\":true,\"opcode\":0,\"rrname\":\"a.example\","
        "\"rrtype\":\"A\",\"rcode\":\"NXDOMAIN\",\"answers\":["
        "{\"rrname\":\"a.example\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"b.example\"},"
        "{\"rrname\":\"b.example\",\"rrtype\":\"A\",\"ttl\":61,\"rdata\":\"192.0.2.1\"},"
        "{\"rrname\":\"b.example\",\"rrtype\":\"A\",\"ttl\":62,\"rdata\":\"192.0.2.2\"}],"
        "\"grouped\":{\"CNAME\":[\"b.example\"],\"A\":[\"192.0.2.1\",\"192.0.2.2\"]},"
        "\"authorities\":[{\"rrname\":\"example\",\"rrtype\":\"NS\",\"ttl\":9,"
        "\"rdata\":\"ns.example\"}]}}\n"));
    fx_close(x);
}

static const struct npm_fact tarball = {
    .kind = NPM_TARBALL, .name = { (const uint8_t *)"plain-crypto-js", 15 },
    .version = { (const uint8_t *)"4.2.1", 5 }, .spec = { (const uint8_t *)"plain-crypto-js@4.2.1", 21 },
    .registry = { (const uint8_t *)"registry.npmjs.org", 18 }, .client = { (const uint8_t *)"npm/11", 6 },
};

static void an_npm_event_needs_extensions(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    x->meta.app_proto = "http";
    CHECK(record_npm(x->ring, &x->meta, &tarball, NULL));
    CHECK(fx_tail(fx_lines(x),
        ",\"npm\":{\"kind\":\"tarball\",\"package\":\"plain-crypto-js\",\"version\":\"4.2.1\","
        "\"spec\":\"plain-crypto-js@4.2.1\",\"registry\":\"registry.npmjs.org\","
        "\"client\":\"npm/11\"},\"app_proto\":\"http\"}\n"));
    x->config.eve_extensions = false;
    CHECK(record_npm(x->ring, &x->meta, &tarball, NULL));
    CHECK(*fx_lines(x) == '\0');
    fx_close(x);
}

static struct alert_info an_alert(void)
{
    static const struct kv meta[] = {
        { { (const uint8_t *)"campaign", 8 }, { (const uint8_t *)"contagious-interview", 20 } },
        { { (const uint8_t *)"osv_id", 6 }, { (const uint8_t *)"MAL-2026-1", 10 } },
        { { (const uint8_t *)"osv_id", 6 }, { (const uint8_t *)"MAL-2026-2", 10 } },
        { { (const uint8_t *)"osv_id", 6 }, { (const uint8_t *)"MAL-2026-1", 10 } },
    };
    static const struct span refs[] = { { (const uint8_t *)"https://osv.dev/", 16 } };
    return (struct alert_info){ .sid = 1900001, .gid = 1, .rev = 3, .severity = 1,
                                .verdict = ALERT_REJECTED, .tx_id = 0, .msg = SPAN("NPM malicious"),
                                .category = SPAN("A Network Trojan was detected"),
                                .metadata = meta, .n_metadata = 4, .references = refs,
                                .n_references = 1 };
}

static void an_alert_carries_package_and_flow(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct alert_info a = an_alert();
    struct http_tx t = { .has_request = true };
    t.req.uri = SPAN("/plain-crypto-js");
    struct fact f = { .kind = FACT_NPM, .http = &t, .npm = &tarball };
    x->meta.app_proto = "http";
    CHECK(record_alert(x->ring, &x->meta, &a, &f));
    CHECK(fx_tail(fx_lines(x),
        ",\"tx_id\":0,\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":1900001,\"rev\":3,"
        "\"signature\":\"NPM malicious\",\"category\":\"A Network Trojan was detected\","
        "\"severity\":1,\"metadata\":{\"campaign\":[\"contagious-interview\"],"
        "\"osv_id\":[\"MAL-2026-1\",\"MAL-2026-2\"],\"npm_package\":[\"plain-crypto-js\"],"
        "\"npm_version\":[\"4.2.1\"]},\"references\":[\"https://osv.dev/\"]},"
        "\"verdict\":{\"action\":\"drop\",\"reject_target\":\"both\",\"reject\":[\"tcp-reset\"]},"
        "\"http\":{\"url\":\"/plain-crypto-js\",\"length\":0},"
        "\"npm\":{\"kind\":\"tarball\",\"package\":\"plain-crypto-js\",\"version\":\"4.2.1\","
        "\"spec\":\"plain-crypto-js@4.2.1\",\"registry\":\"registry.npmjs.org\","
        "\"client\":\"npm/11\"},\"app_proto\":\"http\",\"direction\":\"to_client\","
        "\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":3,\"bytes_toserver\":1980,"
        "\"bytes_toclient\":4102,\"start\":\"2025-11-24T16:00:00.000001+0000\","
        "\"src_ip\":\"10.20.0.15\",\"dest_ip\":\"104.16.27.34\",\"src_port\":50096,"
        "\"dest_port\":443}}\n"));
    fx_close(x);
}

static void without_extensions_an_alert_is_suricatas(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct alert_info a = an_alert();
    struct dns_message d = { .id = 1, .n_questions = 1 };
    d.question[0] = (struct dns_question){ SPAN("c2.example"), 28, 1 };
    struct fact f = { .kind = FACT_DNS, .dns = &d };
    x->config.eve_extensions = false;
    a.would = true;
    a.n_metadata = 0;
    CHECK(record_alert(x->ring, &x->meta, &a, &f));
    CHECK(fx_tail(fx_lines(x),
        ",\"tx_id\":0,\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":1900001,\"rev\":3,"
        "\"signature\":\"NPM malicious\",\"category\":\"A Network Trojan was detected\","
        "\"severity\":1,\"metadata\":{\"would\":[\"reject\"],"
        "\"reference\":[\"https://osv.dev/\"]}},"
        "\"dns\":{\"query\":[{\"type\":\"query\",\"id\":1,\"rrname\":\"c2.example\","
        "\"rrtype\":\"AAAA\",\"tx_id\":0,\"opcode\":0}]},\"direction\":\"to_client\","
        "\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":3,\"bytes_toserver\":1980,"
        "\"bytes_toclient\":4102,\"start\":\"2025-11-24T16:00:00.000001+0000\","
        "\"src_ip\":\"10.20.0.15\",\"dest_ip\":\"104.16.27.34\",\"src_port\":50096,"
        "\"dest_port\":443}}\n"));
    fx_close(x);
}

static void a_flow_ends_with_its_numbers(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct flow_end e = { .state = FLOW_END_CLOSED, .reason = FLOW_END_SHUTDOWN, .alerted = true,
                          .tcp_state = FLOW_TCP_CLOSED, .tcp_flags = { 0x1b, 0x12 },
                          .gap = { false, true }, .max_regions = { 1, 2 },
                          .action = ALERT_DROPPED };
    x->meta.app_proto = "tls";
    CHECK(record_flow(x->ring, &x->meta, &e));
    const char *line = fx_lines(x);
    CHECK(strstr(line, "pkt_src") == NULL && strstr(line, "pcap_cnt") == NULL);
    CHECK(fx_tail(line,
        ",\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":3,"
        "\"bytes_toserver\":1980,\"bytes_toclient\":4102,"
        "\"start\":\"2025-11-24T16:00:00.000001+0000\",\"end\":\"2025-11-24T16:01:01.500000+0000\","
        "\"age\":61,\"state\":\"closed\",\"reason\":\"shutdown\",\"alerted\":true,"
        "\"action\":\"drop\"},\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\","
        "\"tcp_flags_tc\":\"12\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,"
        "\"state\":\"closed\",\"tc_gap\":true,\"ts_max_regions\":1,\"tc_max_regions\":2}}\n"));
    fx_close(x);
}

static void icmp_has_type_and_code(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct flow_end e = { .reason = FLOW_END_TIMEOUT };
    x->flow.proto = x->meta.proto = 1;
    x->meta.sport = 8;
    x->meta.dport = 0;
    CHECK(record_flow(x->ring, &x->meta, &e));
    CHECK(strstr(fx_lines(x), "\"dest_ip\":\"104.16.27.34\",\"proto\":\"ICMP\",\"icmp_type\":8,"
                              "\"icmp_code\":0,") != NULL);
    fx_close(x);
}

static void mapped_addresses_of_ipv6_stay_ipv6(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct tls_session s = { .has_client = true };
    x->meta.ip_version = 6;
    x->meta.has_outer = true;
    x->meta.outer_src = x->meta.outer_dst = fx_addr("2001:db8::1");
    CHECK(record_tls(x->ring, &x->meta, &s));
    CHECK(strstr(fx_lines(x), "\"src_ip\":\"::ffff:10.20.0.15\",") != NULL);
    CHECK(fx_tail(x->lines, ",\"tls\":{\"version\":\"UNDETERMINED\"},\"ext\":{"
                            "\"outer_src_ip\":\"2001:db8::1\",\"outer_dest_ip\":\"2001:db8::1\"}}\n"));
    fx_close(x);
}

static void an_anomaly_names_layer_and_event(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct anomaly_info a = { "applayer", "HTTP_HEAD_TOO_LONG", "proto_parser", 2 };
    x->meta.app_proto = "http";
    CHECK(record_anomaly(x->ring, &x->meta, &a));
    CHECK(fx_tail(fx_lines(x), ",\"tx_id\":2,\"anomaly\":{\"app_proto\":\"http\","
                               "\"type\":\"applayer\",\"event\":\"HTTP_HEAD_TOO_LONG\","
                               "\"layer\":\"proto_parser\"}}\n"));
    fx_close(x);
}

static void stats_become_a_tree(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    static const struct stat_value v[] = {
        { "uptime", 61 }, { "decoder.pkts", UINT64_MAX }, { "flow.total", 2 },
        { "decoder.ipv4", 7 }, { "decoder.event.ipv4.trunc", 1 }, { "excise.sni_only", 5 },
    };
    CHECK(record_stats(x->ring, 1764000000000000000, v, 6));
    CHECK(strcmp(fx_lines(x),
        "{\"timestamp\":\"2025-11-24T16:00:00.000000+0000\",\"event_type\":\"stats\","
        "\"host\":\"gw-01\",\"stats\":{\"decoder\":{\"event\":{\"ipv4\":{\"trunc\":1}},\"ipv4\":7,"
        "\"pkts\":18446744073709551615},\"excise\":{\"sni_only\":5},\"flow\":{\"total\":2},"
        "\"uptime\":61}}\n") == 0);
    x->config.eve_extensions = false;
    CHECK(record_stats(x->ring, 0, v + 5, 1));
    CHECK(fx_tail(fx_lines(x), ",\"stats\":{}}\n"));
    fx_close(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_suricatas),
        cmocka_unit_test(an_http_event_tells_the_transaction),
        cmocka_unit_test(a_range_that_is_none_stays_raw),
        cmocka_unit_test(http2_says_so),
        cmocka_unit_test(a_lone_hello_has_no_version),
        cmocka_unit_test(a_certificate_is_told),
        cmocka_unit_test(quic_versions_have_names),
        cmocka_unit_test(each_dns_question_is_an_event),
        cmocka_unit_test(a_dns_answer_is_grouped),
        cmocka_unit_test(an_npm_event_needs_extensions),
        cmocka_unit_test(an_alert_carries_package_and_flow),
        cmocka_unit_test(without_extensions_an_alert_is_suricatas),
        cmocka_unit_test(a_flow_ends_with_its_numbers),
        cmocka_unit_test(icmp_has_type_and_code),
        cmocka_unit_test(mapped_addresses_of_ipv6_stay_ipv6),
        cmocka_unit_test(an_anomaly_names_layer_and_event),
        cmocka_unit_test(stats_become_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
