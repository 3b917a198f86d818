/* app/tls_hello: what a hello says, and that a cut one says nothing. */
#include "app/tls_hello.h"
#include "hello_build.h"
#include "test.h"

static struct hello h;

static void usual(void)
{
    hello_begin(&h, 0x0303, (const uint16_t[]){ 0x5a5a, 0x1301, 0xc02b }, 3);
    hello_ext(&h, 0x0a0a, SPAN_NONE);
    hello_sni(&h, SPAN("npm.example"));
    hello_ext(&h, 16, SPAN("\0\x0c\x02h2\x08http/1.1"));
    hello_ext(&h, 43, SPAN("\x06\x7a\x7a\x03\x04\x03\x03"));
    hello_ext(&h, 10, SPAN("\0\x04\x0a\x0a\0\x1d"));
    hello_ext(&h, 13, SPAN("\0\x04\x04\x03\x08\x04"));
    hello_ext(&h, 11, SPAN("\x01\0"));
}

static void a_hello_is_read(void **state)
{
    (void)state;
    struct client_hello c;
    usual();
    CHECK(client_hello_read(hello_span(&h), &c));
    CHECK(span_is(c.sni, "npm.example") && c.has_sni && c.n_exts == 7 && c.ech == ECH_NONE);
    CHECK(c.version == 0x0304 && c.legacy_version == 0x0303 && c.ciphers.n == 6);
    CHECK(span_is(c.alpns, "\x02h2\x08http/1.1") && c.groups.n == 4 && c.sigalgs.n == 4);
    CHECK(c.point_formats.n == 1 && !c.has_quic_params && !c.has_early_data);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct client_hello c;
    usual();
    for (size_t n = 0; n < h.n; n++) {
        struct span cut = exact_copy(hello_span(&h), n);
        CHECK(!client_hello_read(cut, &c));
        exact_free(cut);
    }
    struct server_hello s;
    server_hello_begin(&h, 0x0303, 0x1301, false);
    hello_ext(&h, 43, SPAN("\x03\x04"));
    for (size_t n = 0; n < h.n; n++) {
        struct span cut = exact_copy(hello_span(&h), n);
        CHECK(!server_hello_read(cut, &s));
        exact_free(cut);
    }
}

static void no_extensions_are_fine(void **state)
{
    (void)state;
    struct client_hello c;
    hello_begin(&h, 0x0301, (const uint16_t[]){ 0x002f }, 1);
    h.n -= 2;
    h.b[3] = (uint8_t)(h.n - 4);
    CHECK(client_hello_read(hello_span(&h), &c) && c.version == 0x0301 && c.n_exts == 0);
}

static void broken_extensions_leave_their_field_empty(void **state)
{
    (void)state;
    struct client_hello c;
    hello_begin(&h, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_ext(&h, 0, SPAN("\0\x09\0\0\x07""abc"));
    hello_ext(&h, 16, SPAN("\0\x03\x09h2"));
    hello_ext(&h, 43, SPAN("\x09\x03"));
    CHECK(client_hello_read(hello_span(&h), &c));
    CHECK(c.has_sni && c.sni.n == 0 && c.alpns.n == 0 && c.version == 0x0303);
}

static void the_first_name_counts(void **state)
{
    (void)state;
    struct client_hello c;
    hello_begin(&h, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
    hello_sni(&h, SPAN("one.example"));
    hello_sni(&h, SPAN("two.example"));
    CHECK(client_hello_read(hello_span(&h), &c) && span_is(c.sni, "one.example"));
}

static void ech_is_told_from_its_absence(void **state)
{
    (void)state;
    static const struct { unsigned type; const char *sni; enum tls_ech ech; } cases[] = {
        { 0xfe0d, "npm.example", ECH_GREASE }, { 0xfe0d, "Cloudflare-ECH.com", ECH_OFFERED },
        { 0xffce, "npm.example", ECH_OFFERED }, { 21, "cloudflare-ech.com", ECH_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client_hello c;
        hello_begin(&h, 0x0303, (const uint16_t[]){ 0x1301 }, 1);
        hello_ext(&h, cases[i].type, SPAN("\0\0\x01\0\x01\x55\0\0\0\0"));
        hello_sni(&h, (struct span){ (const uint8_t *)cases[i].sni, strlen(cases[i].sni) });
        CHECK(client_hello_read(hello_span(&h), &c) && c.ech == cases[i].ech);
    }
}

static void the_server_picks_a_version(void **state)
{
    (void)state;
    struct server_hello s;
    server_hello_begin(&h, 0x0303, 0x1302, false);
    CHECK(server_hello_read(hello_span(&h), &s) && s.version == 0x0303 && s.cipher == 0x1302);
    hello_ext(&h, 43, SPAN("\x03\x04"));
    CHECK(server_hello_read(hello_span(&h), &s) && s.version == 0x0304 && !s.retry);
    server_hello_begin(&h, 0x0303, 0x1302, true);
    hello_ext(&h, 43, SPAN("\x03\x04"));
    CHECK(server_hello_read(hello_span(&h), &s) && s.retry);
    server_hello_begin(&h, 0x0303, 0xc02f, false);
    hello_ext(&h, 16, SPAN("\0\x03\x02h2"));
    CHECK(server_hello_read(hello_span(&h), &s) && span_is(s.alpn, "h2"));
}

static void an_ssl2_hello_is_read(void **state)
{
    (void)state;
    struct client_hello c;
    struct span v2 = SPAN("\x01\x03\x01\0\x06\0\0\0\x10\0\0\x2f\x01\0\x80""0123456789abcdef");
    CHECK(client_hello_read_v2(v2, &c) && c.v2 && c.version == 0x0301 && c.ciphers.n == 6);
    for (size_t n = 0; n < v2.n; n++) {
        struct span cut = exact_copy(v2, n);
        CHECK(!client_hello_read_v2(cut, &c));
        exact_free(cut);
    }
}

static void versions_have_names(void **state)
{
    (void)state;
    CHECK(strcmp(tls_version_text(0x0301), "TLSv1") == 0);
    CHECK(strcmp(tls_version_text(0x0304), "TLS 1.3") == 0);
    CHECK(strcmp(tls_version_text(0x7f1c), "TLS 1.3 draft-28") == 0);
    CHECK(strcmp(tls_version_text(0x0002), "SSLv2") == 0);
    CHECK(strcmp(tls_version_text(0x1234), "UNDETERMINED") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_is_read),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(no_extensions_are_fine),
        cmocka_unit_test(broken_extensions_leave_their_field_empty),
        cmocka_unit_test(the_first_name_counts),
        cmocka_unit_test(ech_is_told_from_its_absence),
        cmocka_unit_test(the_server_picks_a_version),
        cmocka_unit_test(an_ssl2_hello_is_read),
        cmocka_unit_test(versions_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
