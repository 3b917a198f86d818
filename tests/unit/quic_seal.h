#ifndef TESTS_UNIT_QUIC_SEAL_H
#define TESTS_UNIT_QUIC_SEAL_H
/* The sender's side of Initial packets, for tests only and with mbedTLS's own GCM, so that it
 * shares nothing with what opens them but the derivation of keys. */
#include "app/quic_keys.h"

#include <mbedtls/gcm.h>
#include <stdlib.h>

enum { SEAL_MAX = 20000 };

/* RFC 9001 5.3 and 5.4.1: `header` ends with a packet number of four bytes. Returns the length. */
static inline size_t quic_seal(const struct quic_keys *k, struct span header, struct span payload,
                               uint8_t out[SEAL_MAX])
{
    uint8_t iv[GCM_IV_LEN], mask[AES_BLOCK];
    memcpy(iv, k->iv, sizeof iv);
    for (unsigned i = 0; i < 4; i++)
        iv[GCM_IV_LEN - 4 + i] ^= header.p[header.n - 4 + i];
    memcpy(out, header.p, header.n);
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    uint8_t *sealed = out + header.n;
    if (mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, k->key, 128) != 0 ||
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, payload.n, iv, sizeof iv, header.p,
                                  header.n, payload.p, sealed, GCM_TAG_LEN,
                                  sealed + payload.n) != 0)
        abort();
    mbedtls_gcm_free(&gcm);
    aes_encrypt_block(k->hp, sealed, mask);
    out[0] ^= mask[0] & 0x0f;
    for (unsigned i = 0; i < 4; i++)
        out[header.n - 4 + i] ^= mask[1 + i];
    return header.n + payload.n + GCM_TAG_LEN;
}

/* A client's Initial: version, connection id, token, packet number; the payload is padded to 20. */
struct initial { uint32_t version; struct span dcid, token; uint32_t number; };

static inline size_t quic_initial(const struct quic_keys *k, const struct initial *i,
                                  struct span payload, uint8_t out[SEAL_MAX])
{
    uint8_t header[700], padded[SEAL_MAX - 1000] = { 0 };
    size_t n = 0, padded_n = payload.n < 20 ? 20 : payload.n, len = 4 + padded_n + GCM_TAG_LEN;
    memcpy(padded, payload.p, payload.n);
    header[n++] = quic_version_is_2(i->version) ? 0xd3 : 0xc3;
    for (int shift = 24; shift >= 0; shift -= 8)
        header[n++] = (uint8_t)(i->version >> shift);
    header[n++] = (uint8_t)i->dcid.n;
    memcpy(header + n, i->dcid.p, i->dcid.n);
    n += i->dcid.n;
    header[n++] = 0;
    header[n++] = (uint8_t)(0x40 | i->token.n >> 8);
    header[n++] = (uint8_t)i->token.n;
    memcpy(header + n, i->token.p, i->token.n);
    n += i->token.n;
    header[n++] = (uint8_t)(0x40 | len >> 8);
    header[n++] = (uint8_t)len;
    for (int shift = 24; shift >= 0; shift -= 8)
        header[n++] = (uint8_t)(i->number >> shift);
    return quic_seal(k, (struct span){ header, n }, (struct span){ padded, padded_n }, out);
}

#endif
