/* GCM over mbedTLS's AES. Tag first, text second: packets that are not ours to open (the other
 * end's, damaged ones) then cost no decryption. */
#include "app/aes_gcm.h"

#include <endian.h>
#include <mbedtls/aes.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* An element of GF(2^128) as GCM writes it: the highest bit of `hi` is the coefficient of x^0. */
struct element { uint64_t hi, lo; };
struct product { uint64_t hi, lo; };

/* Carry-less products of 64-bit words. */
typedef struct product clmul_fn(uint64_t a, uint64_t b);

static inline struct product clmul_portable(uint64_t a, uint64_t b)
{
    unsigned __int128 times[16] = { 0, a };
    for (unsigned i = 2; i < 16; i += 2) {
        times[i] = times[i / 2] << 1;
        times[i + 1] = times[i] ^ a;
    }
    unsigned __int128 sum = 0;
    for (int shift = 60; shift >= 0; shift -= 4)
        sum = sum << 4 ^ times[b >> shift & 15];
    return (struct product){ (uint64_t)(sum >> 64), (uint64_t)sum };
}

/* Schoolbook with three products (Karatsuba), then reduction by x^128 + x^7 + x^2 + x + 1: bits
 * of the lower half are coefficients from x^128 up, and fold back to the right of where they
 * stand. */
static inline __attribute__((always_inline)) struct element multiply(struct element a,
                                                                     struct element b,
                                                                     clmul_fn *clmul)
{
    struct product high = clmul(a.hi, b.hi), low = clmul(a.lo, b.lo);
    struct product mid = clmul(a.hi ^ a.lo, b.hi ^ b.lo);
    mid.hi ^= high.hi ^ low.hi;
    mid.lo ^= high.lo ^ low.lo;
    uint64_t w3 = high.hi, w2 = high.lo ^ mid.hi, w1 = low.hi ^ mid.lo, w0 = low.lo;

    w3 = w3 << 1 | w2 >> 63;    /* 255 bits of product in 256: the top one is for x^0 */
    w2 = w2 << 1 | w1 >> 63;
    w1 = w1 << 1 | w0 >> 63;
    w0 <<= 1;
    w2 ^= w0 ^ w0 >> 1 ^ w0 >> 2 ^ w0 >> 7;
    w1 ^= w0 << 63 ^ w0 << 62 ^ w0 << 57;
    w3 ^= w1 ^ w1 >> 1 ^ w1 >> 2 ^ w1 >> 7;
    w2 ^= w1 << 63 ^ w1 << 62 ^ w1 << 57;
    return (struct element){ w3, w2 };
}

static inline struct element element_at(const uint8_t *p)
{
    uint64_t w[2];
    memcpy(w, p, sizeof w);
    return (struct element){ be64toh(w[0]), be64toh(w[1]) };
}

static inline __attribute__((always_inline)) struct element absorb(struct element y,
                                                                   struct element h, struct span s,
                                                                   clmul_fn *clmul)
{
    for (; s.n > 0; s = span_sub(s, AES_BLOCK, s.n)) {
        uint8_t padded[AES_BLOCK] = { 0 };
        const uint8_t *block = s.p;
        if (s.n < AES_BLOCK) {
            memcpy(padded, s.p, s.n);
            block = padded;
        }
        struct element x = element_at(block);
        y = multiply((struct element){ y.hi ^ x.hi, y.lo ^ x.lo }, h, clmul);
    }
    return y;
}

static inline __attribute__((always_inline)) struct element ghash_by(struct element h,
                                                                     struct span aad,
                                                                     struct span text,
                                                                     clmul_fn *clmul)
{
    struct element y = absorb((struct element){ 0, 0 }, h, aad, clmul);
    y = absorb(y, h, text, clmul);
    return multiply((struct element){ y.hi ^ aad.n * 8, y.lo ^ text.n * 8 }, h, clmul);
}

#if defined(__x86_64__)
__attribute__((target("pclmul"))) static inline struct product clmul_x86(uint64_t a, uint64_t b)
{
    __m128i p = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)a),
                                     _mm_cvtsi64_si128((long long)b), 0);
    return (struct product){ (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(p, p)),
                             (uint64_t)_mm_cvtsi128_si64(p) };
}

__attribute__((target("pclmul"))) static struct element ghash_x86(struct element h, struct span aad,
                                                                  struct span text)
{
    return ghash_by(h, aad, text, clmul_x86);
}
#endif

static struct element ghash(struct element h, struct span aad, struct span text)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("pclmul"))
        return ghash_x86(h, aad, text);
#endif
    return ghash_by(h, aad, text, clmul_portable);
}

/* Encrypts the counter block; mbedTLS's only failure here is a wrong mode. */
static void keystream(mbedtls_aes_context *aes, const uint8_t *iv, uint32_t counter,
                      uint8_t out[AES_BLOCK])
{
    uint8_t block[AES_BLOCK];
    memcpy(block, iv, GCM_IV_LEN);
    counter = htobe32(counter);
    memcpy(block + GCM_IV_LEN, &counter, sizeof counter);
    mbedtls_aes_crypt_ecb(aes, MBEDTLS_AES_ENCRYPT, block, out);
}

static bool tag_is_right(mbedtls_aes_context *aes, const uint8_t *iv, struct span aad,
                         struct span text, const uint8_t *tag)
{
    static const uint8_t zeros[AES_BLOCK];
    uint8_t block[AES_BLOCK];
    mbedtls_aes_crypt_ecb(aes, MBEDTLS_AES_ENCRYPT, zeros, block);
    struct element y = ghash(element_at(block), aad, text), got = element_at(tag);
    keystream(aes, iv, 1, block);
    struct element mask = element_at(block);
    return ((y.hi ^ mask.hi ^ got.hi) | (y.lo ^ mask.lo ^ got.lo)) == 0;
}

static inline void xor_into(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] ^ b[i];
}

bool aes_gcm_open(const uint8_t key[AES_KEY_LEN], const uint8_t iv[GCM_IV_LEN], struct span aad,
                  struct span sealed, uint8_t *out)
{
    if (sealed.n < GCM_TAG_LEN)
        return false;
    struct span text = { sealed.p, sealed.n - GCM_TAG_LEN };
    mbedtls_aes_context aes;
    mbedtls_aes_init(&aes);
    bool ok = mbedtls_aes_setkey_enc(&aes, key, 128) == 0 &&
              tag_is_right(&aes, iv, aad, text, sealed.p + text.n);
    uint32_t counter = 2;
    for (size_t at = 0; ok && at < text.n; at += AES_BLOCK) {
        uint8_t stream[AES_BLOCK];
        keystream(&aes, iv, counter++, stream);
        if (text.n - at >= AES_BLOCK)
            xor_into(out + at, text.p + at, stream, AES_BLOCK);
        else
            xor_into(out + at, text.p + at, stream, text.n - at);
    }
    mbedtls_aes_free(&aes);
    return ok;
}

void aes_encrypt_block(const uint8_t key[AES_KEY_LEN], const uint8_t in[AES_BLOCK],
                       uint8_t out[AES_BLOCK])
{
    mbedtls_aes_context aes;
    mbedtls_aes_init(&aes);
    if (mbedtls_aes_setkey_enc(&aes, key, 128) == 0)
        mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, in, out);
    mbedtls_aes_free(&aes);
}
