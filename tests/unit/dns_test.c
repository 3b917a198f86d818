/* app/dns: messages over UDP and TCP, every cut, knotted names. Messages by hand from RFC 1035
 * 4.1. */
#include "app/dns.h"
#include "app/dns_message.h"
#include "test.h"

#include <stdio.h>

#define QUERY "\x12\x34\x01\0" "\0\1\0\0\0\0\0\0" "\3www\7example\3npm\0" "\0\1\0\1"
#define REPLY_HEAD "\x12\x34\x81\x83" "\0\1\0\2\0\0\0\1" "\3www\7example\3npm\0" "\0\1\0\1"
#define REPLY REPLY_HEAD \
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6" "\3cdn\xc0\x10" \
    "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4" "\xc0\0\2\7" \
    "\0\0\x29\x10\0\1\0\0\0\0\0"

/* What was told, as text, so that two ways of feeding can be compared. */
struct told { char text[8192]; size_t n; unsigned facts, anomalies; };

static void say(struct told *t, struct span s)
{
    CHECK(t->n + s.n + 1 < sizeof t->text);
    memcpy(t->text + t->n, s.p, s.n);
    t->n += s.n;
    t->text[t->n++] = ' ';
    t->text[t->n] = '\0';
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct told *t = ctx;
    if (f->kind == FACT_ANOMALY) {
        t->anomalies++;
        say(t, (struct span){ (const uint8_t *)f->anomaly, strlen(f->anomaly) });
        return;
    }
    t->facts++;
    CHECK(f->kind == FACT_DNS);
    for (unsigned i = 0; i < f->dns->n_questions; i++)
        say(t, f->dns->question[i].name);
    for (unsigned i = 0; i < f->dns->n_records; i++) {
        say(t, f->dns->record[i].name);
        say(t, f->dns->record[i].rdata);
    }
}

static struct app_out out_to(struct told *t)
{
    *t = (struct told){ .n = 0 };
    return (struct app_out){ .fact = on_fact, .ctx = t, .pool = pool_open(1 << 20) };
}

static void all_given_back(struct app_out *out)
{
    CHECK(pool_in_use(out->pool) == 0);
    pool_close(out->pool);
}

static const char *rdata_of(uint16_t type, struct span data, struct dns_text *t)
{
    t->n = 0;
    struct span copy = exact_copy(data, data.n);
    struct span text = dns_rdata_text(copy, type, cur_over(copy), t);
    static char out[DNS_TEXT_MAX + 1];
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    exact_free(copy);
    return out;
}

static void a_reply_is_read_whole(void **state)
{
    (void)state;
    struct dns_text t;
    struct dns_message m;
    struct span reply = exact_copy(SPAN(REPLY), SPAN(REPLY).n);
    CHECK(dns_udp_probe(reply, false) == PROBE_YES && dns_message_read(reply, &t, &m));
    CHECK(m.id == 0x1234 && m.response && m.opcode == 0 && m.flags == 0x8183);
    CHECK(m.n_questions == 1 && span_is(m.question[0].name, "www.example.npm"));
    CHECK(m.question[0].type == DNS_A && m.question[0].class == 1 && m.n_records == 3);
    CHECK(m.record[0].type == DNS_CNAME && m.record[0].ttl == 60);
    CHECK(span_is(m.record[0].rdata, "cdn.example.npm"));
    CHECK(span_is(m.record[1].name, "cdn.example.npm") && span_is(m.record[1].rdata, "192.0.2.7"));
    CHECK(m.record[2].section == DNS_ADDITIONAL && m.record[2].name.n == 0);
    CHECK(m.rcode == (1 << 4 | 3));     /* with EDNS' upper bits */
    exact_free(reply);
}

static void a_cut_reply_is_told_as_far_as_it_goes(void **state)
{
    (void)state;
    size_t questions = SPAN(REPLY_HEAD).n, first = questions + 18;
    for (size_t n = 0; n < SPAN(REPLY).n; n++) {
        struct dns_text t;
        struct dns_message m;
        struct span cut = exact_copy(SPAN(REPLY), n);
        bool ok = dns_message_read(cut, &t, &m);
        CHECK(ok == (n >= questions));
        CHECK(!ok || (m.n_questions == 1 && (m.n_records > 0) == (n >= first)));
        dns_udp_probe(cut, true);
        exact_free(cut);
    }
}

