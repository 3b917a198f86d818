/* app/hkdf, app/aes_gcm, app/quic_keys against the vectors of their RFCs and mbedTLS's own GCM.
 * The source of GCM is included for the sake of its portable half, which no modern CPU would run;
 * that of SHA-256 likewise. */
#include "app/aes_gcm.c"
#include "app/sha256.c"
#include "app/hkdf.h"
#include "quic_seal.h"
#include "test.h"

#include <mbedtls/sha256.h>
#include <stdio.h>

static bool is_hex(const uint8_t *p, size_t n, const char *hex)
{
    char text[2 * 64 + 1] = "";
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", p[i]);
    return strcmp(text, hex) == 0;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        CHECK(sscanf(hex + 2 * i, "%2x", &v) == 1);
        out[i] = (uint8_t)v;
    }
    return n;
}

static void hkdf_is_rfc_5869_a1(void **state)
{
    (void)state;
    static const char info[] = "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9";
    uint8_t input[22], salt[13], out[HKDF_LEN], prk[HKDF_LEN];
    memset(input, 0x0b, sizeof input);
    for (unsigned i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    hkdf_extract((struct span){ salt, sizeof salt }, (struct span){ input, sizeof input }, prk);
    CHECK(is_hex(prk, 32, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    struct hkdf h;
    hkdf_start(&h, prk);
    hkdf_expand(&h, SPAN(info), out, sizeof out);
    CHECK(is_hex(out, 32, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
}

static void hkdf_hashes_long_salts_first(void **state)
{
    (void)state;
    uint8_t input[80], salt[80], prk[HKDF_LEN];     /* RFC 5869 A.2 */
    for (unsigned i = 0; i < 80; i++) {
        input[i] = (uint8_t)i;
        salt[i] = (uint8_t)(0x60 + i);
    }
    hkdf_extract((struct span){ salt, 80 }, (struct span){ input, 80 }, prk);
    CHECK(is_hex(prk, 32, "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244"));
}

static void keys_are_those_of_the_rfcs(void **state)
{
    (void)state;
    struct span dcid = SPAN("\x83\x94\xc8\xf0\x3e\x51\x57\x08");
    struct quic_keys k;
    quic_keys_client(QUIC_V1, dcid, &k);                /* RFC 9001 A.1 */
    CHECK(is_hex(k.key, 16, "1f369613dd76d5467730efcbe3b1a22d"));
    CHECK(is_hex(k.iv, 12, "fa044b2f42a3fd3b46fb255c"));
    CHECK(is_hex(k.hp, 16, "9f50449e04a0e810283a1e9933adedd2"));
    quic_keys_client(QUIC_V2, dcid, &k);                /* RFC 9369 A.1 */
    CHECK(is_hex(k.key, 16, "8b1a0bc121284290a29e0971b5cd045d"));
    CHECK(is_hex(k.iv, 12, "91f73e2351d8fa91660e909f"));
    CHECK(is_hex(k.hp, 16, "45b95e15235d6f45a6b19cbcb0294ba9"));
}

/* RFC 9001 A.2: the ClientHello's CRYPTO frame, padded to 1162 bytes. */
static const char sample_frame[] =
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff";

enum { SAMPLE_PAYLOAD = 1162, SAMPLE_NUMBER_AT = 18 };

static size_t sample_packet(struct quic_keys *k, uint8_t out[SEAL_MAX])
{
    uint8_t payload[SAMPLE_PAYLOAD] = { 0 }, header[64];
    from_hex(sample_frame, payload);
    size_t n = from_hex("c300000001088394c8f03e5157080000449e00000002", header);
    quic_keys_client(QUIC_V1, SPAN("\x83\x94\xc8\xf0\x3e\x51\x57\x08"), k);
    return quic_seal(k, (struct span){ header, n }, (struct span){ payload, sizeof payload }, out);
}

static void the_sample_packet_is_sealed_as_in_the_rfc(void **state)
{
    (void)state;
    struct quic_keys k;
    uint8_t packet[SEAL_MAX];
    size_t n = sample_packet(&k, packet);
    CHECK(n == 1200 && is_hex(packet, 24, "c000000001088394c8f03e5157080000449e7b9aec34d1b1"));
    CHECK(is_hex(packet + n - 16, 16, "e221af44860018ab0856972e194cd934"));
}

static void the_sample_packet_opens(void **state)
{
    (void)state;
    struct quic_keys k;
    uint8_t packet[SEAL_MAX], room[QUIC_PACKET_MAX];
    struct span whole = exact_copy((struct span){ packet, sample_packet(&k, packet) }, 1200);
    struct span payload;
    CHECK(quic_open(&k, whole, SAMPLE_NUMBER_AT, room, &payload));
    CHECK(payload.n == SAMPLE_PAYLOAD && is_hex(payload.p, 8, "060040f1010000ed"));
    exact_free(whole);
}

static void no_flipped_bit_opens(void **state)
{
    (void)state;
    struct quic_keys k;
    uint8_t packet[SEAL_MAX], room[QUIC_PACKET_MAX];
    size_t n = sample_packet(&k, packet);
    struct span payload;
    for (size_t bit = 0; bit < 8 * n; bit += bit < 512 ? 1 : 37) {
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!quic_open(&k, (struct span){ packet, n }, SAMPLE_NUMBER_AT, room, &payload));
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut += cut < 64 ? 1 : 13) {
        struct span part = exact_copy((struct span){ packet, n }, cut);
        CHECK(!quic_open(&k, part, SAMPLE_NUMBER_AT, room, &payload));
        exact_free(part);
    }
}

static void fill(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)rand();
}

static void gcm_agrees_with_another(void **state)
{
    (void)state;
    srand(11);
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t key[16], iv[12], aad[64], text[300], sealed[316], opened[300];
        size_t n = (size_t)rand() % 301, aad_n = (size_t)rand() % 65;
        fill(key, 16);
        fill(iv, 12);
        fill(aad, aad_n);
        fill(text, n);
        mbedtls_gcm_context gcm;
        mbedtls_gcm_init(&gcm);
        CHECK(mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 128) == 0);
        CHECK(mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, n, iv, 12, aad, aad_n, text,
                                        sealed, 16, sealed + n) == 0);
        mbedtls_gcm_free(&gcm);
        struct span in = { sealed, n + 16 };
        CHECK(aes_gcm_open(key, iv, (struct span){ aad, aad_n }, in, opened));
        CHECK(memcmp(opened, text, n) == 0);
        sealed[(size_t)rand() % (n + 16)] ^= 0x10;
        CHECK(!aes_gcm_open(key, iv, (struct span){ aad, aad_n }, in, opened));
    }
}

