#include "app/hkdf.h"

static void pad(struct sha256 *s, struct span key, uint8_t mask)
{
    uint8_t block[SHA256_BLOCK];
    memset(block, mask, sizeof block);
    for (size_t i = 0; i < key.n; i++)
        block[i] ^= key.p[i];
    sha256_start(s);
    sha256_add(s, (struct span){ block, sizeof block });
}

/* HMAC, RFC 2104; a key longer than a block is hashed first. */
static void hmac_start(struct hkdf *h, struct span key)
{
    uint8_t hashed[SHA256_DIGEST];
    if (key.n > SHA256_BLOCK) {
        struct sha256 s;
        sha256_start(&s);
        sha256_add(&s, key);
        sha256_end(&s, hashed);
        key = (struct span){ hashed, sizeof hashed };
    }
    pad(&h->inner, key, 0x36);
    pad(&h->outer, key, 0x5c);
}

static void hmac_of(const struct hkdf *h, struct span a, struct span b, uint8_t out[HKDF_LEN])
{
    struct sha256 inner = h->inner, outer = h->outer;
    sha256_add(&inner, a);
    sha256_add(&inner, b);
    sha256_end(&inner, out);
    sha256_add(&outer, (struct span){ out, HKDF_LEN });
    sha256_end(&outer, out);
}

void hkdf_extract(struct span salt, struct span input, uint8_t secret[HKDF_LEN])
{
    struct hkdf h;
    hmac_start(&h, salt);
    hmac_of(&h, input, SPAN_NONE, secret);
}

void hkdf_start(struct hkdf *h, const uint8_t secret[HKDF_LEN])
{
    hmac_start(h, (struct span){ secret, HKDF_LEN });
}

void hkdf_expand(const struct hkdf *h, struct span info, uint8_t *out, size_t n)
{
    uint8_t block[HKDF_LEN];
    hmac_of(h, info, SPAN("\1"), block);    /* the first and only block: RFC 5869 2.3 */
    memcpy(out, block, n);
}

void hkdf_expand_label(const struct hkdf *h, const char *label, uint8_t *out, size_t n)
{
    static const char prefix[] = "tls13 ";
    uint8_t info[2 + 1 + 255 + 1] = { 0, (uint8_t)n };
    size_t prefix_len = sizeof prefix - 1, len = strnlen(label, 255 - prefix_len);
    info[2] = (uint8_t)(prefix_len + len);
    memcpy(info + 3, prefix, prefix_len);
    memcpy(info + 3 + prefix_len, label, len);
    hkdf_expand(h, (struct span){ info, 3 + prefix_len + len + 1 }, out, n);
}
