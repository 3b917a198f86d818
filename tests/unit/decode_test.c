/* decode: each way to wrap a packet yields the same innermost packet, and no cut of it reads or
 * claims bytes that are not there. */
#include "decode/decode.h"
#include "frame.h"
#include "test.h"

static struct pool *pool;
static struct decode decoder;
static struct batch batch;

static const struct config config = { .fragments_max = 64, .stream_memory = 4 << 20, .fragment_s = 30 };

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

static struct packet *decode_one(unsigned linktype, struct span s, size_t wirelen, uint64_t ts_ns)
{
    batch.n = 1;
    batch.p[0] = (struct packet){ .data = s.p, .caplen = (uint32_t)s.n, .wirelen = (uint32_t)wirelen,
                                  .ts_ns = ts_ns, .linktype = (uint16_t)linktype };
    decode_batch(&decoder, &batch);
    return &batch.p[0];
}

static bool within(struct span s, const struct packet *p)
{
    return (s.p >= p->data && s.p + s.n <= p->data + p->caplen) || defrag_holds(&decoder.defrag, s);
}

/* Cut by the snap length and cut for good: never a byte outside, never OK with more than there is. */
static void cut_everywhere(unsigned linktype, struct span all)
{
    for (size_t n = 0; n < all.n; n++) {
        struct span cut = exact_copy(all, n);
        for (int snapped = 0; snapped < 2; snapped++) {
            const struct packet *p = decode_one(linktype, cut, snapped ? all.n : n, 0);
            CHECK(within(p->payload, p));
            CHECK(within((struct span){ p->ip, p->ip_len }, p));
        }
        exact_free(cut);
    }
}

static struct packet *is_the_tcp_packet(unsigned linktype, const struct frame *f)
{
    cut_everywhere(linktype, frame_span(f));
    struct packet *p = decode_one(linktype, frame_span(f), frame_len(f), 0);
    CHECK(p->state == PKT_OK && p->proto == 6 && p->has_ports && p->anomaly == NULL);
    CHECK(p->sport == 1000 && p->dport == 443 && p->seq == 7 && p->ack == 9);
    CHECK(p->tcp_flags == TH_SYN && p->wscale == 7 && p->win == 0x4000);
    CHECK(span_is(p->payload, "hello") && p->payload_cut == 0);
    return p;
}

static struct frame tcp4(void)
{
    struct frame f;
    frame_start(&f, SPAN("hello"));
    frame_tcp(&f);
    frame_ipv4(&f, 6, 1);
    return f;
}

static struct frame tcp6(void)
{
    struct frame f;
    frame_start(&f, SPAN("hello"));
    frame_tcp(&f);
    frame_ipv6(&f, 6);
    return f;
}

