#ifndef APP_QUIC_CRYPTO_H
#define APP_QUIC_CRYPTO_H
/* The stream of CRYPTO frames of Initial packets, which clients cut, shuffle and repeat at will,
 * put in order again up to the end of the first handshake message. Where pieces overlap the first
 * wins. */
#include "app/field.h"

struct quic_crypto;

enum crypto_result {
    CRYPTO_MORE,
    CRYPTO_WHOLE,       /* *message is good until the next call */
    CRYPTO_LOST,        /* too long, too scattered, no memory, or no ClientHello */
};

/* Reads the frames of one decrypted payload (RFC 9000 12.4). *c is NULL at first and belongs to
 * the caller, who gives it back with pool_give. Frames behind one that may not stand there are
 * ignored. */
enum crypto_result quic_crypto_add(struct quic_crypto **c, struct span payload, struct app_out *out,
                                   struct span *message);

#endif
