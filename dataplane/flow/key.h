#ifndef FLOW_KEY_H
#define FLOW_KEY_H
/* What a packet is looked up by: the lane it came in, and a keyed hash that is the same for both
 * directions. Inline, for every packet comes through here. */
#include "flow/flow.h"

#include <string.h>

static inline uint64_t flow_rotl(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

/* SipHash-1-3 over whole words; both directions of a flow give the same words. */
static inline uint64_t flow_sip(struct hash_key key, const uint64_t *w, unsigned n)
{
    uint64_t v0 = key.k0 ^ 0x736f6d6570736575ULL, v1 = key.k1 ^ 0x646f72616e646f6dULL;
    uint64_t v2 = key.k0 ^ 0x6c7967656e657261ULL, v3 = key.k1 ^ 0x7465646279746573ULL;
    for (unsigned i = 0; i < n + 3; i++) {
        uint64_t m = i < n ? w[i] : 0;
        v3 ^= m;
        v0 += v1; v1 = flow_rotl(v1, 13); v1 ^= v0; v0 = flow_rotl(v0, 32);
        v2 += v3; v3 = flow_rotl(v3, 16); v3 ^= v2;
        v0 += v3; v3 = flow_rotl(v3, 21); v3 ^= v0;
        v2 += v1; v1 = flow_rotl(v1, 17); v1 ^= v2; v2 = flow_rotl(v2, 32);
        v0 ^= m;
        if (i == n - 1)
            v2 ^= 0xff;
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

static inline uint32_t flow_lane(const struct packet *p, bool vlans)
{
    uint32_t lane = p->tenant * 2246822519U;     /* VNI 7 is not VLAN 7 */
    for (unsigned i = 0; vlans && i < p->n_vlan; i++)
        lane = (lane + p->vlan[i] + 1) * 2654435761U;
    return lane;
}

static inline uint64_t flow_hash(struct hash_key key, const struct packet *p, uint32_t lane)
{
    uint64_t s[2], d[2];
    memcpy(s, p->src.b, 16);
    memcpy(d, p->dst.b, 16);
    uint16_t sp = p->has_ports ? p->sport : 0, dp = p->has_ports ? p->dport : 0;
    bool swap = s[1] > d[1] || (s[1] == d[1] && (s[0] > d[0] || (s[0] == d[0] && sp > dp)));
    const uint64_t *lo = swap ? d : s, *hi = swap ? s : d;
    uint64_t ports = (uint64_t)(swap ? dp : sp) << 16 | (swap ? sp : dp);
    uint64_t w[5] = { lo[1], hi[1], ports | (uint64_t)lane << 32 };
    w[1] = flow_rotl(w[1], 7) ^ p->proto;
    if (p->ip_version == 4)     /* the mapped halves are all the same */
        return flow_sip(key, w, 3);
    w[3] = lo[0];
    w[4] = hi[0];
    return flow_sip(key, w, 5);
}

static inline bool flow_is(const struct flow *f, const struct packet *p, uint32_t lane)
{
    if (f->proto != p->proto || f->lane != lane)
        return false;
    if (!p->has_ports)
        return (addr_eq(&f->client, &p->src) && addr_eq(&f->server, &p->dst)) ||
               (addr_eq(&f->client, &p->dst) && addr_eq(&f->server, &p->src));
    if (f->client_port == p->sport && f->server_port == p->dport && addr_eq(&f->client, &p->src) &&
        addr_eq(&f->server, &p->dst))
        return true;
    return f->client_port == p->dport && f->server_port == p->sport &&
           addr_eq(&f->client, &p->dst) && addr_eq(&f->server, &p->src);
}

#endif
