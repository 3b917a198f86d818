/* Exact tables, from the text of a list to the look-up. */
#include "detect/table.h"
#include "rules/list.h"
#include "test.h"

#include <stdio.h>

struct made { struct table t; void *block; size_t size; struct list_counts counts; };

static struct made make(enum table_kind kind, const char *text)
{
    struct made m;
    struct error why;
    struct span s = exact_copy((struct span){ (const uint8_t *)text, strlen(text) }, strlen(text));
    m.block = list_parse(s, "test", kind, NULL, NULL, &m.counts, &m.size, &why);
    exact_free(s);
    CHECK(m.block != NULL && table_check(m.block, m.size) == NULL);
    table_open(&m.t, m.block);
    return m;
}

static uint32_t domain(const struct made *m, const char *name)
{
    struct span s = exact_copy((struct span){ (const uint8_t *)name, strlen(name) }, strlen(name));
    uint32_t e = table_domain(&m->t, s);
    exact_free(s);
    return e;
}

static bool key_is(const struct made *m, uint32_t entry, const char *key)
{
    return entry != TABLE_NONE && span_is(table_key(&m->t, entry), key);
}

static void a_domain_covers_itself_and_what_is_below(void **state)
{
    (void)state;
    struct made m = make(TABLE_DOMAIN, "evil.example\nc2.vercel.test\tx\nEvil.Example.\n");
    CHECK(m.counts.refused == 1);       /* a tab can't stand in a domain */
    CHECK(key_is(&m, domain(&m, "evil.example"), "evil.example"));
    CHECK(key_is(&m, domain(&m, "EVIL.example."), "evil.example"));
    CHECK(key_is(&m, domain(&m, "a.b.c.evil.example"), "evil.example"));
    CHECK(domain(&m, "notevil.example") == TABLE_NONE);
    CHECK(domain(&m, "evil.example.org") == TABLE_NONE);
    CHECK(domain(&m, "example") == TABLE_NONE && domain(&m, "") == TABLE_NONE);
    CHECK(domain(&m, ".") == TABLE_NONE && domain(&m, "evil.example..") == TABLE_NONE);
    CHECK(domain(&m, "..evil.example") != TABLE_NONE);
    free(m.block);
}

static void an_exact_domain_is_itself_only(void **state)
{
    (void)state;
    struct made m = make(TABLE_DOMAIN, "domain\tmatch\twave\n"
                                       "app.vercel.test\texact\tone\n"
                                       "deep.app.vercel.test\tsuffix\ttwo\n"
                                       "both.test\texact\tthree\n"
                                       "both.test\tsuffix\tfour\n"
                                       "x.test\twhole\tfive\n");
    CHECK(m.counts.taken == 4 && m.counts.refused == 1);
    CHECK(key_is(&m, domain(&m, "App.vercel.test."), "app.vercel.test"));
    CHECK(domain(&m, "w.app.vercel.test") == TABLE_NONE && domain(&m, "vercel.test") == TABLE_NONE);
    CHECK(domain(&m, "xapp.vercel.test") == TABLE_NONE);
    CHECK(key_is(&m, domain(&m, "a.deep.app.vercel.test"), "deep.app.vercel.test"));
    uint32_t e = domain(&m, "sub.both.test");
    int32_t wave = table_column(&m.t, "wave");
    CHECK(e != TABLE_NONE && wave == 0 && table_column(&m.t, "nothing") == -1);
    CHECK(span_is(table_cell(&m.t, e, (uint32_t)wave), "four"));
    CHECK(table_cell(&m.t, e, 7).n == 0 && table_cell(&m.t, 999, 0).n == 0);
    free(m.block);
}

static void the_most_specific_domain_answers(void **state)
{
    (void)state;
    struct made m = make(TABLE_DOMAIN, "example\na.example\nx.a.example\n"
                                       "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16\n"
                                       "0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16\n");
    CHECK(m.counts.refused == 1);       /* 17 labels */
    CHECK(key_is(&m, domain(&m, "q.x.a.example"), "x.a.example"));
    CHECK(key_is(&m, domain(&m, "q.a.example"), "a.example"));
    CHECK(key_is(&m, domain(&m, "q.example"), "example"));
    CHECK(domain(&m, "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16") != TABLE_NONE);
    char longest[TABLE_NAME_MAX + 2];
    for (unsigned i = 0; i < sizeof longest; i++)
        longest[i] = i % 2 ? 'a' : '.';
    longest[sizeof longest - 1] = '\0';
    CHECK(domain(&m, longest) == TABLE_NONE);
    free(m.block);
}

