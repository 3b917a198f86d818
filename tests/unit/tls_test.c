/* app/tls: whatever way the bytes are cut, the facts are the same, and all memory comes back. */
#include "app/tls.h"
#include "app/tls_hello.h"
#include "hello_build.h"
#include "test.h"
#include "tls_log.h"
#include "tls_samples.h"

struct said { enum dir dir; struct span bytes; };

static struct tls_log log_of;
static struct app_out out;
static unsigned fact_count[FACT_ANOMALY + 1];
static struct tls_session last;         /* spans are stale; numbers are good */
static char last_sni[512];

static void on_fact(void *ctx, const struct fact *f)
{
    tls_log_fact(ctx, f);
    fact_count[f->kind]++;
    if (f->kind == FACT_ANOMALY)
        return;
    last = *f->tls;
    memcpy(last_sni, f->tls->sni.p, f->tls->sni.n);
    last_sni[f->tls->sni.n] = '\0';
}

static int set_up(void **state)
{
    (void)state;
    out = (struct app_out){ .fact = on_fact, .ctx = &log_of, .pool = pool_open(1 << 20),
                            .limits = { .head_max = 65536 } };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bool empty = pool_in_use(out.pool) == 0;
    pool_close(out.pool);
    return empty ? 0 : -1;
}

static void forget(void)
{
    log_of.n = 0;
    log_of.text[0] = '\0';
    memset(fact_count, 0, sizeof fact_count);
    memset(&last, 0, sizeof last);
}

/* Feeds each piece in parts: the first of `first` bytes, the others of `then`. */
static enum app_status feed(struct tls *t, const struct said *said, unsigned n, size_t first, size_t then)
{
    enum app_status status = APP_MORE;
    for (unsigned i = 0; i < n && status == APP_MORE; i++) {
        for (size_t at = 0, len = first; at < said[i].bytes.n && status == APP_MORE; at += len, len = then) {
            struct span part = span_sub(said[i].bytes, at, len);
            struct span copy = exact_copy(part, part.n);
            struct app_result r = tls_feed(t, said[i].dir, copy, &out);
            CHECK(r.used == part.n);
            status = r.status;
            exact_free(copy);
        }
    }
    return status;
}

/* Whole, cut once at every byte, and byte by byte: the same facts, which stay in log_of. */
static enum app_status feed_all_ways(const struct said *said, unsigned n)
{
    static struct tls_log whole;
    size_t longest = 0;
    for (unsigned i = 0; i < n; i++)
        longest = said[i].bytes.n > longest ? said[i].bytes.n : longest;
    enum app_status first_status = APP_MORE;
    for (size_t cut = longest; cut > 0; cut--) {
        struct tls t = { 0 };
        forget();
        enum app_status status = feed(&t, said, n, cut, cut == 1 ? 1 : 1 << 24);
        tls_close(&t, &out);
        CHECK(pool_in_use(out.pool) == 0);
        if (cut == longest) {
            whole = log_of;
            first_status = status;
        }
        CHECK(status == first_status && strcmp(whole.text, log_of.text) == 0);
    }
    return first_status;
}

#define BYTES(array) { array, sizeof array }

static void a_tls12_session_is_told_whole(void **state)
{
    (void)state;
    const struct said said[] = {
        { TO_SERVER, BYTES(tls12_c_0) }, { TO_CLIENT, BYTES(tls12_s_0) }, { TO_SERVER, BYTES(tls12_c_1) },
    };
    CHECK(feed_all_ways(said, 3) == APP_DONE);
    CHECK(fact_count[FACT_TLS_CLIENT] == 1 && fact_count[FACT_TLS_SERVER] == 1 &&
          fact_count[FACT_TLS_CERT] == 1 && fact_count[FACT_TLS_DONE] == 1);
    CHECK(strcmp(last_sni, "npm.example") == 0 && last.version == 0x0303 && last.n_sans == 4);
    CHECK(strstr(log_of.text, " alpn=http/1.1 ") != NULL && !last.resumed);
    CHECK(strstr(log_of.text, "a2:90:5c:49:b0:39:c1:7f:78:1b:09:4f:89:71:b7:c6:c0:46:8d:61") != NULL);
    CHECK(strstr(log_of.text, " san=2001:db8::7") != NULL && strstr(log_of.text, " san=192.0.2.7") != NULL);
}

