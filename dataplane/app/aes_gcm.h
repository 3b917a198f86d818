#ifndef APP_AES_GCM_H
#define APP_AES_GCM_H
/* AES-128-GCM (NIST SP 800-38D) for opening packets. The block cipher is mbedTLS's; the mode is
 * here because mbedTLS's takes heap memory with each key, and in the packet path nothing may. */
#include "base/cursor.h"

enum { AES_KEY_LEN = 16, GCM_IV_LEN = 12, GCM_TAG_LEN = 16, AES_BLOCK = 16 };

/* Decrypts `sealed` (ciphertext and tag) into `out`, which has room for sealed.n - GCM_TAG_LEN
 * bytes. False when the tag is wrong; then `out` is untouched. */
bool aes_gcm_open(const uint8_t key[AES_KEY_LEN], const uint8_t iv[GCM_IV_LEN], struct span aad,
                  struct span sealed, uint8_t *out);

/* One block, as QUIC's header protection needs it. */
void aes_encrypt_block(const uint8_t key[AES_KEY_LEN], const uint8_t in[AES_BLOCK],
                       uint8_t out[AES_BLOCK]);

#endif
