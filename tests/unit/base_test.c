/* base/: the cursor never leaves its bytes, addresses read back as they were written. */
#include "base/addr.h"
#include "base/error.h"
#include "base/hash.h"
#include "test.h"
#include "verdict.h"

static void a_read_past_the_end_is_zero_and_stays_bad(void **state)
{
    (void)state;
    struct span three = exact_copy(SPAN("\x01\x02\x03"), 3);
    struct cursor c = cur_over(three);
    CHECK(cur_be(&c, 2) == 0x0102 && !c.bad);
    CHECK(cur_be(&c, 2) == 0 && c.bad && c.left == 0);
    CHECK(cur_be(&c, 1) == 0 && c.bad);         /* not the third byte: bad is for good */
    exact_free(three);
}

static void numbers_of_every_width(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    for (unsigned width = 1; width <= 8; width++) {
        uint64_t be = 0, le = 0;
        for (unsigned i = 0; i < width; i++) {
            be = be << 8 | bytes[i];
            le |= (uint64_t)bytes[i] << 8 * i;
        }
        struct span s = exact_copy((struct span){ bytes, 8 }, width);
        struct cursor a = cur_over(s), b = cur_over(s);
        CHECK(cur_be(&a, width) == be && cur_le(&b, width) == le && !a.bad && !b.bad);
        exact_free(s);
    }
}

static void a_block_is_exactly_its_body(void **state)
{
    (void)state;
    struct cursor c = cur_over(SPAN("\x00\x02" "abrest"));
    struct cursor block = cur_block(&c, 2);
    CHECK(span_is(cur_rest(&block), "ab") && span_is(cur_rest(&c), "rest"));
    struct cursor cut = cur_over(SPAN("\x00\x09" "ab"));
    block = cur_block(&cut, 2);
    CHECK(block.bad && block.left == 0 && cut.bad);
}

static void spans_are_cut_and_trimmed(void **state)
{
    (void)state;
    struct span s = SPAN(" \tHost \t");
    CHECK(span_is(span_trim(s), "Host") && span_is_nocase(span_trim(s), "hOST"));
    CHECK(span_sub(s, 99, 5).n == 0 && span_sub(s, 2, 99).n == 6);
    CHECK(span_find(s, 'o') == 3 && span_find(s, 'x') == s.n && span_find(SPAN_NONE, 'x') == 0);
    CHECK(span_trim(SPAN(" \t ")).n == 0);
}

static void addresses_read_back(void **state)
{
    (void)state;
    static const char *const texts[] = { "0.0.0.0", "10.20.30.40", "255.255.255.255", "192.168.1.100",
                                         "::", "::1", "2001:db8::1", "fe80::1:2:3:4" };
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct addr a;
        char out[ADDR_TEXT_MAX];
        CHECK(addr_read(texts[i], &a));
        CHECK(addr_text(&a, out) == strlen(texts[i]) && strcmp(out, texts[i]) == 0);
        CHECK(addr_is_v4(&a) == (strchr(texts[i], ':') == NULL));
    }
    struct addr a;
    CHECK(!addr_read("10.20.30", &a) && !addr_read("", &a) && !addr_read("1.2.3.4:80", &a));
}

static void hashes_depend_on_key_and_length(void **state)
{
    (void)state;
    struct hash_key other = HASH_KEY_FIXED;
    other.k1 ^= 1;
    static const uint8_t zeros[32];
    for (size_t n = 0; n < 32; n++) {
        CHECK(hash_bytes(HASH_KEY_FIXED, zeros, n) != hash_bytes(other, zeros, n));
        CHECK(n == 0 || hash_bytes(HASH_KEY_FIXED, zeros, n) != hash_bytes(HASH_KEY_FIXED, zeros, n - 1));
    }
    struct hash_key a = hash_key_draw(), b = hash_key_draw();
    CHECK(a.k0 != b.k0 && a.k1 != b.k1);
}

static void an_error_is_one_sentence_that_fits(void **state)
{
    (void)state;
    struct error e;
    char big[4096];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = '\0';
    CHECK(error_set(&e, "%s:%d: %s", "a.rules", 7, big) == -1);
    CHECK(strncmp(e.text, "a.rules:7: xxx", 14) == 0 && strlen(e.text) == sizeof e.text - 1);
}

static void a_monitor_never_drops(void **state)
{
    (void)state;
    struct verdict drop = { ACT_DROP, WHY_RULE, 3, false };
    struct verdict v = verdict_settle(drop, false);
    CHECK(v.action == ACT_FORWARD && v.would && v.rule == 3 && v.reason == WHY_RULE);
    v = verdict_settle(drop, true);
    CHECK(v.action == ACT_DROP && !v.would);
    struct verdict reject = { ACT_REJECT, WHY_RULE, 4, false };
    CHECK(verdict_join(drop, reject).rule == 4 && verdict_join(reject, drop).rule == 4);
    struct verdict same = { ACT_DROP, WHY_RULE, 9, false };
    CHECK(verdict_join(drop, same).rule == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_past_the_end_is_zero_and_stays_bad),
        cmocka_unit_test(numbers_of_every_width),
        cmocka_unit_test(a_block_is_exactly_its_body),
        cmocka_unit_test(spans_are_cut_and_trimmed),
        cmocka_unit_test(addresses_read_back),
        cmocka_unit_test(hashes_depend_on_key_and_length),
        cmocka_unit_test(an_error_is_one_sentence_that_fits),
        cmocka_unit_test(a_monitor_never_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