static void odd_bytes_are_escaped(void **state)
{
    (void)state;
    static const char odd[] = "\0\1\1\0" "\0\1\0\0\0\0\0\0" "\6a.b\\\x04\xff\1 \0" "\0\1\0\1";
    struct dns_text t;
    struct dns_message m;
    CHECK(dns_message_read(SPAN(odd), &t, &m));
    CHECK(span_is(m.question[0].name, "a\\.b\\\\\\004\\255.\\032"));
    CHECK(dns_udp_probe(SPAN(odd), false) == PROBE_NO);
    CHECK(dns_udp_probe(SPAN(odd), true) == PROBE_YES);
}

static bool name_reads(struct span message, size_t at)
{
    struct dns_text t = { .n = 0 };
    struct span copy = exact_copy(message, message.n), name;
    struct cursor c = cur_over(span_sub(copy, at, copy.n));
    bool ok = dns_name_text(copy, &c, &t, &name);
    exact_free(copy);
    return ok;
}

static void pointers_lead_only_back(void **state)
{
    (void)state;
    CHECK(!name_reads(SPAN("\xc0\0"), 0));                  /* to itself */
    CHECK(!name_reads(SPAN("\xc0\2\1a\0"), 0));             /* forward */
    CHECK(!name_reads(SPAN("\1a\xc0\4\xc0\0"), 4));         /* round in a circle */
    CHECK(!name_reads(SPAN("\1a\xc0\0"), 0));               /* to its own beginning */
    CHECK(name_reads(SPAN("\1a\0\1b\xc0\0"), 3));
    CHECK(!name_reads(SPAN("\x40" "a"), 0) && !name_reads(SPAN("\1a"), 0));
}

static void a_name_is_at_most_255_bytes(void **state)
{
    (void)state;
    uint8_t b[300];
    for (size_t i = 0; i < sizeof b; i++)
        b[i] = i % 2 == 0 ? 1 : 'x';
    b[254] = 0;
    CHECK(name_reads((struct span){ b, 255 }, 0));
    b[254] = 1;
    b[256] = 0;
    CHECK(!name_reads((struct span){ b, 257 }, 0));
}

static void knotted_names_stay_within_the_scratch(void **state)
{
    (void)state;
    uint8_t b[2048] = { 0, 1, 0x81, 0x80, 0, 1, 4, 0 };
    size_t n = 12;
    for (unsigned i = 0; i < 120; i++, n += 2)
        memcpy(b + n, "\1\xff", 2);
    memcpy(b + n, "\0\0\1\0\1", 5);
    n += 5;
    while (n + 14 <= sizeof b) {
        memcpy(b + n, "\xc0\x0e\0\5\0\1\0\0\0\0\0\2\xc0\x0e", 14);
        n += 14;
    }
    struct dns_text t;
    struct dns_message m;
    CHECK(dns_message_read((struct span){ b, n }, &t, &m));
    CHECK(m.n_questions == 1 && m.n_records > 8 && m.n_records < DNS_RECORDS_MAX);
    CHECK(t.n <= DNS_TEXT_MAX);
}

