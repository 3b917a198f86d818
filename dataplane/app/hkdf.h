#ifndef APP_HKDF_H
#define APP_HKDF_H
/* HKDF with SHA-256 (RFC 5869) and TLS 1.3's labels (RFC 8446 7.1), without allocating: mbedTLS's
 * own takes memory from the heap with each call, and keys are derived in the packet path. */
#include "app/sha256.h"

enum { HKDF_LEN = SHA256_DIGEST };

void hkdf_extract(struct span salt, struct span input, uint8_t secret[HKDF_LEN]);

/* A secret made ready to be expanded several times. */
struct hkdf { struct sha256 inner, outer; };

void hkdf_start(struct hkdf *h, const uint8_t secret[HKDF_LEN]);

/* HKDF-Expand to n bytes, at most HKDF_LEN. */
void hkdf_expand(const struct hkdf *h, struct span info, uint8_t *out, size_t n);

/* HKDF-Expand-Label with an empty context; `label` without its "tls13 ". */
void hkdf_expand_label(const struct hkdf *h, const char *label, uint8_t *out, size_t n);

#endif
