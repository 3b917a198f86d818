/* app/starttls: where TLS begins is found, cut the stream as you like. */
#include "app/starttls.h"
#include "test.h"

#include <string.h>

struct said { enum dir dir; struct span bytes; };

#define C(text) { TO_SERVER, { (const uint8_t *)(text), sizeof(text) - 1 } }
#define S(text) { TO_CLIENT, { (const uint8_t *)(text), sizeof(text) - 1 } }
#define HELLO "\x16\x03\x01\x02\x00\x01"

/* Feeds in parts of `per` bytes. True when the tunnel began at the first byte of the last piece. */
static bool tunnels_at_last(const struct said *said, unsigned n, size_t per, enum starttls_proto want)
{
    enum starttls_proto which = STARTTLS_NONE;
    size_t seen = 0;
    struct span opening = said[0].bytes;
    while (seen < opening.n &&
           starttls_probe(said[0].dir, span_sub(opening, 0, seen), &which) == PROBE_MORE)
        seen++;
    CHECK(starttls_probe(said[0].dir, said[0].bytes, &which) == PROBE_YES);
    struct starttls s = { .proto = (uint8_t)which };
    struct app_result r = { APP_MORE, 0 };
    unsigned i = 0;
    for (; i < n && r.status == APP_MORE; i++)
        for (size_t at = 0; at < said[i].bytes.n && r.status == APP_MORE; at += per) {
            struct span part = span_sub(said[i].bytes, at, per), copy = exact_copy(part, part.n);
            r = starttls_feed(&s, said[i].dir, copy, NULL);
            CHECK(r.used <= part.n && (r.status != APP_TUNNEL || part.p[r.used] == 0x16));
            if (r.status == APP_TUNNEL)
                CHECK(at + r.used == 0);
            exact_free(copy);
        }
    CHECK(s.proto == want);
    return r.status == APP_TUNNEL && i == n;
}