static void sha256_agrees_with_another(void **state)
{
    (void)state;
    uint8_t text[300], want[32], got[32];
    fill(text, sizeof text);
    for (size_t n = 0; n <= sizeof text; n++)
        for (size_t cut = 0; cut <= n; cut += 1 + n / 9) {
            struct sha256 s;
            sha256_start(&s);
            sha256_add(&s, (struct span){ text, cut });
            sha256_add(&s, (struct span){ text + cut, n - cut });
            sha256_end(&s, got);
            CHECK(mbedtls_sha256(text, n, want, 0) == 0 && memcmp(want, got, 32) == 0);
        }
}

static void both_halves_of_sha256_agree(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        uint32_t portable[8], best[8];
        uint8_t block[SHA256_BLOCK];
        fill((uint8_t *)portable, sizeof portable);
        fill(block, sizeof block);
        memcpy(best, portable, sizeof best);
        block_portable(portable, block);
        take_block(best, block);
        CHECK(memcmp(best, portable, sizeof best) == 0);
    }
}

static void both_halves_of_ghash_agree(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t h[16], text[100];
        fill(h, 16);
        fill(text, sizeof text);
        struct span s = { text, (size_t)rand() % 101 };
        struct element portable = ghash_by(element_at(h), SPAN("aad"), s, clmul_portable);
        struct element best = ghash(element_at(h), SPAN("aad"), s);
        CHECK(portable.hi == best.hi && portable.lo == best.lo);
    }
}

static void only_known_versions_have_keys(void **state)
{
    (void)state;
    CHECK(quic_version_known(QUIC_V1) && quic_version_known(QUIC_V2));
    for (uint32_t draft = 0; draft < 256; draft++)
        CHECK(quic_version_known(0xff000000 | draft) == (draft >= 21 && draft <= 34));
    CHECK(quic_version_known(0x1a2a3a4a) && !quic_version_known(0) && !quic_version_known(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hkdf_is_rfc_5869_a1),
        cmocka_unit_test(hkdf_hashes_long_salts_first),
        cmocka_unit_test(keys_are_those_of_the_rfcs),
        cmocka_unit_test(the_sample_packet_is_sealed_as_in_the_rfc),
        cmocka_unit_test(the_sample_packet_opens),
        cmocka_unit_test(no_flipped_bit_opens),
        cmocka_unit_test(gcm_agrees_with_another),
        cmocka_unit_test(both_halves_of_ghash_agree),
        cmocka_unit_test(sha256_agrees_with_another),
        cmocka_unit_test(both_halves_of_sha256_agree),
        cmocka_unit_test(only_known_versions_have_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
