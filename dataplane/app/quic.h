#ifndef APP_QUIC_H
#define APP_QUIC_H
/* QUIC as far as it is readable for everybody: the client's Initial packets, in which its
 * ClientHello stands (RFC 9000, 9001, 9369, drafts 21 to 34), and Google's before it, with CHLO.
 * Flows may be heard from the middle or the wrong way round: the client is who sends a packet
 * that the client's keys open. */
#include "app/field.h"
#include "app/quic_keys.h"

struct quic_crypto;

/* Zeroed is fresh. */
struct quic {
    struct quic_crypto *crypto;     /* the part of the hello that has come, from the pool */
    struct quic_keys keys;          /* for `version` and `dcid`; good once has_keys */
    uint32_t version;               /* of the last long header; 0 before */
    uint32_t keys_version;
    uint8_t dcid[20], dcid_len;
    uint8_t server[20], server_len; /* the id that the server gave itself last */
    uint8_t datagrams;
    uint8_t client;                 /* enum dir; good once has_keys */
    uint8_t status;                 /* enum app_status, of the flow so far */
    bool has_keys, told;
};

enum app_probe quic_probe(struct span datagram);

/* One FACT_QUIC when the hello is whole; without `tls` when it was not to be had.
 * The status is that of the connection at hand; another one with the same server may begin after it, on
 * the same ports, and has a FACT_QUIC of its own. */
struct app_result quic_feed(struct quic *q, enum dir dir, struct span datagram,
                            struct app_out *out);

/* Tells what is known, if that has not been told, and gives all memory back. */
void quic_close(struct quic *q, struct app_out *out);

#endif