static void a_tls13_session_ends_with_the_server_hello(void **state)
{
    (void)state;
    const struct said said[] = { { TO_SERVER, BYTES(tls13_c_0) }, { TO_CLIENT, BYTES(tls13_s_0) } };
    CHECK(feed_all_ways(said, 2) == APP_DONE);
    CHECK(last.version == 0x0304 && fact_count[FACT_TLS_DONE] == 1 && fact_count[FACT_TLS_CERT] == 0);
    CHECK(strstr(log_of.text, " alpns=h2,http/1.1 ") != NULL);
}

/* A message in records of `per` bytes, with warnings, empty records and CCS in between if wanted. */
static struct span records(struct span message, size_t per, bool noise)
{
    static uint8_t buf[1 << 20];
    size_t n = 0;
    for (size_t at = 0; at < message.n; at += per) {
        struct span part = span_sub(message, at, per);
        if (noise) {
            memcpy(buf + n, "\x15\x03\x01\0\x02\x01\x70" "\x16\x03\x01\0\0", 12);
            n += 12;
        }
        memcpy(buf + n, "\x16\x03\x01", 3);
        buf[n + 3] = (uint8_t)(part.n >> 8);
        buf[n + 4] = (uint8_t)part.n;
        memcpy(buf + n + 5, part.p, part.n);
        n += 5 + part.n;
    }
    return (struct span){ buf, n };
}

