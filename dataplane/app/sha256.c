#include "app/sha256.h"

#include <endian.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t round_words[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t turn(uint32_t v, unsigned n) { return v >> n | v << (32 - n); }

/* FIPS 180-4 6.2.2. */
static void block_portable(uint32_t state[8], const uint8_t *p)
{
    uint32_t w[64], v[8];
    memcpy(w, p, SHA256_BLOCK);
    for (unsigned t = 0; t < 16; t++)
        w[t] = be32toh(w[t]);
    for (unsigned t = 16; t < 64; t++) {
        uint32_t s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    memcpy(v, state, sizeof v);
    for (unsigned t = 0; t < 64; t++) {
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t sum1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
        uint32_t sum0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
        uint32_t t1 = v[7] + sum1 + choice + round_words[t] + w[t];
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + sum0 + majority;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

#if defined(__x86_64__)
/* The instructions want the state as (a b e f) and (c d g h), highest lane first, and do two
 * rounds at a time; `w` is a ring of the schedule's last sixteen words. */
__attribute__((target("sha,sse4.1"))) static void block_x86(uint32_t state[8], const uint8_t *p)
{
    const __m128i swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    __m128i w[4], low = _mm_loadu_si128((const void *)state);
    __m128i high = _mm_loadu_si128((const void *)(state + 4));
    __m128i badc = _mm_shuffle_epi32(low, 0xb1), efgh = _mm_shuffle_epi32(high, 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, efgh, 8), cdgh = _mm_blend_epi16(efgh, badc, 0xf0);
    const __m128i abef_before = abef, cdgh_before = cdgh;

#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++) {
        __m128i *now = &w[i & 3];
        if (i < 4) {
            *now = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + 16 * i)), swap);
        } else {
            __m128i last = w[(i + 3) & 3], seven = _mm_alignr_epi8(last, w[(i + 2) & 3], 4);
            __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) & 3]), seven);
            *now = _mm_sha256msg2_epu32(sum, last);
        }
        __m128i round = _mm_add_epi32(*now, _mm_load_si128((const void *)(round_words + 4 * i)));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, round);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(round, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Asked once: under a hypervisor the question costs microseconds. */
static bool cpu_has_sha(void)
{
    enum { UNKNOWN, NO, YES };
    static _Atomic int answer;
    if (answer == UNKNOWN) {
        unsigned a, b = 0, c, d;
        bool has = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
        answer = has && __builtin_cpu_supports("sse4.1") ? YES : NO;
    }
    return answer == YES;
}
#endif

static void take_block(uint32_t state[8], const uint8_t *p)
{
#if defined(__x86_64__)
    if (cpu_has_sha()) {
        block_x86(state, p);
        return;
    }
#endif
    block_portable(state, p);
}

void sha256_start(struct sha256 *s)
{
    static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    memcpy(s->state, first, sizeof first);
    s->n = 0;
}

void sha256_add(struct sha256 *s, struct span bytes)
{
    size_t held = s->n % SHA256_BLOCK;
    s->n += bytes.n;
    if (held + bytes.n < SHA256_BLOCK) {
        memcpy(s->block + held, bytes.p, bytes.n);
        return;
    }
    if (held > 0) {
        memcpy(s->block + held, bytes.p, SHA256_BLOCK - held);
        take_block(s->state, s->block);
        bytes = span_sub(bytes, SHA256_BLOCK - held, bytes.n);
    }
    for (; bytes.n >= SHA256_BLOCK; bytes = span_sub(bytes, SHA256_BLOCK, bytes.n))
        take_block(s->state, bytes.p);
    memcpy(s->block, bytes.p, bytes.n);
}

void sha256_end(struct sha256 *s, uint8_t digest[SHA256_DIGEST])
{
    static const uint8_t padding[SHA256_BLOCK] = { 0x80 };
    uint64_t bits = htobe64(s->n * 8);
    size_t held = s->n % SHA256_BLOCK, room = SHA256_BLOCK - sizeof bits;
    sha256_add(s, (struct span){ padding, (held < room ? room : room + SHA256_BLOCK) - held });
    sha256_add(s, (struct span){ (const uint8_t *)&bits, sizeof bits });
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = htobe32(s->state[i]);
        memcpy(digest + 4 * i, &word, sizeof word);
    }
}