static void every_link_type_leads_to_ip(void **state)
{
    (void)state;
    static const struct { unsigned link; struct span head; } four[] = {
        { 1, SPAN("\x02\0\0\0\0\1\2\0\0\0\0\2\x08\0") },
        { 1, SPAN("\x02\0\0\0\0\1\2\0\0\0\0\2\0\x40\xaa\xaa\3\0\0\0\x08\0") },
        { 0, SPAN("\0\0\0\2") }, { 0, SPAN("\2\0\0\0") }, { 108, SPAN("\0\0\0\2") },
        { 12, SPAN("") }, { 14, SPAN("") }, { 101, SPAN("") }, { 228, SPAN("") },
        { 9, SPAN("\xff\3\0\x21") }, { 9, SPAN("\0\x21") }, { 9, SPAN("\x21") },
        { 50, SPAN("\xff\3\0\x21") }, { 50, SPAN("\x0f\0\x08\0") }, { 51, SPAN("\x11\0\0\1\0\x33\0\x21") },
        { 104, SPAN("\x0f\0\x08\0") }, { 204, SPAN("\1\xff\3\0\x21") }, { 205, SPAN("\1\x0f\0\x08\0") },
        { 113, SPAN("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0") },
        { 276, SPAN("\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0") },
        { 105, SPAN("\x08\1\0\0\2\0\0\0\0\1\2\0\0\0\0\1\2\0\0\0\0\1\0\0\xaa\xaa\3\0\0\0\x08\0") },
        { 105, SPAN("\x88\3\0\0\2\0\0\0\0\1\2\0\0\0\0\1\2\0\0\0\0\1\0\0\2\0\0\0\0\1\0\0\xaa\xaa\3\0\0\0\x08\0") },
        { 127, SPAN("\0\0\x08\0\0\0\0\0\x08\1\0\0\2\0\0\0\0\1\2\0\0\0\0\1\2\0\0\0\0\1\0\0\xaa\xaa\3\0\0\0\x08\0") },
        { 192, SPAN("\0\0\x08\0\1\0\0\0\x02\0\0\0\0\1\2\0\0\0\0\2\x08\0") },
        { 107, SPAN("\x18\x41\3\xcc") }, { 109, SPAN("\2\0\0\0\0\0\0\0\0\0\0\0") },
        { 117, SPAN("\x3d\2\0\0" "012345678901234567890123456789012345678901234567890123456789") },
        { 239, SPAN("\2\0\0\0\x05\0\x0a\0x\0\0\0\x36\0\x09\0") },
        { 100, SPAN("\xaa\xaa\3\0\0\0\x08\0") }, { 122, SPAN("0123456789abcdef\xaa\xaa\3\0\0\0\x08\0") },
        { 138, SPAN("0123456789abcdef\x08\0") },
        { 242, SPAN("0123456789012345678901234567890123456789\x08\0\0\0") },
        { 219, SPAN("\0\x01\x01\x40") }, { 226, SPAN("\0\2" "0123456789012345678901") },
        { 274, SPAN("\x55\x55\x55\x55\x55\x55\x55\xd5\x02\0\0\0\0\1\2\0\0\0\0\2\x08\0") },
    };
    for (size_t i = 0; i < sizeof four / sizeof four[0]; i++) {
        struct frame f = tcp4();
        frame_front(&f, four[i].head);
        struct packet *p = is_the_tcp_packet(four[i].link, &f);
        CHECK(p->ip_version == 4 && p->source == SRC_WIRE && !p->has_outer && p->ttl == 64);
    }
    static const struct { unsigned link; struct span head; } six[] = {
        { 1, SPAN("\x02\0\0\0\0\1\2\0\0\0\0\2\x86\xdd") }, { 0, SPAN("\x1e\0\0\0") },
        { 108, SPAN("\0\0\0\x18") }, { 101, SPAN("") }, { 229, SPAN("") }, { 9, SPAN("\0\x57") },
    };
    for (size_t i = 0; i < sizeof six / sizeof six[0]; i++) {
        struct frame f = tcp6();
        frame_front(&f, six[i].head);
        CHECK(is_the_tcp_packet(six[i].link, &f)->ip_version == 6);
    }
}

static void tags_are_taken_off(void **state)
{
    (void)state;
    struct frame f = tcp4();
    FRONT(&f, "\0\x05\x08\0");
    FRONT(&f, "\0\0\x81\0");        /* priority only */
    FRONT(&f, "\x20\x07\x81\0");
    frame_ethernet(&f, 0x88a8);
    struct packet *p = is_the_tcp_packet(1, &f);
    CHECK(p->n_vlan == 2 && p->vlan[0] == 7 && p->vlan[1] == 5);

    static const struct { unsigned type; struct span tag; } tags[] = {
        { 0x8847, SPAN("\0\1\0\x40\0\2\1\x40") },                       /* two labels, then IPv4 */
        { 0x8847, SPAN("\0\1\1\x40\0\0\0\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0") },   /* pseudowire */
        { 0x8864, SPAN("\x11\0\0\1\0\x33\0\x21") },
        { 0x88e7, SPAN("\0\0\0\1\2\0\0\0\0\1\2\0\0\0\0\2\x08\0") },
        { 0x8926, SPAN("\x80\1\0\2\x08\0") },
        { 0x8903, SPAN("\0\1\2\0\0\0\0\1\2\0\0\0\0\2\x08\0") },
        { 0x8909, SPAN("\1\1\0\1\0\x07\x08\0") },
        { 0x894f, SPAN("\0\x02\2\1\0\0\1\xff") },
    };
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct frame g = tcp4();
        frame_front(&g, tags[i].tag);
        frame_ethernet(&g, tags[i].type);
        is_the_tcp_packet(1, &g);
    }
}

