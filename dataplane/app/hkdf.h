#ifndef APP_HKDF_H
#define APP_HKDF_H
/* HKDF with SHA-256 (RFC 5869) and TLS 1.3's labels (RFC 8446 7.1), without allocating: mbedTLS's
 * own takes memory from the heap with each call, and keys are derived in the packet path. */
#include "base/cursor.h"

enum { HKDF_LEN = 32 };

void hkdf_extract(struct span salt, struct span input, uint8_t secret[HKDF_LEN]);

/* HKDF-Expand to at most HKDF_LEN bytes (n of them); `info` is at most 255 bytes. */
void hkdf_expand(const uint8_t secret[HKDF_LEN], struct span info, uint8_t *out, size_t n);

/* HKDF-Expand-Label with an empty context; `label` without its "tls13 ". */
void hkdf_expand_label(const uint8_t secret[HKDF_LEN], const char *label, uint8_t *out, size_t n);

#endif
