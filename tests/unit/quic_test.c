/* app/quic: hellos whole, shuffled, overlapping, over many datagrams, behind other packets. */
#include "app/quic.h"
#include "quic_seal.h"
#include "test.h"

#include <assert.h>

/* By hand from RFC 8446 4.1.2: extended_master_secret, server_name, ALPN, supported_versions, and
 * transport parameters with Google's user agent. */
static const char hello[] =
    "\x01\0\0\x6b" "\x03\x03" "random-random-random-random-rand" "\0" "\0\x02\x13\x01" "\x01\0"
    "\0\x40" "\0\x17\0\0" "\0\0\0\x10" "\0\x0e" "\0" "\0\x0b" "npm.Example"
    "\0\x10\0\x05\0\x03\x02h3" "\0\x2b\0\x03\x02\x03\x04" "\0\x39\0\x14"
    "\x01\x02\x40\x64" "\x71\x29\x0b" "Chrome/1.00" "\x0f\0";
#define HELLO SPAN(hello)

struct told {
    char sni[64], user_agent[64], anomaly[64];
    unsigned facts, with_tls;
    uint32_t version;
};

static void copy(char out[64], struct span s)
{
    CHECK(s.n < 64);
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct told *t = ctx;
    if (f->kind == FACT_ANOMALY) {
        copy(t->anomaly, (struct span){ (const uint8_t *)f->anomaly, strlen(f->anomaly) });
        return;
    }
    CHECK(f->kind == FACT_QUIC);
    t->facts++;
    t->version = f->quic->version;
    copy(t->user_agent, f->quic->user_agent);
    if (f->quic->tls == NULL)
        return;
    t->with_tls++;
    CHECK(f->quic->tls->is_quic && (f->quic->tls->ja4.n == 0 || f->quic->tls->ja4.p[0] == 'q'));
    copy(t->sni, f->quic->tls->sni);
}

/* One flow and what it told. */
struct talk { struct quic q; struct told told; struct app_out out; };

static struct talk *talk_open(void)
{
    struct talk *t = calloc(1, sizeof *t);
    t->out = (struct app_out){ .fact = on_fact, .ctx = &t->told, .pool = pool_open(1 << 20) };
    return t;
}

static void talk_close(struct talk *t)
{
    quic_close(&t->q, &t->out);
    CHECK(pool_in_use(t->out.pool) == 0);
    pool_close(t->out.pool);
    free(t);
}

static enum app_status hear(struct talk *t, enum dir dir, struct span datagram)
{
    struct span exact = exact_copy(datagram, datagram.n);
    struct app_result r = quic_feed(&t->q, dir, exact, &t->out);
    CHECK(r.used == datagram.n);
    exact_free(exact);
    return r.status;
}

static bool knows_the_hello(const struct talk *t)
{
    return t->told.facts == 1 && t->told.with_tls == 1 && strcmp(t->told.sni, "npm.example") == 0 &&
           strcmp(t->told.user_agent, "Chrome/1.00") == 0;
}

/* ---- what the client sends ---- */

struct frames { uint8_t b[4096]; size_t n; };

static void add_crypto(struct frames *f, size_t from, size_t to)
{
    size_t n = to - from;
    uint8_t head[] = { 6, (uint8_t)(0x40 | from >> 8), (uint8_t)from, (uint8_t)(0x40 | n >> 8),
                       (uint8_t)n };
    memcpy(f->b + f->n, head, sizeof head);
    memcpy(f->b + f->n + sizeof head, hello + from, to - from);
    f->n += sizeof head + to - from;
}

#define DCID SPAN("\x83\x94\xc8\xf0\x3e\x51\x57\x08")
#define OTHER_ID SPAN("\x01\x02\x03\x04\x05\x06\x07\x08\x09")

static struct span seal_as(uint32_t version, struct span key_id, struct span dcid,
                           const struct frames *f, uint8_t out[SEAL_MAX])
{
    struct quic_keys k;
    quic_keys_client(version, key_id, &k);
    struct initial i = { .version = version, .dcid = dcid, .token = SPAN_NONE, .number = 3 };
    return (struct span){ out, quic_initial(&k, &i, (struct span){ f->b, f->n }, out) };
}