static void a_name_is_prepared_once_for_many_tables(void **state)
{
    (void)state;
    struct made one = make(TABLE_DOMAIN, "evil.example\n"), two = make(TABLE_DOMAIN, "example\nother.test\n");
    struct made none = make(TABLE_DOMAIN, "");
    struct table_name n;
    table_name_set(&n, SPAN("Www.EVIL.example."));
    CHECK(key_is(&one, table_domain_named(&one.t, &n), "evil.example"));
    CHECK(key_is(&two, table_domain_named(&two.t, &n), "example"));
    CHECK(table_domain_named(&none.t, &n) == TABLE_NONE);
    table_name_set(&n, SPAN_NONE);
    CHECK(table_domain_named(&two.t, &n) == TABLE_NONE);
    free(one.block);
    free(two.block);
    free(none.block);
}

static enum table_listed listed(const struct made *m, const char *name, const char *version)
{
    uint32_t e;
    enum table_listed l = table_npm(&m->t, (struct span){ (const uint8_t *)name, strlen(name) },
                                    (struct span){ (const uint8_t *)version, strlen(version) }, &e);
    CHECK((l == LISTED_NOT) == (e == TABLE_NONE));
    return l;
}

static void a_package_is_listed_wholly_or_by_version(void **state)
{
    (void)state;
    struct made m = make(TABLE_NPM, "package\tversions\tosv\n"
                                    "hex-loader\t*\tMAL-1\n"
                                    "@scope/kit\t1.0.1,1.0.0, 2.0.0-rc.1\tMAL-2\n"
                                    "@scope/kit\t3.0.0\tMAL-3\n"
                                    "ranged\t>=1.0.0 <1.0.3||9.9.9\tMAL-4\n"
                                    "held\t0.0.1-security\tMAL-5\n"
                                    "partly\t0.0.1-security,1.0.0\tMAL-6\n"
                                    "tilde\t~1.0.0\tMAL-7\n"
                                    "@bad\t*\tMAL-8\n");
    CHECK(m.counts.taken == 5 && m.counts.refused == 3);
    CHECK(listed(&m, "hex-loader", "") == LISTED_ALL);
    CHECK(listed(&m, "hex-loader", "7.0.0") == LISTED_ALL);
    CHECK(listed(&m, "hex-loader", "^1.0.0") == LISTED_ALL);
    CHECK(listed(&m, "hex-loader", "0.0.1-security") == LISTED_NOT);
    CHECK(listed(&m, "hex-loader", "0.0.1-security.3") == LISTED_NOT);
    CHECK(listed(&m, "hex-loader", "0.0.1-security.x") == LISTED_ALL);
    CHECK(listed(&m, "hex-loade", "") == LISTED_NOT && listed(&m, "Hex-loader", "") == LISTED_NOT);
    CHECK(listed(&m, "@scope/kit", "1.0.0") == LISTED_VERSION);
    CHECK(listed(&m, "@scope/kit", "2.0.0-rc.1") == LISTED_VERSION);
    CHECK(listed(&m, "@scope/kit", "3.0.0") == LISTED_VERSION);
    CHECK(listed(&m, "@scope/kit", "1.0.0+build.7") == LISTED_VERSION);
    CHECK(listed(&m, "@scope/kit", "") == LISTED_NOT);
    CHECK(listed(&m, "@scope/kit", "1.0.2") == LISTED_NOT);
    CHECK(listed(&m, "@scope/kit", "2.0.0") == LISTED_NOT);
    CHECK(listed(&m, "kit", "1.0.0") == LISTED_NOT);
    CHECK(listed(&m, "ranged", "1.0.2") == LISTED_VERSION);
    CHECK(listed(&m, "ranged", "1.0.3-rc.1") == LISTED_VERSION);
    CHECK(listed(&m, "ranged", "1.0.3") == LISTED_NOT);
    CHECK(listed(&m, "ranged", "9.9.9") == LISTED_VERSION);
    CHECK(listed(&m, "ranged", "latest") == LISTED_NOT);
    CHECK(listed(&m, "held", "1.0.0") == LISTED_NOT);
    CHECK(listed(&m, "partly", "1.0.0") == LISTED_VERSION);

    uint32_t e;
    CHECK(table_npm(&m.t, SPAN("@scope/kit"), SPAN("3.0.0"), &e) == LISTED_VERSION);
    CHECK(span_is(table_cell(&m.t, e, 0), "MAL-3") && key_is(&m, e, "@scope/kit"));
    free(m.block);
}

