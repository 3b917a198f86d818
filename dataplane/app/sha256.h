#ifndef APP_SHA256_H
#define APP_SHA256_H
/* SHA-256 (FIPS 180-4) by the CPU's own instructions where it has them: mbedTLS on x86 does not
 * use them, and the keys of one QUIC connection take some twenty blocks. A state may be copied to
 * go on from it twice. */
#include "base/cursor.h"

enum { SHA256_BLOCK = 64, SHA256_DIGEST = 32 };

struct sha256 { uint32_t state[8]; uint64_t n; uint8_t block[SHA256_BLOCK]; };

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, struct span bytes);
void sha256_end(struct sha256 *s, uint8_t digest[SHA256_DIGEST]);

#endif