static const struct { enum starttls_proto proto; unsigned n; struct said said[6]; } sessions[] = {
    { STARTTLS_SMTP, 5, { S("220 mx.example ESMTP\r\n"), C("EHLO a.example\r\n"),
        S("250-mx\r\n250 STARTTLS\r\n"), C("STARTTLS\r\n"), C(HELLO) } },
    /* commands sent ahead of TLS */
    { STARTTLS_SMTP, 6, { S("220-mx.example\r\n220 hello\r\n"), C("EHLO a.example\r\n"),
        S("250 STARTTLS\r\n"), C("starttls\r\nRSET\r\nMAIL FROM:<a@b>\r\n"), S("220 go\r\n"), C(HELLO) } },
    { STARTTLS_IMAP, 5, { S("* OK IMAP4rev1\r\n"), C("a1 CAPABILITY\r\n"), C("a2 STARTTLS\r\n"),
        S("a2 BAD no\r\n"), C(HELLO) } },
    { STARTTLS_POP3, 4, { S("+OK ready\r\n"), C("STLS\r\n"), S("+OK\r\n"), C(HELLO) } },
    { STARTTLS_FTP, 4, { S("220 Welcome\r\n"), C("AUTH TLS\r\n"), S("234 go\r\n"), C(HELLO) } },
    { STARTTLS_FTP, 3, { S("220 ProFTPD\r\n"), C("FEAT\r\n"), C(HELLO) } },
    { STARTTLS_SIEVE, 4, { S("\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"), C("STARTTLS\r\n"), S("OK\r\n"), C(HELLO) } },
    { STARTTLS_XMPP, 5, { C("<?xml version='1.0'?><stream:stream to='x'>"), S("<?xml version='1.0'?>"),
        C("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), S("<proceed/>"), C(HELLO) } },
    { STARTTLS_LDAP, 3, { C("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037"),
        S("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"), C(HELLO) } },
    { STARTTLS_LDAP, 3, { C("\x30\x84\0\0\0\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037"),
        S("\x30\x81\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"), C(HELLO) } },
    { STARTTLS_PGSQL, 3, { C("\0\0\0\x08\x04\xd2\x16\x2f"), S("S"), C(HELLO) } },
    { STARTTLS_PGSQL, 5, { C("\0\0\0\x08\x04\xd2\x16\x30"), S("N"), C("\0\0\0\x08\x04\xd2\x16\x2f"),
        S("S"), C(HELLO) } },
    { STARTTLS_MYSQL, 3, { S("\x07\0\0\0\x0a" "8.0.1\0"),
        C("\x20\0\0\x01" "flags-and-a-lot-of-zeros........"), C(HELLO) } },
};

static void tls_is_found_where_it_begins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++)
        for (size_t per = 1; per < 90; per++)
            CHECK(tunnels_at_last(sessions[i].said, sessions[i].n, per, sessions[i].proto));
}

static void sessions_without_tls_are_let_go(void **state)
{
    (void)state;
    static const struct { enum starttls_proto proto; struct said said; } cases[] = {
        { STARTTLS_SMTP, C("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n\x16\x03\x01") },
        { STARTTLS_POP3, C("RETR 1\r\n") },
        { STARTTLS_PGSQL, C("\0\0\0\x20\0\x03\0\0") },
        { STARTTLS_PGSQL, S("E") },
        { STARTTLS_LDAP, C("GET / HTTP/1.1") },
        { STARTTLS_MYSQL, C("\x50\0\0\x01") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct starttls s = { .proto = (uint8_t)cases[i].proto };
        CHECK(starttls_feed(&s, cases[i].said.dir, cases[i].said.bytes, NULL).status == APP_DONE);
    }
}

static void long_sessions_are_let_go(void **state)
{
    (void)state;
    for (unsigned proto = STARTTLS_SMTP; proto <= STARTTLS_XMPP; proto++) {
        struct starttls s = { .proto = (uint8_t)proto };
        unsigned n = 0;
        struct span line = SPAN("a line that never says what it should\r\n");
        while (starttls_feed(&s, TO_CLIENT, line, NULL).status == APP_MORE)
            n++;
        CHECK(n < 2000);
    }
}

static void a_hole_is_bridged_where_that_is_possible(void **state)
{
    (void)state;
    struct starttls s = { .proto = STARTTLS_SMTP };
    starttls_feed(&s, TO_SERVER, SPAN("START"), NULL);
    starttls_gap(&s, TO_SERVER, 5);
    CHECK(starttls_feed(&s, TO_SERVER, SPAN(HELLO), NULL).status == APP_TUNNEL);
    s = (struct starttls){ .proto = STARTTLS_LDAP };
    starttls_feed(&s, TO_SERVER, SPAN("\x30\x20\x02\x01"), NULL);
    starttls_gap(&s, TO_SERVER, 30);
    CHECK(starttls_feed(&s, TO_SERVER, SPAN(HELLO), NULL).status == APP_TUNNEL);
    s = (struct starttls){ .proto = STARTTLS_LDAP };
    starttls_gap(&s, TO_SERVER, 1);
    CHECK(starttls_feed(&s, TO_SERVER, SPAN("\x30"), NULL).status == APP_DONE);
}

static void probes_do_not_claim_others(void **state)
{
    (void)state;
    enum starttls_proto which = STARTTLS_NONE;
    static const struct said others[] = {
        C("GET / HTTP/1.1\r\n"), S("HTTP/1.1 200 OK\r\n"), S("SSH-2.0-OpenSSH_9.2\r\n"),
        C(HELLO "....."), C("<?xml version='1.0'?><a></a><b>......................"),
        C("\x30\x26\x02\x01\x01\x04\x06public"),             /* SNMP */
        C("\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0"),          /* DNS */
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(starttls_probe(others[i].dir, others[i].bytes, &which) == PROBE_NO);
    CHECK(which == STARTTLS_NONE);
    CHECK(strcmp(starttls_name(STARTTLS_PGSQL), "pgsql") == 0);
    CHECK(strcmp(starttls_name(STARTTLS_SMTP), "smtp") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_is_found_where_it_begins),
        cmocka_unit_test(sessions_without_tls_are_let_go),
        cmocka_unit_test(long_sessions_are_let_go),
        cmocka_unit_test(a_hole_is_bridged_where_that_is_possible),
        cmocka_unit_test(probes_do_not_claim_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