#define ETHER4 "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"

static void tunnels_lead_to_the_inner_packet(void **state)
{
    (void)state;
    static const struct {
        uint8_t proto;
        uint16_t port;
        enum packet_source source;
        uint32_t tenant;
        struct span head;
    } ways[] = {
        { 4, 0, SRC_IPV4_TUNNEL, 0, SPAN("") },
        { 47, 0, SRC_GRE, 0, SPAN("\0\0\x08\0") },
        { 47, 0, SRC_GRE, 10, SPAN("\xb0\0\x08\0\0\0\0\0\0\0\0\x09\0\0\0\1") },
        { 47, 0, SRC_GRE, 0, SPAN("\x40\0\x08\0\0\0\0\0\x08\0\0\4abcd\0\0\0\0") },
        { 47, 0, SRC_GRE, 0, SPAN("\0\0\x65\x58" ETHER4) },
        { 47, 0, SRC_GRE, 0, SPAN("\x30\x81\x88\x0b\0\x10\0\1\0\0\0\1\0\0\0\1\xff\3\0\x21") },
        { 47, 0, SRC_GRE, 0, SPAN("\0\0\x88\x3e\0\0\0\0") },
        { 47, 0, SRC_ERSPAN, 0, SPAN("\0\0\x88\xbe" ETHER4) },
        { 47, 0, SRC_ERSPAN, 0, SPAN("\x10\0\x88\xbe\0\0\0\1\x10\x05\0\0\0\0\0\0" ETHER4) },
        { 47, 0, SRC_ERSPAN, 0, SPAN("\x10\0\x22\xeb\0\0\0\1\x20\x05\0\0\0\0\0\0\0\0\0\0" ETHER4) },
        { 47, 0, SRC_ERSPAN, 0, SPAN("\x10\0\x22\xeb\0\0\0\1\x20\x05\0\0\0\0\0\0\0\0\0\1abcdefgh" ETHER4) },
        { 17, 4789, SRC_VXLAN, 124, SPAN("\x08\0\0\0\0\0\x7b\0" ETHER4) },
        { 17, 8472, SRC_VXLAN, 124, SPAN("\xff\1\2\3\0\0\x7b\4" ETHER4) },
        { 17, 4790, SRC_VXLAN, 124, SPAN("\x0c\0\0\1\0\0\x7b\0") },
        { 17, 6081, SRC_GENEVE, 124, SPAN("\1\0\x65\x58\0\0\x7b\0optn" ETHER4) },
        { 17, 6081, SRC_GENEVE, 1, SPAN("\0\0\x08\0\0\0\0\0") },
        { 17, 2152, SRC_GTP, 0, SPAN("\x30\xff\0\x31\0\0\0\1") },
        { 17, 2152, SRC_GTP, 0, SPAN("\x36\xff\0\x39\0\0\0\1\0\1\0\x85\1ab\0") },
        { 17, 1701, SRC_IPV4_TUNNEL, 0, SPAN("\0\2\0\1\0\1\xff\3\0\x21") },
        { 17, 1701, SRC_IPV4_TUNNEL, 0, SPAN("\x4a\2\0\x99\0\1\0\1\0\0\0\0\0\2xx\0\x21") },
        { 17, 5247, SRC_IPV4_TUNNEL, 0, SPAN("\0\x10\0\0\0\0\0\0" ETHER4) },
        { 17, 37008, SRC_IPV4_TUNNEL, 0, SPAN("\1\0\0\1\0\x0a\1x\1" ETHER4) },
        { 17, 4341, SRC_IPV4_TUNNEL, 0, SPAN("\0\0\0\0\0\0\0\0") },
        { 17, 4754, SRC_GRE, 0, SPAN("\0\0\x08\0") },
        { 17, 6635, SRC_IPV4_TUNNEL, 0, SPAN("\0\1\1\x40") },
        { 17, 5072, SRC_IPV4_TUNNEL, 0, SPAN("\x41\x52\x11\x04\0\0\0\0" "0123456789abcdef" "0123456789abcdef0123") },
    };
    struct addr outer, inner;
    addr_read("10.0.0.9", &outer);
    addr_read("10.0.0.1", &inner);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct frame f = tcp4();
        frame_front(&f, ways[i].head);
        if (ways[i].proto == 17)
            frame_udp(&f, 40000, ways[i].port);
        frame_ipv4(&f, ways[i].proto, 9);
        frame_ethernet(&f, 0x0800);
        struct packet *p = is_the_tcp_packet(1, &f);
        CHECK(p->source == ways[i].source && p->tenant == ways[i].tenant);
        CHECK(p->has_outer && addr_eq(&p->outer_src, &outer) && addr_eq(&p->src, &inner));
    }
}

