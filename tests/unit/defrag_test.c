/* decode/defrag: whole datagrams come out once, whatever the order, and nobody gets more than the
 * budget. */
#include "decode/decode.h"
#include "frame.h"
#include "test.h"

static struct pool *pool;
static struct decode decoder;
static struct batch batch;

static const struct config config = { .fragments_max = 8, .stream_memory = 1 << 20, .fragment_s = 30 };

static int open_decoder(void **state)
{
    (void)state;
    pool = pool_open(4 << 20);
    return pool == NULL ? -1 : decode_open(&decoder, &config, HASH_KEY_FIXED, pool, 1);
}

static int close_decoder(void **state)
{
    (void)state;
    decode_close(&decoder);
    int left = (int)pool_in_use(pool);
    pool_close(pool);
    return left;
}

static struct packet *decode_frame(const struct frame *f, unsigned linktype, uint64_t ts_ns)
{
    batch.n = 1;
    batch.p[0] = (struct packet){ .data = f->b + f->from, .caplen = (uint32_t)frame_len(f),
                                  .wirelen = (uint32_t)frame_len(f), .ts_ns = ts_ns,
                                  .linktype = (uint16_t)linktype };
    decode_batch(&decoder, &batch);
    return &batch.p[0];
}

/* A UDP datagram 1 -> 2 of 64 bytes, as the bytes behind the IP header. */
static struct frame datagram(void)
{
    static uint8_t text[56];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)i;
    struct frame f;
    frame_start(&f, (struct span){ text, sizeof text });
    frame_udp(&f, 1, 2);
    return f;
}

static struct packet *send_piece(unsigned version, uint8_t host, struct span all, size_t from,
                                 size_t n, uint64_t ts_ns)
{
    struct frame f;
    frame_start(&f, span_sub(all, from, n));
    bool more = from + n < all.n;
    if (version == 4) {
        frame_ipv4_fragment(&f, 17, host, from / 8 | (more ? 0x2000u : 0));
        return decode_frame(&f, 228, ts_ns);
    }
    frame_be16(FRONT(&f, "\x11\0\0\0\0\0\0\1") + 2, from | (more ? 1u : 0));
    FRONT(&f, "\x2c\0\1\4\0\0\0\0");
    frame_ipv6(&f, 0);
    f.b[f.from + 23] = host;
    return decode_frame(&f, 229, ts_ns);
}

static void is_the_whole(const struct packet *p, struct span all)
{
    CHECK(p->state == PKT_OK && p->source == SRC_DEFRAG && p->sport == 1 && p->dport == 2);
    CHECK(span_eq(p->payload, span_sub(all, 8, all.n)) && defrag_holds(&decoder.defrag, p->payload));
    CHECK(p->payload_cut == 0 && p->proto == 17);
    unsigned head = (unsigned)(p->payload.p - p->ip) - 8;
    CHECK(p->ip_len == head + all.n && head == (p->ip_version == 4 ? 20 : 48));
}

static void pieces_in_any_order_make_the_whole(void **state)
{
    (void)state;
    static const size_t orders[][4] = {
        { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 3, 0, 2 }, { 2, 0, 3, 1 }, { 3, 0, 1, 2 }, { 1, 2, 3, 0 },
    };
    struct frame f = datagram();
    struct span all = frame_span(&f);
    for (unsigned version = 4; version <= 6; version += 2)
        for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
            for (int k = 0; k < 3; k++) {
                struct packet *p = send_piece(version, 1, all, orders[i][k] * 16, 16, 0);
                CHECK(p->state == PKT_FRAGMENT && !p->has_ports && p->src.b[15] == 1 && p->proto == 17);
            }
            is_the_whole(send_piece(version, 1, all, orders[i][3] * 16, 16, 0), all);
        }
    CHECK(decoder.count[DECODE_REASSEMBLED] == 12);
}

static void the_first_bytes_for_a_place_stay(void **state)
{
    (void)state;
    struct frame f = datagram();
    struct span all = frame_span(&f);
    uint8_t other[64];
    memset(other, 0xee, sizeof other);
    struct span lie = { other, sizeof other };
    for (unsigned version = 4; version <= 6; version += 2) {
        send_piece(version, 1, all, 8, 8, 0);
        send_piece(version, 1, all, 24, 16, 0);
        send_piece(version, 1, all, 0, 8, 0);
        send_piece(version, 1, lie, 0, 16, 0);
        CHECK(batch.p[0].state == PKT_FRAGMENT && batch.p[0].anomaly != NULL);
        send_piece(version, 1, all, 16, 8, 0);
        is_the_whole(send_piece(version, 1, all, 32, 32, 0), all);

        send_piece(version, 1, all, 16, 16, 0);     /* in the middle of a lie that spans it */
        send_piece(version, 1, lie, 8, 48, 0);
        send_piece(version, 1, all, 56, 8, 0);
        struct packet *p = send_piece(version, 1, all, 0, 8, 0);
        CHECK(p->state == PKT_OK && p->payload.n == 56);
        CHECK(p->payload.p[0] == 0xee && p->payload.p[8] == all.p[16] && p->payload.p[24] == 0xee);
    }
}

