#include "app/quic_packet.h"
#include "app/quic_keys.h"

enum { LONG_HEADER = 0x80, CID_MAX = 20 };

uint64_t quic_varint(struct cursor *c)
{
    unsigned width = c->left > 0 ? 1u << (c->p[0] >> 6) : 1;
    return cur_be(c, width) & ((1ull << (8 * width - 2)) - 1);
}

struct cursor quic_block(struct cursor *c)
{
    uint64_t n = quic_varint(c);
    struct span s = cur_take(c, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
    return (struct cursor){ s.p, s.n, c->bad };
}

/* Version 2 turned the numbers round, so that nothing may rely on them: RFC 9369 3.2. */
static enum quic_type type_of(uint8_t first, uint32_t version)
{
    unsigned bits = first >> 4 & 3;
    return (enum quic_type)(quic_version_is_2(version) ? (bits + 3) & 3 : bits);
}

bool quic_packet_next(struct cursor *datagram, struct quic_packet *p)
{
    const uint8_t *start = datagram->p;
    uint8_t first = (uint8_t)cur_be(datagram, 1);
    p->version = first & LONG_HEADER ? (uint32_t)cur_be(datagram, 4) : 0;
    if (datagram->bad || p->version == 0)
        return false;
    struct cursor dcid = cur_block(datagram, 1), scid = cur_block(datagram, 1);
    if (scid.bad || dcid.left > CID_MAX || scid.left > CID_MAX || !quic_version_known(p->version))
        return false;
    p->dcid = cur_rest(&dcid);
    p->scid = cur_rest(&scid);
    p->type = type_of(first, p->version);
    if (p->type == QUIC_RETRY)
        return false;
    if (p->type == QUIC_INITIAL)
        quic_block(datagram);       /* token */
    struct cursor sealed = quic_block(datagram);
    p->number_at = (size_t)(sealed.p - start);
    p->whole = (struct span){ start, (size_t)(datagram->p - start) };
    return !sealed.bad;
}
