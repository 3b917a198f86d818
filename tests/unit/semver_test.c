/* SemVer 2.0.0: what is a version, and which comes first. */
#include "base/semver.h"
#include "test.h"

static bool parse(const char *text, struct semver *v)
{
    return semver_parse((struct span){ (const uint8_t *)text, strlen(text) }, v);
}

static void versions_and_others_are_told_apart(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.0.0-alpha-a.b-c",
        "1.0.0-0A.is.legal", "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0-rc.1+build.123",
        "99999999999999999999999.999999999999999999.99999999999999999", "1.0.0+0.build.1-rc.10000aaa",
    };
    static const char *const bad[] = {
        "", "1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid", "-invalid",
        "1.0.0-alpha_beta", "1.0.0-alpha..1", "01.1.1", "1.01.1", "1.1.01", "1.2.3.DEV", "v1.2.3",
        "1.2.3+", "1.2.3-", "1.2.3-+x", "1.2.3-a.", "1..3", ".1.2", "1.2.3+a+b", " 1.2.3",
    };
    struct semver v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(parse(good[i], &v));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!parse(bad[i], &v));
}

static void the_order_is_semvers(void **state)
{
    (void)state;
    static const char *const rising[] = {
        "0.9.0", "1.0.0-0", "1.0.0-5", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1",
        "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
        "1.0.3", "1.0.20", "1.2.0", "2.0.0", "18446744073709551616.0.0",
    };
    enum { N = sizeof rising / sizeof *rising };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            struct semver a, b;
            CHECK(parse(rising[i], &a) && parse(rising[j], &b));
            int c = semver_order(&a, &b);
            CHECK((c > 0) - (c < 0) == (i > j) - (i < j));
        }
    struct semver a, b;
    CHECK(parse("1.0.0+a", &a) && parse("1.0.0+b", &b) && semver_order(&a, &b) == 0);
}

static bool in(const char *version, const char *range)
{
    struct semver v;
    return parse(version, &v) &&
           semver_in_range(&v, (struct span){ (const uint8_t *)range, strlen(range) });
}

static void ranges_hold_what_they_say(void **state)
{
    (void)state;
    CHECK(in("1.0.2", ">=1.0.0 <1.0.3") && in("1.0.0", ">=1.0.0 <1.0.3"));
    CHECK(!in("1.0.3", ">=1.0.0 <1.0.3") && !in("1.0.0-rc.1", ">=1.0.0 <1.0.3"));
    CHECK(in("2.5.0", "<1.0.0 || >= 2.0.0") && !in("1.5.0", "<1.0.0 || >= 2.0.0"));
    CHECK(in("1.0.0+b", "=1.0.0") && !in("1.0.1", "=1.0.0") && in("3.0.0", ">2.9.9") && in("1.0.0", "<=1.0.0"));
    CHECK(!in("1.0.0", "") && !in("1.0.0", "||") && !in("1.0.0", "1.0.0") && !in("1.0.0", "^1.0.0"));
    CHECK(semver_range_valid(SPAN(">=1.0.0 <1.0.3")) && semver_range_valid(SPAN("<1.0.0||>2.0.0")));
    CHECK(!semver_range_valid(SPAN("")) && !semver_range_valid(SPAN(">=1.0")) && !semver_range_valid(SPAN("> =1.0.0")));
    CHECK(!semver_range_valid(SPAN(">=1.0.0 || ^1.0.0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_others_are_told_apart),
        cmocka_unit_test(the_order_is_semvers),
        cmocka_unit_test(ranges_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