static void plain_packages_carry_their_version(void **state)
{
    (void)state;
    struct made m = make(TABLE_NPM, "# one a line\r\nleft@1.0.0\r\n@s/right@2.0.0\r\n@s/whole\r\nall\n");
    CHECK(m.counts.taken == 4);
    CHECK(listed(&m, "left", "1.0.0") == LISTED_VERSION && listed(&m, "left", "") == LISTED_NOT);
    CHECK(listed(&m, "@s/right", "2.0.0") == LISTED_VERSION);
    CHECK(listed(&m, "@s/whole", "") == LISTED_ALL && listed(&m, "all", "5.0.0") == LISTED_ALL);
    free(m.block);
}

static uint32_t at(const struct made *m, const char *text, int32_t port)
{
    struct addr a;
    CHECK(addr_read(text, &a));
    return table_address(&m->t, &a, port);
}

static void the_longest_prefix_with_the_port_answers(void **state)
{
    (void)state;
    struct made m = make(TABLE_ADDRESS, "address\tports\twave\n"
                                        "192.0.2.7\t1224,1244-1245\ta\n"
                                        "192.0.2.7\t80\tb\n"
                                        "192.0.2.0/24\t\tc\n"
                                        "192.0.2.0/25\t22\td\n"
                                        "2001:db8::/33\t\te\n"
                                        "2001:db8::1\t443\tf\n"
                                        "300.1.1.1\t\tx\n192.0.2.0/33\t\tx\n192.0.2.1\t9-8\tx\n");
    CHECK(m.counts.taken == 6 && m.counts.refused == 3);
    const struct { const char *a; int32_t port; const char *wave; } want[] = {
        { "192.0.2.7", 1224, "a" }, { "192.0.2.7", 1245, "a" }, { "192.0.2.7", 80, "b" },
        { "192.0.2.7", 81, "c" }, { "192.0.2.7", -1, "c" }, { "192.0.2.7", 22, "d" },
        { "192.0.2.200", 22, "c" }, { "2001:db8::1", 443, "f" }, { "2001:db8::1", 80, "e" },
        { "2001:db8:7fff::9", 0, "e" },
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        uint32_t e = at(&m, want[i].a, want[i].port);
        CHECK(e != TABLE_NONE && span_is(table_cell(&m.t, e, 0), want[i].wave));
    }
    CHECK(at(&m, "192.0.3.1", 80) == TABLE_NONE && at(&m, "2001:db8:8000::1", 80) == TABLE_NONE);
    free(m.block);
}

static void an_address_without_ports_is_any_port(void **state)
{
    (void)state;
    struct made m = make(TABLE_ADDRESS, "198.51.100.1\n203.0.113.9:8080\n[2001:db8::1]:53\n::/0\n[::1\n");
    CHECK(m.counts.taken == 4 && m.counts.refused == 1);
    CHECK(at(&m, "198.51.100.1", 1) != TABLE_NONE && at(&m, "198.51.100.1", -1) != TABLE_NONE);
    CHECK(at(&m, "203.0.113.9", 8080) != TABLE_NONE && at(&m, "203.0.113.9", 80) == TABLE_NONE);
    CHECK(at(&m, "203.0.113.9", -1) == TABLE_NONE && at(&m, "2001:db8::2", 53) != TABLE_NONE);
    free(m.block);
}

static void digests_and_strings_are_exact(void **state)
{
    (void)state;
    struct made m = make(TABLE_MD5, "D41D8CD98F00B204E9800998ECF8427E,rep\nd41d8c\nzz1d8cd98f00b204e9800998ecf8427e\n");
    CHECK(m.counts.taken == 1 && m.counts.refused == 2);
    CHECK(table_digest(&m.t, SPAN("\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e")) == 0);
    CHECK(table_digest(&m.t, SPAN("\xd4\x1d\x8c\xd9")) == TABLE_NONE);
    free(m.block);

    m = make(TABLE_STRING, "TWFu\nTWE=\nTQ\nT\n!!!!\n");
    CHECK(m.counts.taken == 3 && m.counts.refused == 2);
    CHECK(table_string(&m.t, SPAN("Man")) != TABLE_NONE && table_string(&m.t, SPAN("Ma")) != TABLE_NONE);
    CHECK(table_string(&m.t, SPAN("M")) != TABLE_NONE && table_string(&m.t, SPAN("man")) == TABLE_NONE);
    CHECK(table_string(&m.t, SPAN("")) == TABLE_NONE);
    free(m.block);
}

