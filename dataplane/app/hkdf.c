#include "app/hkdf.h"

#include <mbedtls/sha256.h>

enum { BLOCK = 64 };

struct hmac { mbedtls_sha256_context inner, outer; };

static void start(mbedtls_sha256_context *c, struct span key, uint8_t mask)
{
    uint8_t pad[BLOCK];
    memset(pad, mask, sizeof pad);
    for (size_t i = 0; i < key.n; i++)
        pad[i] ^= key.p[i];
    mbedtls_sha256_init(c);
    mbedtls_sha256_starts(c, 0);
    mbedtls_sha256_update(c, pad, sizeof pad);
}

/* RFC 2104; a key longer than a block is hashed first. */
static void hmac_start(struct hmac *h, struct span key)
{
    uint8_t hashed[HKDF_LEN];
    if (key.n > BLOCK) {
        mbedtls_sha256(key.p, key.n, hashed, 0);
        key = (struct span){ hashed, sizeof hashed };
    }
    start(&h->inner, key, 0x36);
    start(&h->outer, key, 0x5c);
}

static void hmac_add(struct hmac *h, struct span s)
{
    mbedtls_sha256_update(&h->inner, s.p, s.n);
}

static void hmac_end(struct hmac *h, uint8_t out[HKDF_LEN])
{
    mbedtls_sha256_finish(&h->inner, out);
    mbedtls_sha256_update(&h->outer, out, HKDF_LEN);
    mbedtls_sha256_finish(&h->outer, out);
    mbedtls_sha256_free(&h->inner);
    mbedtls_sha256_free(&h->outer);
}

void hkdf_extract(struct span salt, struct span input, uint8_t secret[HKDF_LEN])
{
    struct hmac h;
    hmac_start(&h, salt);
    hmac_add(&h, input);
    hmac_end(&h, secret);
}

void hkdf_expand(const uint8_t secret[HKDF_LEN], struct span info, uint8_t *out, size_t n)
{
    uint8_t block[HKDF_LEN];
    struct hmac h;
    hmac_start(&h, (struct span){ secret, HKDF_LEN });
    hmac_add(&h, info);
    hmac_add(&h, SPAN("\1"));       /* the first and only block: RFC 5869 2.3 */
    hmac_end(&h, block);
    memcpy(out, block, n);
}

void hkdf_expand_label(const uint8_t secret[HKDF_LEN], const char *label, uint8_t *out, size_t n)
{
    uint8_t info[2 + 1 + 255 + 1] = { 0, (uint8_t)n };
    static const char prefix[] = "tls13 ";
    size_t prefix_len = sizeof prefix - 1, len = strlen(label);
    info[2] = (uint8_t)(prefix_len + len);
    memcpy(info + 3, prefix, prefix_len);
    memcpy(info + 3 + prefix_len, label, len);
    hkdf_expand(secret, (struct span){ info, 3 + prefix_len + len + 1 }, out, n);
}
