#include "app/quic_keys.h"
#include "app/hkdf.h"

enum { SALT_LEN = 20, SAMPLE_AT = 4, NUMBER_MAX = 4, HEADER_MAX = 4096 };

enum salt {
    SALT_V2, SALT_V1, SALT_29, SALT_23, SALT_22, SALT_T051, SALT_T050, SALT_Q050, SALT_UNKNOWN
};

static const uint8_t salts[][SALT_LEN] = {
    [SALT_V2] = {
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
        0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
    },
    [SALT_V1] = {     /* also drafts 33 and 34 */
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
        0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
    },
    [SALT_29] = {     /* drafts 29 to 32 */
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
        0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
    },
    [SALT_23] = {     /* drafts 23 to 28 */
        0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
        0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
    },
    [SALT_22] = {     /* drafts 21 and 22 */
        0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
        0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a,
    },
    [SALT_T051] = {     /* Google's last with TLS */
        0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
        0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d,
    },
    [SALT_T050] = {
        0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
        0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10,
    },
    [SALT_Q050] = {     /* the same, with its own hello */
        0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
        0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45,
    },
};

static enum salt salt_of_draft(unsigned draft)
{
    if (draft < 21 || draft > 34)
        return SALT_UNKNOWN;
    return draft < 23 ? SALT_22 : draft < 29 ? SALT_23 : draft < 33 ? SALT_29 : SALT_V1;
}

static enum salt salt_of(uint32_t version)
{
    if (version >> 8 == 0xff0000)
        return salt_of_draft(version & 0xff);
    if ((version & 0x0f0f0f0f) == 0x0a0a0a0a)   /* sent to be refused: RFC 9000 15 */
        return SALT_29;
    switch (version) {
    case QUIC_V1: return SALT_V1;
    case QUIC_V2: return SALT_V2;
    case 0xfaceb001: return SALT_22;            /* Facebook's mvfst */
    case 0xfaceb002: case 0xfaceb00e: return SALT_23;
    case 0x54303531: return SALT_T051;
    case 0x54303530: return SALT_T050;
    case QUIC_Q050: return SALT_Q050;
    default: return SALT_UNKNOWN;
    }
}

bool quic_version_known(uint32_t version) { return salt_of(version) != SALT_UNKNOWN; }

bool quic_version_is_2(uint32_t version) { return version == QUIC_V2; }

void quic_keys_client(uint32_t version, struct span dcid, struct quic_keys *keys)
{
    static const char *const labels[2][3] = { { "quic key", "quic iv", "quic hp" },
                                              { "quicv2 key", "quicv2 iv", "quicv2 hp" } };
    const char *const *label = labels[quic_version_is_2(version)];
    struct span salt = { salts[salt_of(version)], SALT_LEN };
    uint8_t secret[HKDF_LEN];
    struct hkdf h;
    hkdf_extract(salt, dcid, secret);
    hkdf_start(&h, secret);
    hkdf_expand_label(&h, "client in", secret, sizeof secret);
    hkdf_start(&h, secret);
    hkdf_expand_label(&h, label[0], keys->key, sizeof keys->key);
    hkdf_expand_label(&h, label[1], keys->iv, sizeof keys->iv);
    hkdf_expand_label(&h, label[2], keys->hp, sizeof keys->hp);
}

/* The header with its protection removed (RFC 9001 5.4.1), into `header`; the packet number's
 * length, 0 when the packet is too short to have one. */
static unsigned unmask(const struct quic_keys *keys, struct span packet, size_t number_at,
                       uint8_t header[HEADER_MAX])
{
    if (number_at + SAMPLE_AT + AES_BLOCK > packet.n || number_at + NUMBER_MAX > HEADER_MAX)
        return 0;
    uint8_t mask[AES_BLOCK] = { 0 };
    aes_encrypt_block(keys->hp, packet.p + number_at + SAMPLE_AT, mask);
    memcpy(header, packet.p, number_at + NUMBER_MAX);
    header[0] ^= mask[0] & 0x0f;
    unsigned len = (header[0] & 3) + 1u;
    for (unsigned i = 0; i < len; i++)
        header[number_at + i] ^= mask[1 + i];
    return len;
}

bool quic_open(const struct quic_keys *keys, struct span packet, size_t number_at,
               uint8_t room[QUIC_PACKET_MAX], struct span *payload)
{
    uint8_t header[HEADER_MAX], iv[GCM_IV_LEN];
    unsigned len = unmask(keys, packet, number_at, header);
    struct span sealed = span_sub(packet, number_at + len, packet.n);
    if (len == 0 || sealed.n < GCM_TAG_LEN || sealed.n > QUIC_PACKET_MAX)
        return false;
    /* Early packet numbers are small, so the sent bytes are the whole number: RFC 9000 A.3. */
    memcpy(iv, keys->iv, sizeof iv);
    for (unsigned i = 0; i < len; i++)
        iv[GCM_IV_LEN - len + i] ^= header[number_at + i];
    struct span aad = { header, number_at + len };
    if (!aes_gcm_open(keys->key, iv, aad, sealed, room))
        return false;
    *payload = (struct span){ room, sealed.n - GCM_TAG_LEN };
    return true;
}
