#ifndef APP_QUIC_KEYS_H
#define APP_QUIC_KEYS_H
/* Keys of QUIC's Initial packets (RFC 9001 5, RFC 9369 3.3, and the drafts before them). They
 * keep nothing secret: whoever sees the client's first connection id can derive them. */
#include "app/aes_gcm.h"

enum {
    QUIC_V1 = 0x00000001, QUIC_V2 = 0x6b3343cf,
    QUIC_Q050 = 0x51303530,     /* Google's, the only one of theirs before TLS that is sealed */
    QUIC_PACKET_MAX = 16384,    /* bytes of a sealed payload; 1,200 to 1,450 are usual */
};

struct quic_keys { uint8_t key[AES_KEY_LEN], iv[GCM_IV_LEN], hp[AES_BLOCK]; };

/* Do we know the keys of this version's Initial packets? */
bool quic_version_known(uint32_t version);

/* Has it the packet types, key labels of version 2? */
bool quic_version_is_2(uint32_t version);

/* The client's keys; `version` is a known one. */
void quic_keys_client(uint32_t version, struct span dcid, struct quic_keys *keys);

/* Removes header protection and decrypts. `packet` is one whole packet, its packet number at
 * `number_at`. The payload is written to `room`. False when these are not its keys, when it was
 * damaged, or when it is longer than QUIC_PACKET_MAX. */
bool quic_open(const struct quic_keys *keys, struct span packet, size_t number_at,
               uint8_t room[QUIC_PACKET_MAX], struct span *payload);

#endif
