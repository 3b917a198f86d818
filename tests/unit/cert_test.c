/* app/cert: fields and texts of a real certificate, and of broken ones. */
#include "app/cert.h"
#include "test.h"
#include "tls_samples.h"

static const struct span whole = { sample_cert, sizeof sample_cert };

static struct span name_of(struct span name, char *out, size_t room)
{
    return (struct span){ (uint8_t *)out, cert_name_text(name, out, room) };
}

static void a_certificate_is_read(void **state)
{
    (void)state;
    struct cert c;
    char text[256];
    CHECK(cert_read(whole, &c));
    CHECK(span_is(name_of(c.subject, text, sizeof text),
                  "C=DE, ST=Bayern, O=K\xc3\xa4se, GmbH, OU=Lab, CN=npm.example, "
                  "Email=root@npm.example"));
    CHECK(span_eq(c.subject, c.issuer));
    struct span serial = { (uint8_t *)text, cert_serial_text(c.serial, text, sizeof text) };
    CHECK(span_is(serial, "0A:1B:2C"));
    CHECK(c.not_before == 1795444682 && c.not_after == 2659444682);
}

static void alternative_names_are_walked(void **state)
{
    (void)state;
    struct cert c;
    struct cert_san san;
    CHECK(cert_read(whole, &c));
    CHECK(cert_next_san(&c.sans, &san) && span_is(san.value, "npm.example") && !san.is_ip);
    CHECK(cert_next_san(&c.sans, &san) && span_is(san.value, "*.npm.example"));
    CHECK(cert_next_san(&c.sans, &san) && san.is_ip);
    CHECK(san.value.n == 4 && san.value.p[3] == 7);
    CHECK(cert_next_san(&c.sans, &san) && san.is_ip && san.value.n == 16);
    CHECK(!cert_next_san(&c.sans, &san) && !cert_next_san(&c.sans, &san));
}

static void every_cut_is_survived(void **state)
{
    (void)state;
    for (size_t n = 0; n < whole.n; n++) {
        struct span cut = exact_copy(whole, n);
        struct cert c;
        CHECK(!cert_read(cut, &c));     /* the outer length already tells */
        exact_free(cut);
    }
}

static void every_flipped_byte_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < whole.n; i++) {
        struct span bent = exact_copy(whole, whole.n);
        ((uint8_t *)(uintptr_t)bent.p)[i] ^= 0x81;
        struct cert c;
        struct cert_san san;
        char text[64];
        if (cert_read(bent, &c)) {
            CHECK(cert_name_text(c.subject, text, sizeof text) <= sizeof text);
            CHECK(cert_serial_text(c.serial, text, sizeof text) <= sizeof text);
            while (cert_next_san(&c.sans, &san))
                CHECK(san.value.n <= whole.n);
        }
        exact_free(bent);
    }
}

static void a_text_ends_where_its_room_does(void **state)
{
    (void)state;
    struct cert c;
    CHECK(cert_read(whole, &c));
    for (size_t room = 0; room < 80; room++) {
        char *exact = malloc(room > 0 ? room : 1);
        CHECK(cert_name_text(c.subject, exact, room) <= room);
        CHECK(cert_serial_text(c.serial, exact, room) <= room);
        free(exact);
    }
}

/* One RDN of one or two attributes, in the form cert_name_text takes. */
static void strings_of_all_kinds_become_utf8(void **state)
{
    (void)state;
    static const struct { struct span name; const char *text; } cases[] = {
        { SPAN("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1e\x04\0A\x20\xac"), "CN=A\xe2\x82\xac" },
        { SPAN("\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x14\x02\xe4z"), "CN=\xc3\xa4z" },
        { SPAN("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1c\x04\0\0\x20\xac"), "CN=\xe2\x82\xac" },
        { SPAN("\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03""a\nb"), "CN=a\\x0ab" },
        { SPAN("\x31\x0b\x30\x09\x06\x04\x2a\x03\x81\x01\x0c\x01x"), "1.2.3.129=x" },
        { SPAN("\x31\x14\x30\x08\x06\x03\x55\x04\x03\x0c\x01x\x30\x08\x06\x03\x55\x04\x0a\x0c\x01y"),
          "CN=x + O=y" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        CHECK(span_is(name_of(cases[i].name, text, sizeof text), cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_read),
        cmocka_unit_test(alternative_names_are_walked),
        cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(every_flipped_byte_is_survived),
        cmocka_unit_test(a_text_ends_where_its_room_does),
        cmocka_unit_test(strings_of_all_kinds_become_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
