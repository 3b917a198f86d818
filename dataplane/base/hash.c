/* SipHash-1-3: one round a word, three at the end. */
#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

struct hash_key hash_key_draw(void)
{
    struct hash_key k;
    if (getrandom(&k, sizeof k, 0) != (ssize_t)sizeof k)
        k = HASH_KEY_FIXED;     /* can't happen on the kernels we run on: 16 bytes never come short */
    return k;
}

static inline uint64_t rotl(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

#define ROUND                                                                                      \
    do {                                                                                           \
        v0 += v1; v1 = rotl(v1, 13); v1 ^= v0; v0 = rotl(v0, 32);                                  \
        v2 += v3; v3 = rotl(v3, 16); v3 ^= v2;                                                     \
        v0 += v3; v3 = rotl(v3, 21); v3 ^= v0;                                                     \
        v2 += v1; v1 = rotl(v1, 17); v1 ^= v2; v2 = rotl(v2, 32);                                  \
    } while (0)

uint64_t hash_bytes(struct hash_key key, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t v0 = key.k0 ^ 0x736f6d6570736575ULL, v1 = key.k1 ^ 0x646f72616e646f6dULL;
    uint64_t v2 = key.k0 ^ 0x6c7967656e657261ULL, v3 = key.k1 ^ 0x7465646279746573ULL;
    uint64_t m, last = (uint64_t)n << 56;

    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&m, p, 8);
        v3 ^= m;
        ROUND;
        v0 ^= m;
    }
    m = 0;
    memcpy(&m, p, n);
    last |= m;
    v3 ^= last;
    ROUND;
    v0 ^= last;
    v2 ^= 0xff;
    ROUND;
    ROUND;
    ROUND;
    return v0 ^ v1 ^ v2 ^ v3;
}