static enum app_status say(struct talk *t, enum dir dir, const struct frames *f)
{
    uint8_t b[SEAL_MAX];
    return hear(t, dir, seal_as(QUIC_V1, DCID, DCID, f, b));
}

/* ---- claims ---- */

static void one_packet_tells_all(void **state)
{
    (void)state;
    static const uint32_t versions[] = { QUIC_V1, QUIC_V2, 0xff00001d, 0xff000017, 0xff000016 };
    for (unsigned i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct talk *t = talk_open();
        struct frames f = { .n = 0 };
        uint8_t b[SEAL_MAX];
        add_crypto(&f, 0, HELLO.n);
        struct span packet = seal_as(versions[i], DCID, DCID, &f, b);
        CHECK(quic_probe(packet) == PROBE_YES);
        CHECK(hear(t, i % 2 ? TO_CLIENT : TO_SERVER, packet) == APP_DONE && knows_the_hello(t));
        CHECK(t->told.version == versions[i] && t->out.no_memory == 0);
        CHECK(hear(t, TO_SERVER, packet) == APP_DONE && t->told.facts == 1);
        talk_close(t);
    }
}

static void every_cut_over_two_datagrams_is_joined(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < HELLO.n; cut++)
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            struct talk *t = talk_open();
            struct frames f[2] = { { .n = 0 }, { .n = 0 } };
            add_crypto(&f[swapped], 0, cut);
            add_crypto(&f[1 - swapped], cut, HELLO.n);
            CHECK(say(t, TO_SERVER, &f[0]) == APP_MORE && t->told.facts == 0);
            CHECK(say(t, TO_SERVER, &f[1]) == APP_DONE && knows_the_hello(t));
            talk_close(t);
        }
}

static void shuffled_bytes_are_put_in_order(void **state)
{
    (void)state;
    srand(3);
    for (unsigned round = 0; round < 50; round++) {
        size_t order[sizeof hello], n = HELLO.n;
        for (size_t i = 0; i < n; i++)
            order[i] = i;
        for (size_t i = n - 1; i > 0; i--) {
            size_t k = (size_t)rand() % (i + 1), swap = order[i];
            order[i] = order[k];
            order[k] = swap;
        }
        struct talk *t = talk_open();
        struct frames f = { .n = 0 };
        for (size_t i = 0; i < n; i++) {
            if (i % 9 == 0)
                f.b[f.n++] = 1;     /* PING */
            add_crypto(&f, order[i], order[i] + 1 + (order[i] + 1 < n ? (size_t)rand() % 2 : 0));
        }
        CHECK(say(t, TO_SERVER, &f) == APP_DONE && knows_the_hello(t));
        talk_close(t);
    }
}

static void the_first_of_two_overlapping_pieces_wins(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    add_crypto(&f, 60, HELLO.n);
    size_t lie = f.n + 5 + 70;      /* a byte of the name, as the repetition has it */
    add_crypto(&f, 0, HELLO.n - 1);
    f.b[lie] ^= 0x55;
    CHECK(say(t, TO_SERVER, &f) == APP_DONE && knows_the_hello(t));
    talk_close(t);
}

static void other_frames_are_stepped_over(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    static const char before[] = "\0\0\0\1" "\2\7\x40\x19\2\1\1\1\0\1" "\3\7\0\0\1\1\2\3"
                                 "\x1c\x0a\6\3bye";
    memcpy(f.b, before, f.n = sizeof before - 1);
    add_crypto(&f, 0, HELLO.n);
    CHECK(say(t, TO_SERVER, &f) == APP_DONE && knows_the_hello(t));
    talk_close(t);
}