static void teredo_is_known_by_port_or_by_address(void **state)
{
    (void)state;
    struct frame f = tcp6();
    FRONT(&f, "\0\0\1\2\3\4\5\6");
    FRONT(&f, "\0\1\2\3id123nonce678\0");
    frame_udp(&f, 3544, 40000);
    frame_ipv4(&f, 17, 9);
    CHECK(is_the_tcp_packet(228, &f)->source == SRC_TEREDO);

    f = tcp6();
    memcpy(f.b + f.from + 8, "\x20\1\0\0", 4);
    frame_udp(&f, 50000, 40000);
    frame_ipv4(&f, 17, 9);
    CHECK(is_the_tcp_packet(228, &f)->source == SRC_TEREDO);
}

static void a_wrong_guess_leaves_the_outer_packet(void **state)
{
    (void)state;
    static const uint16_t ports[] = { 4789, 8472, 4790, 6081, 2152, 1701, 5247, 37008, 4341, 4754, 6635, 5072, 3544 };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        for (unsigned fill = 0; fill < 256; fill++) {
            uint8_t junk[100];
            memset(junk, (int)fill, sizeof junk);
            struct frame f;
            frame_start(&f, (struct span){ junk, sizeof junk });
            frame_udp(&f, ports[i], 53);
            frame_ipv4(&f, 17, 9);
            struct packet *p = decode_one(228, frame_span(&f), frame_len(&f), 0);
            CHECK(p->state == PKT_OK && p->sport == ports[i] && p->dport == 53 && !p->has_outer);
            CHECK(p->payload.n == sizeof junk && p->anomaly == NULL && p->source == SRC_WIRE);
        }
    }
}

static void ipv6_extension_headers_are_walked(void **state)
{
    (void)state;
    struct frame f;
    frame_start(&f, SPAN("hello"));
    frame_tcp(&f);
    FRONT(&f, "\6\0\0\0\0\0\0\1");                                  /* an atomic fragment */
    FRONT(&f, "\x2c\1" "\0\0\0\0\0\1" "\0\0\0\0");                  /* authentication, 12 bytes */
    FRONT(&f, "\x33\1\1\4\0\0\0\0\0\0\0\0\0\0\0\0");                /* destination options */
    FRONT(&f, "\x3c\0\0\0\0\0\0\0");                                /* routing */
    FRONT(&f, "\x2b\0\1\4\0\0\0\0");                                /* hop by hop */
    frame_ipv6(&f, 0);
    is_the_tcp_packet(229, &f);
}

