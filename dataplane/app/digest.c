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

enum { MEMO_ENTRIES = 256, MEMO_TEXT_MAX = 478 };

struct memo_entry {
    uint16_t n;                     /* 0: empty */
    uint8_t digest[SHA256_LEN];
    uint8_t text[MEMO_TEXT_MAX];
};

struct digest_memo {
    struct hash_key key;            /* so that nobody can make two clients fight for one entry */
    struct memo_entry md5[MEMO_ENTRIES], sha256[MEMO_ENTRIES];
};

struct digest_memo *digest_memo_open(void)
{
    struct digest_memo *m = calloc(1, sizeof *m);
    if (m != NULL)
        m->key = hash_key_draw();
    return m;
}

void digest_memo_close(struct digest_memo *m)
{
    free(m);
}

static void remember(struct digest_memo *m, struct memo_entry *table, struct span s,
                     void (*digest)(struct span, uint8_t *), uint8_t *out, size_t out_len)
{
    struct memo_entry *e = &table[hash_bytes(m->key, s.p, s.n) % MEMO_ENTRIES];
    if (e->n != s.n || memcmp(e->text, s.p, s.n) != 0) {
        digest(s, e->digest);
        memcpy(e->text, s.p, s.n);
        e->n = (uint16_t)s.n;
    }
    memcpy(out, e->digest, out_len);
}

void digest_md5_memo(struct digest_memo *m, struct span s, uint8_t out[MD5_LEN])
{
    if (m == NULL || s.n == 0 || s.n > MEMO_TEXT_MAX)
        digest_md5(s, out);
    else
        remember(m, m->md5, s, digest_md5, out, MD5_LEN);
}

void digest_sha256_memo(struct digest_memo *m, struct span s, uint8_t out[SHA256_LEN])
{
    if (m == NULL || s.n == 0 || s.n > MEMO_TEXT_MAX)
        digest_sha256(s, out);
    else
        remember(m, m->sha256, s, digest_sha256, out, SHA256_LEN);
}

void digest_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}