static void coalesced_packets_are_all_read(void **state)
{
    (void)state;
    static const char handshake[] = "\xe3\0\0\0\1\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\5abcde";
    struct talk *t = talk_open();
    struct frames first = { .n = 0 }, second = { .n = 0 };
    uint8_t a[SEAL_MAX], b[SEAL_MAX];
    add_crypto(&first, 0, 20);
    add_crypto(&second, 20, HELLO.n);
    size_t n = sizeof handshake - 1, first_n = seal_as(QUIC_V1, DCID, DCID, &first, a).n;
    memmove(a + n, a, first_n);
    memcpy(a, handshake, n);
    struct span last = seal_as(QUIC_V1, DCID, DCID, &second, b);
    memcpy(a + n + first_n, b, last.n);
    memset(a + n + first_n + last.n, 0, 40);    /* padding behind the packets */
    CHECK(hear(t, TO_SERVER, (struct span){ a, n + first_n + last.n + 40 }) == APP_DONE);
    CHECK(knows_the_hello(t));
    talk_close(t);
}

static void the_server_s_id_does_not_change_the_keys(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f[2] = { { .n = 0 }, { .n = 0 } };
    uint8_t b[SEAL_MAX];
    add_crypto(&f[0], 0, 50);
    add_crypto(&f[1], 50, HELLO.n);
    CHECK(say(t, TO_CLIENT, &f[0]) == APP_MORE);
    CHECK(hear(t, TO_CLIENT, seal_as(QUIC_V1, DCID, OTHER_ID, &f[1], b)) == APP_DONE);
    CHECK(knows_the_hello(t));
    talk_close(t);
}

static void after_a_retry_the_hello_starts_anew(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames half = { .n = 0 }, whole = { .n = 0 };
    uint8_t b[SEAL_MAX];
    add_crypto(&half, 0, 50);
    half.b[20] ^= 0xff;
    CHECK(say(t, TO_SERVER, &half) == APP_MORE);
    static const char retry[] = "\xf0\0\0\0\1\0\x09\1\2\3\4\5\6\7\x08\x09token-and-tag";
    CHECK(hear(t, TO_CLIENT, SPAN(retry)) == APP_MORE);
    add_crypto(&whole, 0, 100);
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, OTHER_ID, OTHER_ID, &whole, b)) == APP_MORE);
    whole.n = 0;
    add_crypto(&whole, 100, HELLO.n);
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, OTHER_ID, OTHER_ID, &whole, b)) == APP_DONE);
    CHECK(knows_the_hello(t));
    talk_close(t);
}

static void damaged_packets_are_ignored(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    uint8_t b[SEAL_MAX];
    add_crypto(&f, 0, HELLO.n);
    struct span packet = seal_as(QUIC_V1, DCID, DCID, &f, b);
    b[packet.n - 1] ^= 1;
    for (unsigned i = 0; i < 20; i++)
        CHECK(hear(t, TO_SERVER, packet) == APP_MORE && t->told.facts == 0);
    b[packet.n - 1] ^= 1;
    CHECK(hear(t, TO_SERVER, packet) == APP_DONE && knows_the_hello(t));
    talk_close(t);
}

static void another_connection_of_the_same_ports_is_told(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    uint8_t b[SEAL_MAX];
    add_crypto(&f, 0, HELLO.n);
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, DCID, DCID, &f, b)) == APP_DONE && t->told.facts == 1);
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, DCID, DCID, &f, b)) == APP_DONE && t->told.facts == 1);
    /* what the client says to the id the server chose is still sealed with the first one's keys */
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, DCID, OTHER_ID, &f, b)) == APP_DONE && t->told.facts == 1);
    CHECK(hear(t, TO_SERVER, seal_as(QUIC_V1, OTHER_ID, OTHER_ID, &f, b)) == APP_DONE && t->told.facts == 2);
    talk_close(t);
}

