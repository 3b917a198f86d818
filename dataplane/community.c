/* SHA-1 over seed, the lower end, the higher end and the protocol, in base64. */
#include "community.h"

#include <mbedtls/sha1.h>
#include <netinet/in.h>

/* ICMP has no ports. A message with a counterpart (echo and echo reply) is told by the two types,
 * so that both directions agree; any other is one-way and told by type and code. */
static bool icmp_answer(uint8_t proto, uint16_t type, uint16_t *answer)
{
    static const uint8_t v4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 } };
    static const uint8_t v6[][2] = { { 128, 129 }, { 133, 134 }, { 135, 136 }, { 130, 131 },
                                     { 139, 140 }, { 144, 145 } };
    const uint8_t (*pairs)[2] = proto == IPPROTO_ICMP ? v4 : v6;
    size_t n = proto == IPPROTO_ICMP ? sizeof v4 / 2 : sizeof v6 / 2;
    for (size_t i = 0; i < n; i++)
        for (int side = 0; side < 2; side++)
            if (pairs[i][side] == type) {
                *answer = pairs[i][!side];
                return true;
            }
    return false;
}

static uint8_t *lay_addr(uint8_t *p, const struct addr *a, bool six)
{
    size_t n = six ? 16 : 4;
    memcpy(p, a->b + 16 - n, n);
    return p + n;
}

static uint8_t *lay_16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static void base64(const uint8_t in[20], char out[28])
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = { 0 };
    memcpy(padded, in, 20);
    for (int i = 0; i < 7; i++) {
        const uint8_t *b = padded + 3 * i;
        uint32_t v = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
        for (int k = 0; k < 4; k++)
            out[4 * i + k] = set[v >> (18 - 6 * k) & 63];
    }
    out[27] = '=';
}

void community_id(const struct endpoints *e, uint16_t seed, char out[COMMUNITY_LEN])
{
    bool icmp = e->proto == IPPROTO_ICMP || e->proto == IPPROTO_ICMPV6;
    bool ports = icmp || e->proto == IPPROTO_TCP || e->proto == IPPROTO_UDP
                 || e->proto == IPPROTO_SCTP;
    uint16_t sport = e->sport, dport = e->dport;
    bool one_way = icmp && !icmp_answer(e->proto, e->sport, &dport);
    int order = memcmp(&e->src, &e->dst, sizeof e->src);
    bool swap = !one_way && (order > 0 || (order == 0 && ports && sport > dport));

    uint8_t bytes[2 + 16 + 16 + 2 + 4], hash[20], *p = lay_16(bytes, seed);
    p = lay_addr(p, swap ? &e->dst : &e->src, e->six);
    p = lay_addr(p, swap ? &e->src : &e->dst, e->six);
    *p++ = e->proto;
    *p++ = 0;
    if (ports) {
        p = lay_16(p, swap ? dport : sport);
        p = lay_16(p, swap ? sport : dport);
    }
    mbedtls_sha1(bytes, (size_t)(p - bytes), hash);
    memcpy(out, "1:", 2);
    base64(hash, out + 2);
}