static void datagrams_do_not_mix(void **state)
{
    (void)state;
    struct frame f = datagram();
    struct span all = frame_span(&f);
    for (uint8_t host = 1; host <= 8; host++)
        CHECK(send_piece(4, host, all, 0, 32, 0)->state == PKT_FRAGMENT);
    CHECK(send_piece(6, 1, all, 32, 32, 0)->state == PKT_FRAGMENT);     /* evicts the oldest, host 1 */
    for (uint8_t host = 3; host <= 8; host++)
        is_the_whole(send_piece(4, host, all, 32, 32, 0), all);
    CHECK(decoder.count[DECODE_FRAGMENT_EVICTED] == 1);
}

static void old_ones_are_given_up(void **state)
{
    (void)state;
    struct frame f = datagram();
    struct span all = frame_span(&f);
    send_piece(4, 1, all, 0, 32, 1000);
    CHECK(send_piece(4, 1, all, 32, 32, 31 * 1000000000ULL)->state == PKT_FRAGMENT);
    CHECK(decoder.count[DECODE_FRAGMENT_TIMEOUT] == 1);
    is_the_whole(send_piece(4, 1, all, 0, 32, 5), all);     /* time ran backwards */
}

static void no_more_than_the_budget_is_held(void **state)
{
    (void)state;
    static uint8_t big[1 << 16];
    struct defrag d;
    struct defrag_whole whole;
    CHECK(defrag_open(&d, HASH_KEY_FIXED, pool, 1000, 100000, 30) == 0);
    for (uint32_t i = 0; i < 5000; i++) {
        struct defrag_key key = { .id = i, .version = 4 };
        struct defrag_piece piece = { { big, 20 }, { big, 1400 }, i % 7 * 1400, true, 17, 0 };
        defrag_push(&d, &key, &piece, 0, &whole);
        CHECK(d.bytes <= 100000);
    }
    struct defrag_key key = { .version = 4 };
    struct defrag_piece huge = { { big, 20 }, { big, 60000 }, 8000, true, 17, 0 };
    CHECK(defrag_push(&d, &key, &huge, 0, &whole) == DEFRAG_TOO_LARGE);
    enum defrag_result r = DEFRAG_KEPT;
    for (uint32_t i = 0; i < 300 && r == DEFRAG_KEPT; i++) {
        struct defrag_piece tiny = { { big, 20 }, { big, 1 }, i * 8, true, 17, 0 };
        r = defrag_push(&d, &key, &tiny, 0, &whole);
    }
    CHECK(r == DEFRAG_REFUSED);
    defrag_close(&d);
}

static void a_tunnel_in_pieces_is_followed(void **state)
{
    (void)state;
    struct frame f = datagram();
    frame_ipv4(&f, 17, 1);
    FRONT(&f, "\0\0\x08\0");
    struct span gre = frame_span(&f);
    for (size_t from = 0; from < gre.n; from += 40) {
        struct frame piece;
        frame_start(&piece, span_sub(gre, from, 40));
        frame_ipv4_fragment(&piece, 47, 9, from / 8 | (from + 40 < gre.n ? 0x2000u : 0));
        decode_frame(&piece, 228, 0);
    }
    struct packet *p = &batch.p[0];
    CHECK(p->state == PKT_OK && p->source == SRC_GRE && p->sport == 1 && p->has_outer);
    CHECK(p->payload.n == 56 && defrag_holds(&decoder.defrag, p->payload));
}

static void pieces_in_a_tunnel_are_put_together(void **state)
{
    (void)state;
    struct frame f = datagram();
    struct span all = frame_span(&f);
    for (size_t from = 0; from < all.n; from += 32) {
        struct frame piece;
        frame_start(&piece, span_sub(all, from, 32));
        frame_ipv4_fragment(&piece, 17, 1, from / 8 | (from + 32 < all.n ? 0x2000u : 0));
        FRONT(&piece, "\x08\0\0\0\0\0\7\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0");
        frame_udp(&piece, 40000, 4789);
        frame_ipv4(&piece, 17, 9);
        decode_frame(&piece, 228, 0);
    }
    is_the_whole(&batch.p[0], all);
    CHECK(batch.p[0].tenant == 8 && batch.p[0].has_outer);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_decoder, close_decoder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pieces_in_any_order_make_the_whole),
        CASE(the_first_bytes_for_a_place_stay),
        CASE(datagrams_do_not_mix),
        CASE(old_ones_are_given_up),
        CASE(no_more_than_the_budget_is_held),
        CASE(a_tunnel_in_pieces_is_followed),
        CASE(pieces_in_a_tunnel_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
