/* Escaping, cutting and room. */
#include "json.h"
#include "test.h"

static bool writes(struct span in, size_t max, const char *want)
{
    char room[256];
    struct json j = { room, room + sizeof room, false };
    struct span copy = exact_copy(in, in.n);
    js_text(&j, copy, max);
    exact_free(copy);
    size_t n = (size_t)(j.p - room);
    return !j.full && n <= max && n == strlen(want) && memcmp(room, want, n) == 0;
}

static void plain_text_passes(void **state)
{
    (void)state;
    CHECK(writes(SPAN(""), 100, ""));
    CHECK(writes(SPAN("a"), 100, "a"));
    CHECK(writes(SPAN("eight by eight by eight~\x7f"), 100, "eight by eight by eight~\x7f"));
}

static void every_special_byte_is_escaped_at_every_place(void **state)
{
    (void)state;
    static const struct { char in; const char *out; } cases[] = {
        { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\r', "\\r" }, { '\t', "\\t" },
        { '\b', "\\b" }, { '\f', "\\f" }, { 0, "\\u0000" }, { 1, "\\u0001" }, { 0x1f, "\\u001f" },
        { (char)0x80, "\\u0080" }, { (char)0xff, "\\u00ff" }, { (char)0xc3, "\\u00c3" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (size_t at = 0; at < 20; at++) {
            char in[20], want[64];
            memset(in, 'x', sizeof in);
            in[at] = cases[c].in;
            size_t n = strlen(cases[c].out);
            memset(want, 'x', sizeof want);
            memcpy(want + at, cases[c].out, n);
            want[sizeof in - 1 + n] = '\0';
            CHECK(writes((struct span){ (uint8_t *)in, sizeof in }, 100, want));
        }
}

static void sound_utf8_passes_and_other_bytes_do_not(void **state)
{
    (void)state;
    CHECK(writes(SPAN("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), 100,
                 "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
    CHECK(writes(SPAN("\xc0\xaf"), 100, "\\u00c0\\u00af"));                 /* overlong */
    CHECK(writes(SPAN("\xe0\x80\xaf"), 100, "\\u00e0\\u0080\\u00af"));
    CHECK(writes(SPAN("\xed\xa0\x80"), 100, "\\u00ed\\u00a0\\u0080"));      /* a surrogate */
    CHECK(writes(SPAN("\xf4\x90\x80\x80"), 100, "\\u00f4\\u0090\\u0080\\u0080"));
    CHECK(writes(SPAN("\xe2\x82"), 100, "\\u00e2\\u0082"));                 /* ends too early */
}

static void a_cut_never_halves_a_character(void **state)
{
    (void)state;
    struct span s = SPAN("abc\"d\xe2\x82\xac\x01");
    static const char *const whole = "abc\\\"d\xe2\x82\xac\\u0001";
    static const size_t ends[] = { 0, 1, 2, 3, 3, 5, 6, 6, 6, 9, 9, 9, 9, 9, 9, 15 };
    for (size_t max = 0; max < sizeof ends / sizeof ends[0]; max++) {
        char want[32];
        memcpy(want, whole, ends[max]);
        want[ends[max]] = '\0';
        CHECK(writes(s, max, want));
    }
}

static void no_room_is_full_for_good(void **state)
{
    (void)state;
    char room[8];
    struct json j = { room, room + sizeof room, false };
    js_string(&j, SPAN("12345678"), 100);
    CHECK(j.full);
    JS(&j, "x");
    CHECK(j.full && j.p <= room + sizeof room);
}

static void numbers_are_written_whole(void **state)
{
    (void)state;
    static const struct { int64_t v; const char *text; } cases[] = {
        { 0, "0" }, { 9, "9" }, { 10, "10" }, { 99, "99" }, { 100, "100" }, { 12345, "12345" },
        { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" }, { -1, "-1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[32];
        struct json j = { room, room + sizeof room, false };
        js_i64(&j, cases[i].v);
        *j.p = '\0';
        CHECK(strcmp(room, cases[i].text) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_passes),
        cmocka_unit_test(every_special_byte_is_escaped_at_every_place),
        cmocka_unit_test(sound_utf8_passes_and_other_bytes_do_not),
        cmocka_unit_test(a_cut_never_halves_a_character),
        cmocka_unit_test(no_room_is_full_for_good),
        cmocka_unit_test(numbers_are_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