static void an_empty_list_lists_nothing(void **state)
{
    (void)state;
    for (unsigned kind = TABLE_DOMAIN; kind <= TABLE_ADDRESS; kind++) {
        struct made m = make((enum table_kind)kind, "# nothing\n\n");
        uint32_t e;
        struct addr a = { { 1 } };
        CHECK(table_domain(&m.t, SPAN("a.b")) == TABLE_NONE && table_string(&m.t, SPAN("a")) == TABLE_NONE);
        CHECK(kind != TABLE_NPM || table_npm(&m.t, SPAN("a"), SPAN("1.0.0"), &e) == LISTED_NOT);
        CHECK(table_address(&m.t, &a, 80) == TABLE_NONE && table_key(&m.t, 0).n == 0);
        free(m.block);
    }
}

static void every_cut_or_flipped_block_is_refused_or_safe(void **state)
{
    (void)state;
    struct made m = make(TABLE_NPM, "package\tversions\tosv\nhex\t*\tM1\nkit\t1.0.0,2.0.0\tM2\n");
    for (size_t n = 0; n < m.size; n++) {
        struct span cut = exact_copy((struct span){ m.block, m.size }, n);
        CHECK(table_check(cut.p, cut.n) != NULL);
        exact_free(cut);
    }
    for (size_t bit = 0; bit < m.size * 8; bit++) {
        struct span s = exact_copy((struct span){ m.block, m.size }, m.size);
        ((uint8_t *)(uintptr_t)s.p)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (table_check(s.p, s.n) == NULL) {
            struct table t;
            uint32_t e;
            table_open(&t, s.p);
            if (table_kind(&t) == TABLE_NPM && table_npm(&t, SPAN("kit"), SPAN("2.0.0"), &e) != LISTED_NOT)
                table_cell(&t, e, 0);
            table_key(&t, 2);
        }
        exact_free(s);
    }
    free(m.block);
}

static void a_hundred_thousand_keys_are_all_found(void **state)
{
    (void)state;
    struct table_builder *b = table_builder_open(TABLE_DOMAIN, NULL, 0);
    struct error why;
    char name[64];
    for (unsigned i = 0; i < 100000; i++) {
        int n = snprintf(name, sizeof name, "h%u.zone%u.test", i * 2, i % 97);
        CHECK(table_builder_add(b, (struct span){ (uint8_t *)name, (size_t)n }, SPAN_NONE, NULL, &why) == 0);
    }
    size_t size;
    void *block = table_builder_finish(b, &size, &why);
    table_builder_close(b);
    CHECK(block != NULL && table_check(block, size) == NULL);
    struct table t;
    table_open(&t, block);
    CHECK(t.head->n_keys == 100000 && t.head->probes < 40);
    for (unsigned i = 0; i < 200000; i++) {
        int n = snprintf(name, sizeof name, "www.h%u.zone%u.test", i, i / 2 % 97);
        CHECK((table_domain(&t, (struct span){ (uint8_t *)name, (size_t)n }) != TABLE_NONE) == (i % 2 == 0));
    }
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_covers_itself_and_what_is_below),
        cmocka_unit_test(an_exact_domain_is_itself_only),
        cmocka_unit_test(the_most_specific_domain_answers),
        cmocka_unit_test(a_name_is_prepared_once_for_many_tables),
        cmocka_unit_test(a_package_is_listed_wholly_or_by_version),
        cmocka_unit_test(plain_packages_carry_their_version),
        cmocka_unit_test(the_longest_prefix_with_the_port_answers),
        cmocka_unit_test(an_address_without_ports_is_any_port),
        cmocka_unit_test(digests_and_strings_are_exact),
        cmocka_unit_test(an_empty_list_lists_nothing),
        cmocka_unit_test(every_cut_or_flipped_block_is_refused_or_safe),
        cmocka_unit_test(a_hundred_thousand_keys_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