/* Flips each bit of the headers and cuts them everywhere. */
static void both_ways_agree(struct span all, size_t heads)
{
    for (size_t i = 0; i < heads; i++) {
        for (unsigned bit = 0; bit < 9; bit++) {
            struct span s = exact_copy(all, bit == 8 ? i : all.n);
            if (bit < 8)
                ((uint8_t *)(uintptr_t)s.p)[i] ^= (uint8_t)(1u << bit);
            decoder.checksums = false;
            struct packet shorter = *decode_one(1, s, s.n, 0);
            decoder.checksums = true;
            struct packet longer = *decode_one(1, s, s.n, 0);
            longer.bad_checksum = false;
            if (longer.state != PKT_FRAGMENT)       /* the second time it overlaps */
                CHECK(memcmp(&shorter, &longer, sizeof shorter) == 0);
            exact_free(s);
        }
    }
}

/* Common packets take a shorter way through the decoder, unless checksums are on. */
static void the_short_way_finds_the_same(void **state)
{
    (void)state;
    struct frame f = tcp4();
    f.b[f.from + 20 + 13] = TH_ACK | TH_PUSH;
    frame_ethernet(&f, 0x0800);
    both_ways_agree(frame_span(&f), 14 + 40);
    static const uint16_t ports[] = { 53, 4789, 3544, 37008, 8472, 443 };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        f = tcp6();
        memcpy(f.b + f.from + 8, "\x20\1\0\0", 4);
        if (i > 2)
            FRONT(&f, "hello");
        frame_udp(&f, i % 2 == 0 ? 40000 : ports[i], i % 2 == 0 ? ports[i] : 40000);
        frame_ipv4(&f, 17, 9);
        frame_ethernet(&f, 0x0800);
        both_ways_agree(frame_span(&f), 14 + 28 + 5);
    }
}

static void padding_is_no_payload(void **state)
{
    (void)state;
    struct frame f;
    frame_start(&f, SPAN("padding"));
    frame_front(&f, SPAN("hi"));
    frame_udp(&f, 1, 2);
    frame_be16(f.b + f.from + 4, 10);
    frame_ipv4(&f, 17, 1);
    frame_ethernet(&f, 0x0800);
    struct packet *p = decode_one(1, frame_span(&f), frame_len(&f), 0);
    CHECK(p->state == PKT_OK && span_is(p->payload, "hi") && p->payload_cut == 0);
}

static void the_snap_length_cuts_the_payload_only(void **state)
{
    (void)state;
    struct frame f = tcp4();
    struct span s = frame_span(&f);
    struct packet *p = decode_one(101, span_sub(s, 0, s.n - 2), s.n, 0);
    CHECK(p->state == PKT_OK && span_is(p->payload, "hel") && p->payload_cut == 2);
    p = decode_one(101, span_sub(s, 0, s.n - 9), s.n, 0);      /* within the options */
    CHECK(p->state == PKT_OK && p->payload.n == 0 && p->payload_cut == 5);
    p = decode_one(101, span_sub(s, 0, s.n - 2), s.n - 2, 0);  /* the frame itself is short */
    CHECK(p->state == PKT_BAD && strcmp(p->anomaly, "decoder.ipv4.trunc_pkt") == 0);
}

static void checksums_are_looked_at_on_demand(void **state)
{
    (void)state;
    /* 10.0.0.1:1 -> 10.0.0.2:2, "hi" */
    static const char good[] = "\x45\0\0\x1e\0\0\0\0\x40\x11\x66\xcd\x0a\0\0\1\x0a\0\0\2\0\1\0\2\0\x0a\x83\x6bhi";
    struct span s = SPAN(good);
    CHECK(!decode_one(101, s, s.n, 0)->bad_checksum);
    decoder.checksums = true;
    CHECK(!decode_one(101, s, s.n, 0)->bad_checksum);
    for (size_t i = 8; i < s.n; i++) {
        if (i == 9)
            continue;                   /* another protocol has no ports to check */
        struct span bent = exact_copy(s, s.n);
        ((uint8_t *)(uintptr_t)bent.p)[i] ^= 0x40;
        struct packet *p = decode_one(101, bent, bent.n, 0);
        CHECK(p->bad_checksum || p->state == PKT_BAD);
        exact_free(bent);
    }
    CHECK(!decode_one(101, span_sub(s, 0, s.n - 1), s.n, 0)->bad_checksum);
}