static void every_cut_of_a_datagram_tells_nothing_false(void **state)
{
    (void)state;
    struct frames f = { .n = 0 };
    uint8_t b[SEAL_MAX];
    add_crypto(&f, 0, HELLO.n);
    struct span packet = seal_as(QUIC_V1, DCID, DCID, &f, b);
    for (size_t n = 1; n < packet.n; n++) {
        struct talk *t = talk_open();
        CHECK(quic_probe(span_sub(packet, 0, n)) == PROBE_NO);
        CHECK(hear(t, TO_SERVER, span_sub(packet, 0, n)) == APP_MORE);
        quic_close(&t->q, &t->out);
        CHECK(t->told.with_tls == 0 && t->told.facts == (n >= 5));
        talk_close(t);
    }
}

static void an_endless_hello_is_given_up(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    add_crypto(&f, 0, HELLO.n - 1);
    for (unsigned i = 0; i < 249; i++)
        CHECK(say(t, TO_SERVER, &f) == APP_MORE);
    CHECK(say(t, TO_SERVER, &f) == APP_LOST && t->told.facts == 1 && t->told.with_tls == 0);
    talk_close(t);
}

static enum app_status say_raw(struct talk *t, struct span frames)
{
    struct frames f = { .n = frames.n };
    memcpy(f.b, frames.p, frames.n);
    return say(t, TO_SERVER, &f);
}

static void lies_about_lengths_are_lost(void **state)
{
    (void)state;
    static const struct { const char *bytes; size_t n; enum app_status status; } tries[] = {
#define TRY(bytes, status) { bytes, sizeof(bytes) - 1, status }
        TRY("\6\x80\0\x40\1\1x", APP_LOST),                     /* offset 16385 */
        TRY("\6\xff\xff\xff\xff\xff\xff\xff\xff\1x", APP_LOST),
        TRY("\6\0\4\1\1\0\0", APP_LOST),                        /* a hello of 65536 bytes */
        TRY("\6\0\1\2", APP_LOST),                              /* a ServerHello */
        TRY("\6\0\x44\0x", APP_MORE),                           /* a frame longer than the packet */
        TRY("\2\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0", APP_MORE),
        TRY("\x1c\0\0\xc0\0\0\1\0\0\0\0", APP_MORE),
        TRY("\x08stream", APP_MORE),
        TRY("\6\5\0", APP_MORE),
#undef TRY
    };
    for (unsigned i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct talk *t = talk_open();
        CHECK(say_raw(t, (struct span){ (const uint8_t *)tries[i].bytes, tries[i].n }) ==
              tries[i].status);
        talk_close(t);
    }
}

static void a_hello_scattered_to_hide_is_lost(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    for (unsigned i = 0; i < 129; i++) {
        uint8_t frame[] = { 6, (uint8_t)(0x40 | (2 * i + 1) >> 8), (uint8_t)(2 * i + 1), 1, 'x' };
        memcpy(f.b + f.n, frame, sizeof frame);
        f.n += sizeof frame;
    }
    CHECK(say(t, TO_SERVER, &f) == APP_LOST && t->told.facts == 1);
    talk_close(t);
}

static void a_broken_hello_is_an_anomaly(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    CHECK(say_raw(t, SPAN("\6\0\x08\1\0\0\4\3\3xx")) == APP_LOST);
    CHECK(strcmp(t->told.anomaly, "QUIC_HELLO_BROKEN") == 0 && t->told.facts == 1);
    talk_close(t);
}

static void a_spent_pool_is_counted(void **state)
{
    (void)state;
    struct talk *t = talk_open();
    struct frames f = { .n = 0 };
    void *b[64];
    unsigned n = 0;
    while (n < 64 && (b[n] = pool_take(t->out.pool, POOL_MAX)) != NULL)
        n++;
    add_crypto(&f, 0, HELLO.n - 1);
    CHECK(say(t, TO_SERVER, &f) == APP_LOST && t->out.no_memory == 1 && t->told.facts == 1);
    while (n > 0)
        pool_give(t->out.pool, b[--n]);
    talk_close(t);
}

