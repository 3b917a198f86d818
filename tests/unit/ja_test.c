/* app/ja and app/digest: the fingerprints' own published examples. */
#include "app/ja.h"
#include "hello_build.h"
#include "test.h"

#include <stdio.h>

static struct hello h;

static struct client_hello read_hello(void)
{
    struct client_hello c;
    CHECK(client_hello_read(hello_span(&h), &c));
    return c;
}

static void ext_words(unsigned type, const uint16_t *v, unsigned n)
{
    uint8_t body[64] = { (uint8_t)(2 * n >> 8), (uint8_t)(2 * n) };
    for (unsigned i = 0; i < n; i++) {
        body[2 + 2 * i] = (uint8_t)(v[i] >> 8);
        body[3 + 2 * i] = (uint8_t)v[i];
    }
    hello_ext(&h, type, (struct span){ body, 2 + 2 * n });
}

/* The example in the description of JA3. */
static void ja3_is_as_published(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = { 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4 };
    hello_begin(&h, 769, ciphers, 12);
    hello_sni(&h, SPAN("a.example"));
    ext_words(10, (const uint16_t[]){ 23, 24, 25 }, 3);
    hello_ext(&h, 11, SPAN("\x01\0"));
    struct client_hello c = read_hello();
    char text[JA3_TEXT_MAX], hash[JA3_HASH_LEN];
    CHECK(ja3_room(&c) > 0);
    struct span s = { (uint8_t *)text, ja3_text(&c, text) };
    CHECK(span_is(s, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"));
    ja3_hash(NULL, s, hash);
    CHECK(memcmp(hash, "ada70206e40642a3e4461f35503241d5", 32) == 0);
}

static void empty_lists_leave_their_commas(void **state)
{
    (void)state;
    static const uint16_t ciphers[] = { 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99 };
    hello_begin(&h, 769, ciphers, 11);
    struct client_hello c = read_hello();
    char text[JA3_TEXT_MAX], hash[JA3_HASH_LEN];
    struct span s = { (uint8_t *)text, ja3_text(&c, text) };
    CHECK(span_is(s, "769,4-5-10-9-100-98-3-6-19-18-99,,,"));
    ja3_hash(NULL, s, hash);
    CHECK(memcmp(hash, "de350869b8c85de67a350c8d186f11e6", 32) == 0);
}

/* The example in the description of JA4, in a mixed order and with GREASE. */
static void ja4_hello(struct span alpn)
{
    static const uint16_t ciphers[] = {
        0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
        0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
    };
    static const uint16_t exts[] = { 0x001b, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
        0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015 };
    hello_begin(&h, 0x0303, ciphers, 16);
    hello_ext(&h, 0xdada, SPAN_NONE);
    hello_sni(&h, SPAN("a.example"));
    for (size_t i = 0; i < sizeof exts / sizeof *exts; i++) {
        if (exts[i] == 0x0010)
            hello_ext(&h, 16, alpn);
        else if (exts[i] == 0x000d)
            ext_words(13, (const uint16_t[]){ 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501,
                                              0x0806, 0x0601 }, 8);
        else if (exts[i] == 0x002b)
            hello_ext(&h, 43, SPAN("\x06\x2a\x2a\x03\x04\x03\x03"));
        else
            hello_ext(&h, exts[i], SPAN_NONE);
    }
}

static void ja4_is_as_published(void **state)
{
    (void)state;
    struct digest_memo *memo = digest_memo_open();
    ja4_hello(SPAN("\0\x0c\x02h2\x08http/1.1"));
    struct client_hello c = read_hello();
    char out[JA4_LEN];
    for (int i = 0; i < 3; i++) {   /* the second time from the memo */
        CHECK(ja4_text(i > 0 ? memo : NULL, &c, i == 2, out));
        CHECK(memcmp(out, i == 2 ? "q13d" : "t13d", 4) == 0);
        CHECK(memcmp(out + 4, "1516h2_8daaf6152771_e5627efa2ab1", 32) == 0);
    }
    digest_memo_close(memo);
}

static void odd_alpns_are_written_in_hex(void **state)
{
    (void)state;
    static const struct { struct span ext; const char *want; } cases[] = {
        { { (const uint8_t *)"\0\x02\x01\xab", 4 }, "ab" },
        { { (const uint8_t *)"\0\x03\x02\xab\xcd", 5 }, "ad" },
        { { (const uint8_t *)"\0\x03\x02\x30\xab", 5 }, "3b" },
        { { (const uint8_t *)"\0\x05\x04\x30\x31\xab\xcd", 7 }, "3d" },
        { { (const uint8_t *)"\0\x02\x01h", 4 }, "hh" },
        { { (const uint8_t *)"\0\0", 2 }, "00" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ja4_hello(cases[i].ext);
        struct client_hello c = read_hello();
        char out[JA4_LEN];
        CHECK(ja4_text(NULL, &c, false, out) && memcmp(out + 8, cases[i].want, 2) == 0);
    }
}

static void nothing_to_hash_is_zeros(void **state)
{
    (void)state;
    hello_begin(&h, 0x0303, NULL, 0);
    struct client_hello c = read_hello();
    char out[JA4_LEN];
    CHECK(ja4_text(NULL, &c, false, out));
    CHECK(memcmp(out, "t12i000000_000000000000_000000000000", JA4_LEN) == 0);
}

static void absurd_lists_have_no_fingerprint(void **state)
{
    (void)state;
    static uint16_t ciphers[JA_ITEMS_MAX + 1];
    for (unsigned i = 0; i <= JA_ITEMS_MAX; i++)
        ciphers[i] = (uint16_t)(60000 - 7 * i);
    hello_begin(&h, 0x0303, ciphers, JA_ITEMS_MAX + 1);
    struct client_hello c = read_hello();
    char out[JA4_LEN];
    CHECK(ja3_room(&c) == 0 && !ja4_text(NULL, &c, false, out));
    hello_begin(&h, 0x0303, ciphers, JA_ITEMS_MAX);
    c = read_hello();
    char *text = malloc(ja3_room(&c));
    CHECK(ja3_text(&c, text) <= ja3_room(&c) && ja4_text(NULL, &c, false, out));
    CHECK(memcmp(out, "t12i9900", 8) == 0);
    free(text);
}

static void a_memo_gives_the_right_hash(void **state)
{
    (void)state;
    struct digest_memo *memo = digest_memo_open();
    for (unsigned i = 0; i < 5000; i++) {
        char text[600];
        size_t n = (size_t)snprintf(text, sizeof text, "%u-%*u", i % 700, (int)(i % 520), i % 3);
        struct span s = { (uint8_t *)text, n };
        uint8_t plain[SHA256_LEN], memoed[SHA256_LEN];
        digest_sha256(s, plain);
        digest_sha256_memo(memo, s, memoed);
        CHECK(memcmp(plain, memoed, SHA256_LEN) == 0);
        digest_md5(s, plain);
        digest_md5_memo(memo, s, memoed);
        CHECK(memcmp(plain, memoed, MD5_LEN) == 0);
        digest_sha1(s, plain);
        digest_sha1_memo(memo, s, memoed);
        CHECK(memcmp(plain, memoed, SHA1_LEN) == 0);
    }
    digest_memo_close(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ja3_is_as_published),
        cmocka_unit_test(empty_lists_leave_their_commas),
        cmocka_unit_test(ja4_is_as_published),
        cmocka_unit_test(odd_alpns_are_written_in_hex),
        cmocka_unit_test(nothing_to_hash_is_zeros),
        cmocka_unit_test(absurd_lists_have_no_fingerprint),
        cmocka_unit_test(a_memo_gives_the_right_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
