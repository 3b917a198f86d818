/* The texts of a certificate's fields. */
#include "app/cert.h"

#include <stdio.h>

enum { TAG_UTF8 = 0x0c, TAG_UNIVERSAL_STRING = 0x1c, TAG_BMP_STRING = 0x1e };

/* Text that ends where its room does. */
struct text { char *p; size_t n, room; };

static void put(struct text *t, const void *bytes, size_t n)
{
    if (n > t->room - t->n)
        n = t->room - t->n;
    memcpy(t->p + t->n, bytes, n);
    t->n += n;
}

static void put_string(struct text *t, const char *s)
{
    put(t, s, strlen(s));
}

#define OID(bytes, name) { sizeof(bytes) - 1, bytes, name }
static const struct { uint8_t len; const char *oid, *name; } attributes[] = {
    OID("\x55\x04\x03", "CN"), OID("\x55\x04\x06", "C"), OID("\x55\x04\x07", "L"),
    OID("\x55\x04\x08", "ST"), OID("\x55\x04\x0a", "O"), OID("\x55\x04\x0b", "OU"),
    OID("\x55\x04\x04", "SN"), OID("\x55\x04\x05", "serialNumber"),
    OID("\x55\x04\x09", "STREET"), OID("\x55\x04\x0c", "title"),
    OID("\x55\x04\x0d", "description"), OID("\x55\x04\x0f", "businessCategory"),
    OID("\x55\x04\x11", "postalCode"), OID("\x55\x04\x29", "name"), OID("\x55\x04\x2a", "GN"),
    OID("\x55\x04\x2b", "initials"), OID("\x55\x04\x2e", "dnQualifier"),
    OID("\x55\x04\x61", "organizationIdentifier"),
    OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "Email"),
    OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", "unstructuredName"),
    OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"),
    OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"),
    OID("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", "msJurisdictionLocality"),
    OID("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", "msJurisdictionStateOrProvince"),
    OID("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", "msJurisdictionCountry"),
};
#undef OID

/* "1.2.840.113549": base 128, the first number holds two parts (X.690 8.19). */
static void put_oid(struct text *t, struct span oid)
{
    uint64_t v = 0;
    bool first = true;
    for (size_t i = 0; i < oid.n; i++) {
        v = v << 7 | (oid.p[i] & 0x7f);
        if (oid.p[i] & 0x80)
            continue;
        uint64_t top = v < 80 ? v / 40 : 2;
        char number[48];
        int n = first ? snprintf(number, sizeof number, "%u.%llu", (unsigned)top,
                                 (unsigned long long)(v - top * 40))
                      : snprintf(number, sizeof number, ".%llu", (unsigned long long)v);
        put(t, number, (size_t)n);
        first = false;
        v = 0;
    }
}

static void put_attribute(struct text *t, struct span oid)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (oid.n == attributes[i].len && memcmp(oid.p, attributes[i].oid, oid.n) == 0) {
            put_string(t, attributes[i].name);
            return;
        }
    put_oid(t, oid);
}

/* One character as UTF-8; control characters as \xNN, so that a name can't fake a line or colour. */
static void put_char(struct text *t, uint32_t c)
{
    char out[5];
    size_t n = 0;
    if (c < 0x20 || c == 0x7f) {
        n = (size_t)snprintf(out, sizeof out, "\\x%02x", (unsigned)c);
    } else if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
        out[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000 && c >> 11 != 0x1b) {    /* surrogates are no characters */
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        out[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        out[n++] = '?';
    }
    put(t, out, n);
}

/* Runs of plain bytes go over in one piece. Bytes above ASCII are UTF-8 already in a UTF8String and
 * taken for Latin-1 elsewhere: that is what T61 and broken PrintableStrings hold in practice. */
static void put_bytes(struct text *t, struct span value, bool utf8)
{
    size_t from = 0;
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c >= 0x20 && c != 0x7f && (c < 0x80 || utf8))
            continue;
        put(t, value.p + from, i - from);
        put_char(t, c);
        from = i + 1;
    }
    put(t, value.p + from, value.n - from);
}

static void put_value(struct text *t, unsigned tag, struct span value)
{
    unsigned width = tag == TAG_BMP_STRING ? 2 : tag == TAG_UNIVERSAL_STRING ? 4 : 1;
    if (width == 1) {
        put_bytes(t, value, tag == TAG_UTF8);
        return;
    }
    struct cursor c = cur_over(value);
    while (c.left >= width)
        put_char(t, (uint32_t)cur_be(&c, width));
}

/* One "CN=x" of an RDN. */
static void put_ava(struct text *t, struct cursor ava)
{
    struct cert_element oid = cert_element(&ava), value = cert_element(&ava);
    put_attribute(t, oid.body);
    put_string(t, "=");
    put_value(t, value.tag, value.body);
}

size_t cert_name_text(struct span name, char *out, size_t room)
{
    struct text t = { out, 0, room };
    struct cursor rdns = cur_over(name);
    const char *before = "";
    while (rdns.left > 0 && t.n < t.room) {
        struct cursor rdn = cur_over(cert_element(&rdns).body);
        while (rdn.left > 0 && t.n < t.room) {
            put_string(&t, before);
            put_ava(&t, cur_over(cert_element(&rdn).body));
            before = " + ";
        }
        before = ", ";
    }
    return t.n;
}

size_t cert_serial_text(struct span serial, char *out, size_t room)
{
    static const char digits[] = "0123456789ABCDEF";
    struct text t = { out, 0, room };
    for (size_t i = 0; i < serial.n && t.n < t.room; i++) {
        char pair[3] = { ':', digits[serial.p[i] >> 4], digits[serial.p[i] & 15] };
        put(&t, i > 0 ? pair : pair + 1, i > 0 ? 3 : 2);
    }
    return t.n;
}