static void bad_headers_are_named(void **state)
{
    (void)state;
    static const struct { unsigned link; const char *name; struct span s; } bad[] = {
        { 1, "decoder.ethernet.pkt_too_small", SPAN("\2\0\0\0\0\1\2\0\0\0\0\2\x08") },
        { 228, "decoder.ipv4.pkt_too_small", SPAN("\x45\0\0\x14") },
        { 228, "decoder.ipv4.wrong_ip_version", SPAN("\x55\0\0\x14\0\0\0\0\x40\6\0\0aaaabbbb") },
        { 228, "decoder.ipv4.hlen_too_small", SPAN("\x44\0\0\x14\0\0\0\0\x40\6\0\0aaaabbbb") },
        { 228, "decoder.ipv4.iplen_smaller_than_hlen", SPAN("\x45\0\0\x13\0\0\0\0\x40\6\0\0aaaabbbb") },
        { 228, "decoder.tcp.pkt_too_small", SPAN("\x45\0\0\x14\0\0\0\0\x40\6\0\0aaaabbbb") },
        { 228, "decoder.udp.pkt_too_small", SPAN("\x45\0\0\x14\0\0\0\0\x40\x11\0\0aaaabbbb") },
        { 228, "decoder.icmpv4.pkt_too_small", SPAN("\x45\0\0\x14\0\0\0\0\x40\1\0\0aaaabbbb") },
        { 228, "decoder.udp.hlen_too_small", SPAN("\x45\0\0\x1c\0\0\0\0\x40\x11\0\0aaaabbbb\0\1\0\2\0\7\0\0") },
        { 101, "decoder.ipraw.invalid_ip_version", SPAN("\x75") },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct packet *p = decode_one(bad[i].link, bad[i].s, bad[i].s.n, 0);
        CHECK(p->state == PKT_BAD && strcmp(p->anomaly, bad[i].name) == 0);
    }
}

static void too_many_layers_end(void **state)
{
    (void)state;
    struct frame f = tcp4();
    for (int i = 0; i < 40; i++)
        FRONT(&f, "\0\7\x81\0");
    frame_ethernet(&f, 0x8100);
    CHECK(decode_one(1, frame_span(&f), frame_len(&f), 0)->state == PKT_BAD);
    CHECK(decoder.anomalies[ANOMALY_TOO_MANY_LAYERS] == 1);
}

static void other_packets_are_not_ip(void **state)
{
    (void)state;
    struct span arp = SPAN("\2\0\0\0\0\1\2\0\0\0\0\2\x08\x06\0\1");
    CHECK(decode_one(1, arp, arp.n, 0)->state == PKT_NOT_IP);
    CHECK(decode_one(999, arp, arp.n, 0)->state == PKT_NOT_IP && decoder.count[DECODE_UNKNOWN_LINKTYPE] == 1);
    CHECK(decoder.count[DECODE_NOT_IP] == 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_decoder, close_decoder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_link_type_leads_to_ip),
        CASE(tags_are_taken_off),
        CASE(tunnels_lead_to_the_inner_packet),
        CASE(teredo_is_known_by_port_or_by_address),
        CASE(a_wrong_guess_leaves_the_outer_packet),
        CASE(ipv6_extension_headers_are_walked),
        CASE(the_short_way_finds_the_same),
        CASE(padding_is_no_payload),
        CASE(the_snap_length_cuts_the_payload_only),
        CASE(checksums_are_looked_at_on_demand),
        CASE(bad_headers_are_named),
        CASE(too_many_layers_end),
        CASE(other_packets_are_not_ip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