static void record_data_has_its_text(void **state)
{
    (void)state;
    struct dns_text t;
#define IS(type, data, text) CHECK(strcmp(rdata_of(type, SPAN(data), &t), text) == 0)
    IS(DNS_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1");
    IS(DNS_MX, "\0\5\2mx\3npm\0", "mx.npm");
    IS(DNS_TXT, "\6v=spf1\4 -\"\\", "v=spf1 -\"\\\\");
    IS(DNS_SOA, "\2ns\0\1h\0" "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff",
       "ns h 1 2 3 4 4294967295");
    IS(DNS_SRV, "\0\1\0\2\1\xbb\1s\0", "1 2 443 s");
    IS(DNS_CAA, "\x80\5issueca.npm", "128 issue \"ca.npm\"");
    IS(DNS_HTTPS, "\0\1\0" "\0\1\0\6\2h2\2h3" "\0\3\0\2\x20\xfb" "\0\4\0\4\x7f\0\0\1" "\0\5\0\1x",
       "1 . alpn=h2,h3 port=8443 ipv4hint=127.0.0.1 ech=...");
    IS(DNS_SVCB, "\0\0\3cdn\0", "0 cdn");
    IS(DNS_NULL, "secret", "");
    IS(DNS_A, "\1\2\3", "");
    IS(DNS_TXT, "\6v=s", "");
    IS(DNS_HTTPS, "\0\1\0" "\0\1\0\6\2h2\x9h3", "");
    IS(DNS_SOA, "\2ns\0\1h\0\0\0", "");
#undef IS
}

static void other_datagrams_are_not_dns(void **state)
{
    (void)state;
    CHECK(dns_udp_probe(SPAN(QUERY), false) == PROBE_YES);
    CHECK(dns_udp_probe(SPAN(QUERY "x"), false) == PROBE_NO);       /* nothing may follow */
    CHECK(dns_udp_probe(SPAN("\x12\x34\x01\0"), true) == PROBE_NO);
    uint8_t noise[512];
    unsigned yes = 0;
    srand(5);
    for (unsigned i = 0; i < 100000; i++) {
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (uint8_t)rand();
        yes += dns_udp_probe((struct span){ noise, sizeof noise }, false) == PROBE_YES;
    }
    CHECK(yes == 0);
}

static void a_broken_question_is_an_anomaly(void **state)
{
    (void)state;
    struct told t;
    struct app_out out = out_to(&t);
    dns_udp(SPAN("\x12\x34\x01\0" "\0\1\0\0\0\0\0\0" "\3ww"), TO_SERVER, &out);
    CHECK(t.facts == 0 && strcmp(t.text, "DNS_QUESTION_BROKEN ") == 0);
    all_given_back(&out);
}

#define TCP_STREAM "\0\x21" QUERY "\0\x4e" REPLY "\0\x21" QUERY

static void feed_cut_at(struct told *t, size_t a, size_t b)
{
    struct app_out out = out_to(t);
    struct dns_tcp d = { 0 };
    struct span all = SPAN(TCP_STREAM), part[3];
    part[0] = exact_copy(all, a);
    part[1] = exact_copy(span_sub(all, a, b - a), b - a);
    part[2] = exact_copy(span_sub(all, b, all.n), all.n - b);
    for (unsigned i = 0; i < 3; i++) {
        struct app_result r = dns_tcp_feed(&d, TO_CLIENT, part[i], &out);
        CHECK(r.status == APP_MORE && r.used == part[i].n);
        exact_free(part[i]);
    }
    dns_tcp_close(&d, &out);
    all_given_back(&out);
}

static void tcp_tells_the_same_at_every_cut(void **state)
{
    (void)state;
    struct told whole, cut;
    size_t n = SPAN(TCP_STREAM).n;
    CHECK(SPAN(QUERY).n == 0x21 && SPAN(REPLY).n == 0x4e);
    feed_cut_at(&whole, n, n);
    CHECK(whole.facts == 3 && whole.anomalies == 0);
    for (size_t a = 0; a <= n; a++)
        for (size_t b = a; b <= n; b++) {
            feed_cut_at(&cut, a, b);
            CHECK(cut.facts == 3 && strcmp(cut.text, whole.text) == 0);
        }
}

static void tcp_tells_the_same_byte_by_byte(void **state)
{
    (void)state;
    struct told whole, t;
    feed_cut_at(&whole, 0, 0);
    struct app_out out = out_to(&t);
    struct dns_tcp d = { 0 };
    for (size_t i = 0; i < SPAN(TCP_STREAM).n; i++)
        dns_tcp_feed(&d, TO_SERVER, span_sub(SPAN(TCP_STREAM), i, 1), &out);
    CHECK(strcmp(whole.text, t.text) == 0);
    dns_tcp_close(&d, &out);
    all_given_back(&out);
}

static void tcp_is_recognised_from_its_first_bytes(void **state)
{
    (void)state;
    struct span all = SPAN(TCP_STREAM);
    for (size_t n = 0; n <= all.n; n++) {
        struct span cut = exact_copy(all, n);
        CHECK(dns_tcp_probe(TO_SERVER, cut, false) == (n < 2 + 0x21 ? PROBE_MORE : PROBE_YES));
        exact_free(cut);
    }
    CHECK(dns_tcp_probe(TO_SERVER, SPAN("GET / HTTP/1.1\r\nHost: npm.example\r\n"), false) == PROBE_NO);
    CHECK(dns_tcp_probe(TO_SERVER, SPAN("\x16\3\1\2\0\1\0\1\xfc\3\3random-random"), false) == PROBE_NO);
    CHECK(dns_tcp_probe(TO_SERVER, SPAN("\0\4abcd"), false) == PROBE_NO);
}

static void a_hole_inside_a_message_costs_that_message(void **state)
{
    (void)state;
    struct told t;
    struct app_out out = out_to(&t);
    struct dns_tcp d = { 0 };
    struct span all = SPAN(TCP_STREAM);
    size_t hole = 2 + 0x21 + 2 + 50;    /* within the reply, behind its question */
    dns_tcp_feed(&d, TO_CLIENT, span_sub(all, 0, hole), &out);
    dns_tcp_gap(&d, TO_CLIENT, 10, &out);
    dns_tcp_feed(&d, TO_CLIENT, span_sub(all, hole + 10, all.n), &out);
    CHECK(t.facts == 3 && t.anomalies == 0);
    dns_tcp_gap(&d, TO_CLIENT, 1, &out);
    CHECK(dns_tcp_feed(&d, TO_CLIENT, all, &out).status == APP_MORE && t.facts == 3);
    CHECK(dns_tcp_feed(&d, TO_SERVER, all, &out).status == APP_MORE && t.facts == 6);
    CHECK(dns_tcp_feed(&d, TO_SERVER, SPAN("\0\3abc\0\0"), &out).status == APP_MORE);
    CHECK(t.anomalies == 2);
    CHECK(dns_tcp_feed(&d, TO_SERVER, all, &out).status == APP_MORE && t.facts == 9);
    dns_tcp_close(&d, &out);
    all_given_back(&out);
}

static void a_spent_pool_loses_the_way(void **state)
{
    (void)state;
    struct told t;
    struct app_out out = out_to(&t);
    void *b[1024];
    unsigned n = 0;
    while (n < 1024 && (b[n] = pool_take(out.pool, POOL_MAX)) != NULL)
        n++;
    struct dns_tcp d = { 0 };
    CHECK(dns_tcp_feed(&d, TO_SERVER, span_sub(SPAN(TCP_STREAM), 0, 20), &out).status == APP_MORE);
    CHECK(out.no_memory == 1 && t.facts == 0);
    dns_tcp_close(&d, &out);
    while (n > 0)
        pool_give(out.pool, b[--n]);
    all_given_back(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_read_whole),
        cmocka_unit_test(a_cut_reply_is_told_as_far_as_it_goes),
        cmocka_unit_test(odd_bytes_are_escaped),
        cmocka_unit_test(pointers_lead_only_back),
        cmocka_unit_test(a_name_is_at_most_255_bytes),
        cmocka_unit_test(knotted_names_stay_within_the_scratch),
        cmocka_unit_test(record_data_has_its_text),
        cmocka_unit_test(other_datagrams_are_not_dns),
        cmocka_unit_test(a_broken_question_is_an_anomaly),
        cmocka_unit_test(tcp_tells_the_same_at_every_cut),
        cmocka_unit_test(tcp_tells_the_same_byte_by_byte),
        cmocka_unit_test(tcp_is_recognised_from_its_first_bytes),
        cmocka_unit_test(a_hole_inside_a_message_costs_that_message),
        cmocka_unit_test(a_spent_pool_loses_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
