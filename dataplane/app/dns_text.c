/* Text of names and record data. Data of records is printed as Suricata prints it where it prints
 * one string (a mail exchange without its preference, TXT strings joined without quotes), so that
 * whoever reads events need not tell the two apart; the rest is as in a zone file. */
#include "app/dns_text.h"
#include "base/addr.h"

#include <stdarg.h>
#include <stdio.h>

static bool put(struct dns_text *t, const void *p, size_t n)
{
    if (n > sizeof t->b - t->n)
        return false;
    memcpy(t->b + t->n, p, n);
    t->n += n;
    return true;
}

__attribute__((format(printf, 2, 3)))
static bool put_format(struct dns_text *t, const char *format, ...)
{
    char piece[64];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    return put(t, piece, (size_t)n);
}

/* Bytes that would be mistaken for something else are escaped: RFC 1035 5.1. */
static bool put_escaped(struct dns_text *t, struct span s, bool in_name)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (sizeof t->b - t->n < 4)
            return false;
        if (c < (in_name ? 0x21 : 0x20) || c > 0x7e) {
            uint8_t escape[4] = { '\\', (uint8_t)('0' + c / 100), (uint8_t)('0' + c / 10 % 10),
                                  (uint8_t)('0' + c % 10) };
            memcpy(t->b + t->n, escape, 4);
            t->n += 4;
            continue;
        }
        if (c == '\\' || (c == '.' && in_name))
            t->b[t->n++] = '\\';
        t->b[t->n++] = c;
    }
    return true;
}

enum { LABEL_MAX = 63, POINTER = 0xc0 };

/* Each jump leads to before the place it was last led to, so the walk ends; a real name is at
 * most 255 bytes however it was packed (RFC 1035 3.1), so it ends soon. */
static bool put_name(struct span message, struct cursor *c, struct dns_text *t)
{
    struct cursor at = *c;
    size_t wire = 1, floor = (size_t)(c->p - message.p);
    bool jumped = false, first = true;
    for (;;) {
        uint8_t len = (uint8_t)cur_be(&at, 1);
        if (at.bad)
            return false;
        if (len >= POINTER) {
            size_t target = (size_t)(len & LABEL_MAX) << 8 | (size_t)cur_be(&at, 1);
            if (at.bad || target >= floor)
                return false;
            if (!jumped)
                *c = at;
            jumped = true;
            floor = target;
            at = cur_over(span_sub(message, target, message.n));
            continue;
        }
        if (len == 0)
            break;
        struct span label = cur_take(&at, len);
        wire += 1u + len;
        if (len > LABEL_MAX || at.bad || wire > DNS_NAME_MAX)
            return false;
        if ((!first && !put(t, ".", 1)) || !put_escaped(t, label, true))
            return false;
        first = false;
    }
    if (!jumped)
        *c = at;
    return true;
}

static struct span since(const struct dns_text *t, size_t start)
{
    return (struct span){ t->b + start, t->n - start };
}

bool dns_name_text(struct span message, struct cursor *c, struct dns_text *t, struct span *name)
{
    size_t start = t->n;
    if (!put_name(message, c, t)) {
        t->n = start;
        return false;
    }
    *name = since(t, start);
    return true;
}

static bool put_addr(struct dns_text *t, struct cursor *c, bool v6)
{
    struct span s = cur_take(c, v6 ? 16 : 4);
    if (c->bad)
        return false;
    char text[ADDR_TEXT_MAX];
    struct addr a = v6 ? addr_v6(s.p) : addr_v4(s.p);
    return put(t, text, addr_text(&a, text));
}

static bool put_txt(struct dns_text *t, struct cursor c)
{
    while (c.left > 0) {
        struct cursor string = cur_block(&c, 1);
        if (!put_escaped(t, cur_rest(&string), false))
            return true;    /* cut, not broken */
    }
    return !c.bad;
}