static void other_datagrams_are_not_quic(void **state)
{
    (void)state;
    CHECK(quic_probe(SPAN("")) == PROBE_NO);
    CHECK(quic_probe(SPAN("\x40 short header")) == PROBE_NO);
    CHECK(quic_probe(SPAN("\xc0\0\0\0\2\0\0\0\4abcd")) == PROBE_NO);
    CHECK(quic_probe(SPAN("\xc0\0\0\0\1\x15" "twenty-one bytes long" "\0\0\4abcd")) == PROBE_NO);
    CHECK(quic_probe(SPAN("\x80\0\0\0\1\0\0\0\4abcd")) == PROBE_NO);
    CHECK(quic_probe(SPAN("\xc0\0\0\0\1\0\0\0\4abcd")) == PROBE_YES);
}

#define CHLO "CHLO\3\0\0\0" "PAD\0\4\0\0\0" "SNI\0\x0f\0\0\0" "UAID\x15\0\0\0" "----" \
    "npm.Example" "Chrome"
#define Q043 "\x0d" "\1\2\3\4\5\6\7\x08" "Q043" "\1" "hash-of-that" "\xa0\1\0\x40" CHLO

static void google_s_own_hello_is_read(void **state)
{
    (void)state;
    struct frames f = { .n = sizeof CHLO - 1 };
    uint8_t b[SEAL_MAX];
    memcpy(f.b, CHLO, f.n);
    struct span datagrams[] = {
        SPAN(Q043),
        SPAN("\xc3" "Q046" "\x50" "\1\2\3\4\5\6\7\x08" "\0\0\0\1" "hash-of-that" "\xa0\1" CHLO),
        seal_as(QUIC_Q050, DCID, DCID, &f, b),
    };
    for (unsigned i = 0; i < 3; i++) {
        struct talk *t = talk_open();
        CHECK(quic_probe(datagrams[i]) == PROBE_YES);
        t->told.sni[0] = '?';
        CHECK(hear(t, TO_SERVER, datagrams[i]) == APP_DONE && t->told.facts == 1);
        CHECK(strcmp(t->told.sni, "npm.example") == 0 && strcmp(t->told.user_agent, "Chrome") == 0);
        talk_close(t);
    }
}

static void every_cut_of_google_s_hello_is_safe(void **state)
{
    (void)state;
    for (size_t n = 0; n < SPAN(Q043).n; n++) {
        struct talk *t = talk_open();
        struct span cut = exact_copy(SPAN(Q043), n);
        CHECK(quic_probe(cut) == (n >= 13 ? PROBE_YES : PROBE_NO));
        exact_free(cut);
        hear(t, TO_SERVER, span_sub(SPAN(Q043), 0, n));
        CHECK(t->told.user_agent[0] == '\0');
        talk_close(t);
    }
}

int main(void)
{
    static_assert(sizeof(struct quic) <= 128, "it stands in every flow's parser");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_tells_all),
        cmocka_unit_test(every_cut_over_two_datagrams_is_joined),
        cmocka_unit_test(shuffled_bytes_are_put_in_order),
        cmocka_unit_test(the_first_of_two_overlapping_pieces_wins),
        cmocka_unit_test(other_frames_are_stepped_over),
        cmocka_unit_test(coalesced_packets_are_all_read),
        cmocka_unit_test(the_server_s_id_does_not_change_the_keys),
        cmocka_unit_test(after_a_retry_the_hello_starts_anew),
        cmocka_unit_test(damaged_packets_are_ignored),
        cmocka_unit_test(another_connection_of_the_same_ports_is_told),
        cmocka_unit_test(every_cut_of_a_datagram_tells_nothing_false),
        cmocka_unit_test(an_endless_hello_is_given_up),
        cmocka_unit_test(lies_about_lengths_are_lost),
        cmocka_unit_test(a_hello_scattered_to_hide_is_lost),
        cmocka_unit_test(a_broken_hello_is_an_anomaly),
        cmocka_unit_test(a_spent_pool_is_counted),
        cmocka_unit_test(other_datagrams_are_not_quic),
        cmocka_unit_test(google_s_own_hello_is_read),
        cmocka_unit_test(every_cut_of_google_s_hello_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
