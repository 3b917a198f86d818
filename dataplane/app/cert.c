#include "app/cert.h"

enum {                              /* X.690 8.1.2, X.509 in RFC 5280 */
    TAG_INTEGER = 0x02, TAG_OID = 0x06, TAG_UTC_TIME = 0x17,
    TAG_GENERALIZED_TIME = 0x18,
    TAG_SEQUENCE = 0x30, TAG_VERSION = 0xa0, TAG_EXTENSIONS = 0xa3,
    TAG_OCTETS = 0x04, TAG_BOOLEAN = 0x01, SAN_DNS = 0x82, SAN_IP = 0x87
};

struct cert_element cert_element(struct cursor *c)
{
    unsigned tag = (unsigned)cur_be(c, 1);
    size_t n = (size_t)cur_be(c, 1);
    if (n > 0x80 && n <= 0x84)
        n = (size_t)cur_be(c, (unsigned)n - 0x80);
    else if (n >= 0x80 || (tag & 0x1f) == 0x1f)    /* BER's endless form, and long tags */
        n = SIZE_MAX;
    struct span body = cur_take(c, n);
    return c->bad ? (struct cert_element){ 0, body } : (struct cert_element){ tag, body };
}

/* The body of the next element, which has to carry this tag. */
static struct cursor der_in(struct cursor *c, unsigned tag)
{
    struct cert_element t = cert_element(c);
    if (t.tag != tag) {
        c->bad = true;
        c->left = 0;
        return (struct cursor){ t.body.p, 0, true };
    }
    return cur_over(t.body);
}

/* ---- time ---- */

static unsigned digits(struct cursor *c, unsigned n)
{
    unsigned v = 0;
    while (n-- > 0) {
        unsigned d = (unsigned)cur_be(c, 1) - '0';
        if (d > 9) {
            c->bad = true;
            return 0;
        }
        v = v * 10 + d;
    }
    return v;
}

/* Days since 1970 of a date in the Gregorian calendar; years begin in March, so that the odd day
 * comes last. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2), era = y / 400, in_era = y - era * 400;
    int64_t in_year = (153 * (int64_t)((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

/* UTCTime is YYMMDDHHMMSSZ with 50 to 99 in the last century, GeneralizedTime has four digits of
 * year: RFC 5280 4.1.2.5. Old certificates leave the seconds out or give a zone; that is read too. */
static int64_t time_of(struct cert_element t)
{
    struct cursor c = cur_over(t.body);
    unsigned year = digits(&c, t.tag == TAG_GENERALIZED_TIME ? 4 : 2);
    if (t.tag == TAG_UTC_TIME)
        year += year < 50 ? 2000 : 1900;
    else if (t.tag != TAG_GENERALIZED_TIME)
        return 0;
    unsigned month = digits(&c, 2), day = digits(&c, 2), hour = digits(&c, 2), min = digits(&c, 2);
    unsigned sec = c.left > 1 && c.p[0] >= '0' && c.p[0] <= '9' ? digits(&c, 2) : 0;
    if (c.bad || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || min > 59 || sec > 60)
        return 0;
    int64_t at = days_of(year, month, day) * 86400 + hour * 3600 + min * 60 + sec;
    if (c.left == 5 && (c.p[0] == '+' || c.p[0] == '-')) {
        int64_t sign = cur_be(&c, 1) == '+' ? -1 : 1;
        unsigned zone_hours = digits(&c, 2), zone_min = digits(&c, 2);
        at += sign * (int64_t)(zone_hours * 3600 + zone_min * 60);
    }
    return c.bad ? 0 : at;
}

/* ---- the certificate ---- */

static struct span sans_in(struct cursor exts)
{
    static const uint8_t subject_alt_name[] = { 0x55, 0x1d, 0x11 };
    while (exts.left > 0) {
        struct cursor ext = der_in(&exts, TAG_SEQUENCE);
        struct cert_element oid = cert_element(&ext), value = cert_element(&ext);
        if (value.tag == TAG_BOOLEAN)       /* critical */
            value = cert_element(&ext);
        if (oid.tag != TAG_OID || value.tag != TAG_OCTETS ||
            !span_eq(oid.body, (struct span){ subject_alt_name, sizeof subject_alt_name }))
            continue;
        struct cursor octets = cur_over(value.body), names = der_in(&octets, TAG_SEQUENCE);
        return cur_rest(&names);
    }
    return SPAN_NONE;
}

bool cert_read(struct span der, struct cert *c)
{
    *c = (struct cert){ .serial = SPAN_NONE, .issuer = SPAN_NONE, .subject = SPAN_NONE,
                        .sans = SPAN_NONE };
    struct cursor all = cur_over(der), cert = der_in(&all, TAG_SEQUENCE);
    struct cursor tbs = der_in(&cert, TAG_SEQUENCE);
    struct cert_element serial = cert_element(&tbs);
    if (serial.tag == TAG_VERSION)          /* absent in version 1 */
        serial = cert_element(&tbs);
    der_in(&tbs, TAG_SEQUENCE);             /* signature algorithm */
    struct cursor issuer = der_in(&tbs, TAG_SEQUENCE);
    struct cursor validity = der_in(&tbs, TAG_SEQUENCE);
    struct cursor subject = der_in(&tbs, TAG_SEQUENCE);
    if (serial.tag != TAG_INTEGER || tbs.bad)
        return false;
    c->serial = serial.body;
    c->issuer = cur_rest(&issuer);
    c->subject = cur_rest(&subject);
    int64_t from = time_of(cert_element(&validity)), to = time_of(cert_element(&validity));
    if (!validity.bad) {
        c->not_before = from;
        c->not_after = to;
    }
    der_in(&tbs, TAG_SEQUENCE);             /* the key */
    while (tbs.left > 0) {
        struct cert_element t = cert_element(&tbs);
        struct cursor body = cur_over(t.body);
        if (t.tag == TAG_EXTENSIONS)
            c->sans = sans_in(der_in(&body, TAG_SEQUENCE));
    }
    return true;
}

bool cert_next_san(struct span *sans, struct cert_san *san)
{
    struct cursor c = cur_over(*sans);
    while (c.left > 0) {
        struct cert_element t = cert_element(&c);
        bool ip = t.tag == SAN_IP && (t.body.n == 4 || t.body.n == 16);
        if (!ip && t.tag != SAN_DNS)
            continue;
        *san = (struct cert_san){ t.body, ip };
        *sans = cur_rest(&c);
        return true;
    }
    *sans = SPAN_NONE;
    return false;
}