static bool put_soa(struct span message, struct dns_text *t, struct cursor c)
{
    if (!put_name(message, &c, t) || !put(t, " ", 1) || !put_name(message, &c, t))
        return false;
    for (unsigned i = 0; i < 5; i++) {      /* serial, refresh, retry, expire, minimum */
        uint32_t v = (uint32_t)cur_be(&c, 4);
        if (c.bad || !put_format(t, " %u", v))
            return false;
    }
    return true;
}

static bool put_srv(struct span message, struct dns_text *t, struct cursor c)
{
    unsigned priority = (unsigned)cur_be(&c, 2), weight = (unsigned)cur_be(&c, 2);
    unsigned port = (unsigned)cur_be(&c, 2);
    return put_format(t, "%u %u %u ", priority, weight, port) && put_name(message, &c, t);
}

static bool put_caa(struct dns_text *t, struct cursor c)
{
    unsigned flags = (unsigned)cur_be(&c, 1);
    struct cursor tag = cur_block(&c, 1);
    return !c.bad && put_format(t, "%u ", flags) && put_escaped(t, cur_rest(&tag), false) &&
           put(t, " \"", 2) && put_escaped(t, cur_rest(&c), false) && put(t, "\"", 1);
}

enum { SVC_ALPN = 1, SVC_PORT = 3, SVC_IPV4HINT = 4, SVC_ECH = 5, SVC_IPV6HINT = 6 };

static bool put_svc_list(struct dns_text *t, uint32_t key, struct cursor c)
{
    bool ok = put_format(t, "%s", key == SVC_ALPN ? " alpn=" : key == SVC_IPV4HINT ? " ipv4hint="
                                                                                 : " ipv6hint=");
    for (bool first = true; ok && c.left > 0; first = false) {
        ok = first || put(t, ",", 1);
        if (key == SVC_ALPN) {
            struct cursor name = cur_block(&c, 1);
            ok = ok && !c.bad && put_escaped(t, cur_rest(&name), false);
        } else {
            ok = ok && put_addr(t, &c, key == SVC_IPV6HINT);
        }
    }
    return ok;
}

/* RFC 9460 2.2. Of Encrypted Client Hello only the fact that it is offered is told: its keys
 * change by the hour. */
static bool put_svcb(struct span message, struct dns_text *t, struct cursor c)
{
    unsigned priority = (unsigned)cur_be(&c, 2);
    size_t before = put_format(t, "%u ", priority) ? t->n : 0;
    if (before == 0 || !put_name(message, &c, t))
        return false;
    bool ok = t->n > before || put(t, ".", 1);
    while (ok && c.left > 0) {
        uint32_t key = (uint32_t)cur_be(&c, 2);
        struct cursor value = cur_block(&c, 2);
        if (c.bad)
            return false;
        if (key == SVC_ALPN || key == SVC_IPV4HINT || key == SVC_IPV6HINT)
            ok = put_svc_list(t, key, value);
        else if (key == SVC_PORT)
            ok = put_format(t, " port=%u", (unsigned)cur_be(&value, 2));
        else if (key == SVC_ECH)
            ok = put(t, " ech=...", 8);
    }
    return ok;
}

static bool put_rdata(struct span message, uint16_t type, struct cursor c, struct dns_text *t)
{
    switch (type) {
    case DNS_A: return put_addr(t, &c, false);
    case DNS_AAAA: return put_addr(t, &c, true);
    case DNS_NS: case DNS_CNAME: case DNS_PTR: case DNS_DNAME: return put_name(message, &c, t);
    case DNS_MX: cur_take(&c, 2); return put_name(message, &c, t);
    case DNS_TXT: return put_txt(t, c);
    case DNS_SOA: return put_soa(message, t, c);
    case DNS_SRV: return put_srv(message, t, c);
    case DNS_CAA: return put_caa(t, c);
    case DNS_SVCB: case DNS_HTTPS: return put_svcb(message, t, c);
    default: return false;
    }
}

struct span dns_rdata_text(struct span message, uint16_t type, struct cursor rdata,
                           struct dns_text *t)
{
    size_t start = t->n;
    if (!put_rdata(message, type, rdata, t))
        t->n = start;
    return since(t, start);
}
