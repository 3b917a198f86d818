#include "detect/listed.h"

#include <netinet/in.h>

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A digest comes as bytes from to_sha256 and its like, as text from ja3.hash, and with colons from
 * tls.cert_fingerprint. */
static uint32_t digest_listed(const struct table *t, struct span v, size_t size)
{
    uint8_t bytes[32];
    if (v.n == size)
        return table_digest(t, v);
    size_t digits = 0;
    for (size_t i = 0; i < v.n; i++) {
        int d = hex(v.p[i]);
        if (d < 0 && v.p[i] == ':')
            continue;
        if (d < 0 || digits == 2 * size)
            return TABLE_NONE;
        bytes[digits / 2] = (uint8_t)(digits % 2 == 0 ? d << 4 : bytes[digits / 2] | d);
        digits++;
    }
    return digits == 2 * size ? table_digest(t, (struct span){ bytes, size }) : TABLE_NONE;
}

static uint32_t package_listed(const struct table *t, const struct scene *s)
{
    uint32_t entry = TABLE_NONE;
    const struct npm_fact *n = s->trigger == TRIG_NPM ? s->fact->npm : NULL;
    if (n == NULL || n->placeholder)
        return TABLE_NONE;
    /* metadata is needed to install a good version of a name, even where it was asked for one version */
    struct span version = n->kind == NPM_METADATA ? SPAN_NONE : n->version;
    if (table_npm(t, n->name, version, &entry) == LISTED_NOT)
        return TABLE_NONE;
    return entry;
}

static int32_t port_of(const struct scene *s, bool of_source)
{
    bool ports = s->proto == IPPROTO_TCP || s->proto == IPPROTO_UDP;
    return !ports ? -1 : of_source ? s->sport : s->dport;
}

uint32_t asked_listed(const struct table *t, struct asked *a)
{
    switch (table_kind(t)) {
    case TABLE_DOMAIN: return table_domain_named(t, asked_name(a));
    case TABLE_NPM: return package_listed(t, a->scene);
    case TABLE_STRING: return table_string(t, a->value);
    case TABLE_MD5: return digest_listed(t, a->value, 16);
    case TABLE_SHA1: return digest_listed(t, a->value, 20);
    case TABLE_SHA256: return digest_listed(t, a->value, 32);
    case TABLE_ADDRESS: return table_address_named(t, asked_addr(a), port_of(a->scene, a->of_source));
    }
    return TABLE_NONE;
}

uint32_t listed(const struct table *t, const struct scene *s, struct span value, bool of_source)
{
    struct asked a;
    asked_set(&a, s, value, of_source);
    return asked_listed(t, &a);
}
