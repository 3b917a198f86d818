#ifndef APP_QUIC_PACKET_H
#define APP_QUIC_PACKET_H
/* What of QUIC is readable without keys: variable-length integers and long headers. */
#include "base/cursor.h"

/* As version 1 numbers them. */
enum quic_type { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY };

struct quic_packet {
    enum quic_type type;
    uint32_t version;
    struct span dcid, scid;
    struct span whole;          /* header and sealed payload */
    size_t number_at;           /* where in `whole` the packet number begins */
};

/* RFC 9000 16. */
uint64_t quic_varint(struct cursor *c);

/* A length in that form, and a cursor over the body behind it. */
struct cursor quic_block(struct cursor *c);

/* Takes the next long-header packet of a datagram (RFC 9000 12.2). False for a short header, an
 * unknown version, a Retry (which has no end of its own) and broken ones; `version` is set then, to 0
 * when not even that was there, and of a Retry the ids. */
bool quic_packet_next(struct cursor *datagram, struct quic_packet *p);

#endif