static void a_hello_may_span_records_of_one_byte(void **state)
{
    (void)state;
    static struct hello h;
    hello_begin(&h, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_sni(&h, SPAN("Split.Example."));
    for (size_t per = 1; per < 9; per++) {
        struct said said = { TO_SERVER, records(hello_span(&h), per, per % 2 == 0) };
        feed_all_ways(&said, 1);
        CHECK(fact_count[FACT_TLS_CLIENT] == 1 && strcmp(last_sni, "split.example") == 0);
    }
}

static void a_post_quantum_hello_is_read(void **state)
{
    (void)state;
    static struct hello h;
    static uint8_t share[1800];
    hello_begin(&h, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_ext(&h, 51, (struct span){ share, sizeof share });
    hello_sni(&h, SPAN("pq.example"));
    struct said said = { TO_SERVER, records(hello_span(&h), 16384, false) };
    feed_all_ways(&said, 1);
    CHECK(strcmp(last_sni, "pq.example") == 0);
}

static void after_a_retry_another_name_is_told_too(void **state)
{
    (void)state;
    static struct hello first, retry, second, server;
    static uint8_t buf[4][512];
    struct said said[5];
    struct hello *messages[] = { &first, &retry, &second, &server };
    hello_begin(&first, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_sni(&first, SPAN("first.example"));
    server_hello_begin(&retry, 0x0303, 0x1301, true);
    hello_ext(&retry, 43, SPAN("\x03\x04"));
    hello_begin(&second, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_sni(&second, SPAN("second.example"));
    server_hello_begin(&server, 0x0303, 0x1301, false);
    hello_ext(&server, 43, SPAN("\x03\x04"));
    for (unsigned i = 0; i < 4; i++) {
        struct span r = records(hello_span(messages[i]), 16384, false);
        size_t ccs = i == 1 || i == 2 ? 6 : 0;      /* each end may send one: RFC 8446 D.4 */
        memcpy(buf[i], i == 2 ? "\x14\x03\x03\0\x01\x01" : "", i == 2 ? 6 : 0);
        memcpy(buf[i] + (i == 2 ? 6 : 0), r.p, r.n);
        if (i == 1)
            memcpy(buf[i] + r.n, "\x14\x03\x03\0\x01\x01", 6);
        said[i] = (struct said){ i % 2 == 0 ? TO_SERVER : TO_CLIENT, { buf[i], r.n + ccs } };
    }
    CHECK(feed_all_ways(said, 4) == APP_DONE);
    CHECK(fact_count[FACT_TLS_CLIENT] == 2 && fact_count[FACT_TLS_SERVER] == 1);
    CHECK(strcmp(last_sni, "second.example") == 0 && last.version == 0x0304);
}

static void a_resumed_session_has_no_certificate(void **state)
{
    (void)state;
    static const uint8_t client[] =
        "\x16\x03\x01\0\x3d\x01\0\0\x39\x03\x03" "random-random-random-random-rand"
        "\x10" "session-session-" "\0\x02\0\x2f" "\x01";
    static const uint8_t server[] =
        "\x16\x03\x03\0\x3a\x02\0\0\x36\x03\x03" "random-random-random-random-rand"
        "\x10" "session-session-" "\0\x2f" "\0" "\x14\x03\x03\0\x01\x01";
    const struct said said[] = { { TO_SERVER, { client, sizeof client } },
                                 { TO_CLIENT, { server, sizeof server - 1 } } };
    CHECK(feed_all_ways(said, 2) == APP_DONE);
    CHECK(last.resumed && !last.has_cert && last.version == 0x0303);
}

static void one_side_alone_is_told_in_the_end(void **state)
{
    (void)state;
    const struct said client[] = { { TO_SERVER, BYTES(tls12_c_0) }, { TO_SERVER, BYTES(tls12_c_1) },
                                   { TO_SERVER, BYTES(tls12_c_2) } };
    CHECK(feed_all_ways(client, 3) == APP_DONE);
    CHECK(fact_count[FACT_TLS_DONE] == 1 && !last.has_server);
    CHECK(feed_all_ways(client, 1) == APP_MORE && fact_count[FACT_TLS_DONE] == 1);   /* at close */
    const struct said server[] = { { TO_CLIENT, BYTES(tls12_s_0) } };
    CHECK(feed_all_ways(server, 1) == APP_DONE);
    CHECK(last.has_cert && !last.has_client && fact_count[FACT_TLS_DONE] == 1);
}

static void swapped_ends_are_put_right(void **state)
{
    (void)state;
    const struct said said[] = { { TO_CLIENT, BYTES(tls12_c_0) }, { TO_SERVER, BYTES(tls12_s_0) } };
    CHECK(feed_all_ways(said, 2) == APP_DONE && last.has_cert && strcmp(last_sni, "npm.example") == 0);
}

static void bad_records_are_lost_and_named(void **state)
{
    (void)state;
    static const struct { struct span bytes; const char *anomaly; } cases[] = {
        { SPAN("\x16\x03\x01\xff\xff\x01"), "INVALID_RECORD_LENGTH" },
        { SPAN("\x47\x03\x01\0\x05\x01"), "INVALID_RECORD_TYPE" },
        { SPAN("\x16\x09\x01\0\x05\x01"), "INVALID_RECORD_VERSION" },
        { SPAN("\x16\x03\x01\0\x04\x01\xff\xff\xff"), "INVALID_HANDSHAKE_MESSAGE" },
        { SPAN("\x16\x03\x01\0\x06\x01\0\0\x02\x03\x03"), "INVALID_HANDSHAKE_MESSAGE" },
        { SPAN("\x80\x03\x01\x03\x01\0\0"), "INVALID_RECORD_LENGTH" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct said said = { TO_SERVER, cases[i].bytes };
        CHECK(feed_all_ways(&said, 1) == APP_MORE);     /* the server may still be heard */
        CHECK(fact_count[FACT_ANOMALY] == 1 && strstr(log_of.text, cases[i].anomaly) != NULL);
    }
}

static void holes_lose_only_what_is_needed(void **state)
{
    (void)state;
    struct span server = BYTES(tls12_s_0), client = BYTES(tls12_c_0);
    for (size_t at = 0; at + 3 < server.n; at++) {
        struct tls t = { 0 };
        forget();
        tls_feed(&t, TO_SERVER, client, &out);
        enum app_status s = tls_feed(&t, TO_CLIENT, span_sub(server, 0, at), &out).status;
        tls_gap(&t, TO_CLIENT, 3, &out);
        if (s == APP_MORE)
            tls_feed(&t, TO_CLIENT, span_sub(server, at + 3, server.n), &out);
        tls_close(&t, &out);
        CHECK(fact_count[FACT_TLS_DONE] == 1 && pool_in_use(out.pool) == 0);
        CHECK(fact_count[FACT_TLS_CERT] <= 1 && fact_count[FACT_ANOMALY] == 0);
    }
    struct tls t = { 0 };               /* within the key exchange, which nobody reads */
    forget();
    tls_feed(&t, TO_SERVER, client, &out);
    tls_feed(&t, TO_CLIENT, span_sub(server, 0, server.n - 60), &out);
    tls_gap(&t, TO_CLIENT, 20, &out);
    CHECK(fact_count[FACT_TLS_DONE] == 0 &&
          tls_feed(&t, TO_CLIENT, span_sub(server, server.n - 40, 40), &out).status == APP_DONE);
}

static void without_memory_it_gives_up_and_counts(void **state)
{
    (void)state;
    void *held[64];
    unsigned n = 0;
    while (n < 64 && (held[n] = pool_take(out.pool, POOL_MAX)) != NULL)
        n++;
    struct tls t = { 0 };
    struct span client = BYTES(tls12_c_0);
    forget();
    out.no_memory = 0;
    tls_feed(&t, TO_SERVER, span_sub(client, 0, 50), &out);
    tls_feed(&t, TO_SERVER, span_sub(client, 50, client.n), &out);
    struct tls u = { 0 };
    tls_feed(&u, TO_SERVER, client, &out);
    CHECK(out.no_memory == 2 && fact_count[FACT_TLS_CLIENT] == 0);
    tls_close(&t, &out);
    tls_close(&u, &out);
    while (n > 0)
        pool_give(out.pool, held[--n]);
}

static void ssl2_hellos_are_read(void **state)
{
    (void)state;
    struct span hello = SPAN("\x80\x1f\x01\x03\x01\0\x06\0\0\0\x10\0\0\x2f\x01\0\x80" "0123456789abcdef");
    const struct said said[] = { { TO_SERVER, { hello.p, hello.n } },
        { TO_CLIENT, SPAN("\x80\x0c\x04\0\x01\0\x02\0\0\0\0\0\0\0") } };
    CHECK(feed_all_ways(said, 1) == APP_MORE && fact_count[FACT_TLS_CLIENT] == 1);
    CHECK(last.client_version == 0x0301 && last.ja3.n == 0);
    CHECK(feed_all_ways(said, 2) == APP_DONE && last.version == TLS_V_SSL2);
}

static void probes_tell_tls_from_the_rest(void **state)
{
    (void)state;
    struct span hello = SPAN("\x80\x1f\x01\x03\x01\0\x06\0\0\0\x10\0\0\x2f\x01\0\x80");
    struct span tls = BYTES(tls13_c_0), alert = SPAN("\x15\x03\x03\0\x02\x02\x28");
    struct span yes[] = { hello, tls, alert };
    size_t enough[] = { 11, 6, 7 };
    for (unsigned i = 0; i < 3; i++)
        for (size_t n = 0; n < yes[i].n; n++)
            CHECK(tls_probe(TO_SERVER, span_sub(yes[i], 0, n)) ==
                  (n < enough[i] ? PROBE_MORE : PROBE_YES));
    CHECK(tls_probe(TO_SERVER, SPAN("GET / HTTP/1.1")) == PROBE_NO);
    CHECK(tls_probe(TO_SERVER, SPAN("\x16\x03\x01\0\x05\x03")) == PROBE_NO);
    CHECK(tls_probe(TO_SERVER, SPAN("\x16\x04\x01")) == PROBE_NO);
    CHECK(tls_probe(TO_CLIENT, SPAN("\x80\x1f\x01\x03\x01\0\x07\0\0\0\x10")) == PROBE_NO);
}

static void odd_versions_and_empty_records_hide_nothing(void **state)
{
    (void)state;
    struct span odd = SPAN("\x16\x03\xff\x02\0\x01");
    struct span behind = SPAN("\x16\x03\x01\0\0" "\x16\x03\x01\x02\0\x01");
    CHECK(tls_probe(TO_SERVER, odd) == PROBE_YES);
    for (size_t n = 0; n < behind.n; n++)
        CHECK(tls_probe(TO_SERVER, span_sub(behind, 0, n)) == PROBE_MORE);
    CHECK(tls_probe(TO_SERVER, behind) == PROBE_YES);
    CHECK(tls_probe(TO_SERVER, SPAN("\x16\x03\x01\0\0GET / HTTP/1.1")) == PROBE_NO);
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(a_tls12_session_is_told_whole),
        WITH_POOL(a_tls13_session_ends_with_the_server_hello),
        WITH_POOL(a_hello_may_span_records_of_one_byte),
        WITH_POOL(a_post_quantum_hello_is_read),
        WITH_POOL(after_a_retry_another_name_is_told_too),
        WITH_POOL(a_resumed_session_has_no_certificate),
        WITH_POOL(one_side_alone_is_told_in_the_end),
        WITH_POOL(swapped_ends_are_put_right),
        WITH_POOL(bad_records_are_lost_and_named),
        WITH_POOL(holes_lose_only_what_is_needed),
        WITH_POOL(without_memory_it_gives_up_and_counts),
        WITH_POOL(ssl2_hellos_are_read),
        cmocka_unit_test(probes_tell_tls_from_the_rest),
        cmocka_unit_test(odd_versions_and_empty_records_hide_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
