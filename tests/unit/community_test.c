/* Community IDs against those that other sensors give the same flows. */
#include "community.h"
#include "test.h"

static bool gives(const char *src, const char *dst, uint8_t proto, uint16_t sport, uint16_t dport,
                  const char *want)
{
    char text[COMMUNITY_LEN];
    struct endpoints e = { .sport = sport, .dport = dport, .proto = proto };
    CHECK(addr_read(src, &e.src) && addr_read(dst, &e.dst));
    e.six = !addr_is_v4(&e.src);
    community_id(&e, 0, text);
    return memcmp(text, want, COMMUNITY_LEN) == 0;
}

static void both_directions_agree(void **state)
{
    (void)state;
    CHECK(gives("192.168.56.11", "192.168.56.12", 17, 48134, 4789, "1:a6CcppTPIgF51J1aVeKcoWZ0BQ0="));
    CHECK(gives("192.168.56.12", "192.168.56.11", 17, 4789, 48134, "1:a6CcppTPIgF51J1aVeKcoWZ0BQ0="));
    CHECK(gives("2001:16d8:ffce:10:aca8:353c:291d:a9b3", "2400:cb00:2048:1::6813:c266", 6, 62510,
                443, "1:+howsemozCcnIdXPNBANfoSfiAw="));
    CHECK(gives("2400:cb00:2048:1::6813:c266", "2001:16d8:ffce:10:aca8:353c:291d:a9b3", 6, 443,
                62510, "1:+howsemozCcnIdXPNBANfoSfiAw="));
}

static void an_echo_and_its_reply_agree(void **state)
{
    (void)state;
    CHECK(gives("10.0.0.1", "10.0.0.2", 1, 8, 0, "1:YcMyyWJfhc95EW1GfXt6jlZ3DiQ="));
    CHECK(gives("10.0.0.2", "10.0.0.1", 1, 0, 0, "1:YcMyyWJfhc95EW1GfXt6jlZ3DiQ="));
}

/* From the specification's own baseline. */
static void the_baseline_holds(void **state)
{
    (void)state;
    CHECK(gives("128.232.110.120", "66.35.250.204", 6, 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="));
    CHECK(gives("66.35.250.204", "128.232.110.120", 6, 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="));
    CHECK(gives("192.168.1.52", "8.8.8.8", 17, 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_agree),
        cmocka_unit_test(an_echo_and_its_reply_agree),
        cmocka_unit_test(the_baseline_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
