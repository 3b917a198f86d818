#include "app/digest.h"

#include "base/hash.h"

#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <stdlib.h>

/* The one-shot calls fail only for want of an accelerator, which the software build never asks for. */
void digest_md5(struct span s, uint8_t out[MD5_LEN])
{
    if (mbedtls_md5(s.p, s.n, out) != 0)
        memset(out, 0, MD5_LEN);
}

void digest_sha1(struct span s, uint8_t out[SHA1_LEN])
{
    if (mbedtls_sha1(s.p, s.n, out) != 0)
        memset(out, 0, SHA1_LEN);
}

void digest_sha256(struct span s, uint8_t out[SHA256_LEN])
{
    if (mbedtls_sha256(s.p, s.n, out, 0) != 0)
        memset(out, 0, SHA256_LEN);
}

/* Slots of one size; a text that is too long for one, or falls on another's slot, costs a hash. */
struct memo_slot { uint32_t n; uint8_t digest[SHA256_LEN]; uint8_t text[]; };   /* n 0: empty */
struct memo_table { uint8_t *slots; uint32_t n_slots, text_max; };

struct digest_memo {
    struct hash_key key;            /* so that nobody can make two clients fight for one slot */
    struct memo_table md5, sha1, sha256;
};

/* Texts of fingerprints are short; certificates rarely exceed 4 KiB. */
enum { TEXT_SLOTS = 256, TEXT_MAX = 476, CERT_SLOTS = 128, CERT_MAX = 4060 };

static size_t slot_size(const struct memo_table *t)
{
    return sizeof(struct memo_slot) + t->text_max;
}

static int table_open(struct memo_table *t, uint32_t n_slots, uint32_t text_max)
{
    *t = (struct memo_table){ NULL, n_slots, text_max };
    t->slots = calloc(n_slots, slot_size(t));
    return t->slots != NULL ? 0 : -1;
}

struct digest_memo *digest_memo_open(void)
{
    struct digest_memo *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->key = hash_key_draw();
    if (table_open(&m->md5, TEXT_SLOTS, TEXT_MAX) != 0 ||
        table_open(&m->sha1, CERT_SLOTS, CERT_MAX) != 0 ||
        table_open(&m->sha256, TEXT_SLOTS, TEXT_MAX) != 0) {
        digest_memo_close(m);
        return NULL;
    }
    return m;
}

void digest_memo_close(struct digest_memo *m)
{
    if (m == NULL)
        return;
    free(m->md5.slots);
    free(m->sha1.slots);
    free(m->sha256.slots);
    free(m);
}

static void recall(const struct digest_memo *m, const struct memo_table *t, struct span s,
                   void (*digest)(struct span, uint8_t *), uint8_t *out, size_t out_len)
{
    if (s.n == 0 || s.n > t->text_max) {
        digest(s, out);
        return;
    }
    size_t at = hash_bytes(m->key, s.p, s.n) % t->n_slots;
    struct memo_slot *slot = (struct memo_slot *)(void *)(t->slots + at * slot_size(t));
    if (slot->n != s.n || memcmp(slot->text, s.p, s.n) != 0) {
        digest(s, slot->digest);
        memcpy(slot->text, s.p, s.n);
        slot->n = (uint32_t)s.n;
    }
    memcpy(out, slot->digest, out_len);
}

void digest_md5_memo(struct digest_memo *m, struct span s, uint8_t out[MD5_LEN])
{
    if (m != NULL)
        recall(m, &m->md5, s, digest_md5, out, MD5_LEN);
    else
        digest_md5(s, out);
}

void digest_sha1_memo(struct digest_memo *m, struct span s, uint8_t out[SHA1_LEN])
{
    if (m != NULL)
        recall(m, &m->sha1, s, digest_sha1, out, SHA1_LEN);
    else
        digest_sha1(s, out);
}

void digest_sha256_memo(struct digest_memo *m, struct span s, uint8_t out[SHA256_LEN])
{
    if (m != NULL)
        recall(m, &m->sha256, s, digest_sha256, out, SHA256_LEN);
    else
        digest_sha256(s, out);
}

void digest_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}
