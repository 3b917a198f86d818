/* The sieve never hides what a list holds. */
#include "detect/sieve.h"
#include "rules/list.h"
#include "test.h"

static void *make(enum table_kind kind, const char *text, struct table *t)
{
    struct list_counts counts;
    struct error why;
    size_t size;
    void *block = list_parse((struct span){ (const uint8_t *)text, strlen(text) }, "test", kind, NULL, NULL, &counts,
                             &size, &why);
    CHECK(block != NULL);
    table_open(t, block);
    return block;
}

static bool may(const struct sieve *s, uint32_t table, const char *name)
{
    struct scene scene = { 0 };
    struct asked a;
    asked_set(&a, &scene, (struct span){ (const uint8_t *)name, strlen(name) }, false);
    bool first = sieve_may_hold(s, table, &a);
    CHECK(first == sieve_may_hold(s, table, &a));
    return first;
}

static bool may_address(const struct sieve *s, uint32_t table, const char *text)
{
    struct scene scene = { 0 };
    struct asked a;
    CHECK(addr_read(text, &scene.dst));
    asked_set(&a, &scene, SPAN_NONE, false);
    return sieve_may_hold(s, table, &a);
}

static void what_is_listed_stays(void **state)
{
    (void)state;
    struct table t[4];
    void *b[] = {
        make(TABLE_DOMAIN, "evil.example\nfive.labels.of.evil.test\n", &t[0]),
        make(TABLE_ADDRESS, "192.0.2.1:80\n2001:db8::1\n", &t[1]),
        make(TABLE_ADDRESS, "198.51.100.0/24\n", &t[2]),
        make(TABLE_STRING, "TWFu\n", &t[3]),
    };
    struct sieve s;
    CHECK(sieve_open(&s, t, 4) == 0);
    CHECK(may(&s, 0, "evil.example") && may(&s, 0, "a.b.EVIL.example.") && may(&s, 0, "five.labels.of.evil.test"));
    CHECK(may_address(&s, 1, "192.0.2.1") && may_address(&s, 1, "2001:db8::1"));
    CHECK(may_address(&s, 2, "198.51.100.77"));     /* prefixes are not in the sieve, so always asked for */
    CHECK(may(&s, 3, "Man") && may(&s, 3, "anything"));
    CHECK(!may(&s, 0, "good.example.org") && !may(&s, 0, "") && !may_address(&s, 1, "192.0.2.99"));
    sieve_close(&s);
    for (int i = 0; i < 4; i++)
        free(b[i]);
}

static void no_list_is_a_sieve_too(void **state)
{
    (void)state;
    struct sieve s;
    CHECK(sieve_open(&s, NULL, 0) == 0);
    sieve_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_listed_stays),
        cmocka_unit_test(no_list_is_a_sieve_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
