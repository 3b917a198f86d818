#ifndef APP_DIGEST_H
#define APP_DIGEST_H
/* The one door to the hash functions, one shot each, and a memo for texts that come again and
 * again: clients of one kind send the same cipher list and a server the same certificate, so their
 * hashes need not be made anew. */
#include "base/cursor.h"

enum { MD5_LEN = 16, SHA1_LEN = 20, SHA256_LEN = 32 };

void digest_md5(struct span s, uint8_t out[MD5_LEN]);
void digest_sha1(struct span s, uint8_t out[SHA1_LEN]);
void digest_sha256(struct span s, uint8_t out[SHA256_LEN]);

/* 768 KiB, one per worker; texts are compared in full, so a hit is always right. */
struct digest_memo;

struct digest_memo *digest_memo_open(void);     /* NULL when the system has no room */
void digest_memo_close(struct digest_memo *m);

/* As above; `m` may be NULL. */
void digest_md5_memo(struct digest_memo *m, struct span s, uint8_t out[MD5_LEN]);
void digest_sha1_memo(struct digest_memo *m, struct span s, uint8_t out[SHA1_LEN]);
void digest_sha256_memo(struct digest_memo *m, struct span s, uint8_t out[SHA256_LEN]);

/* Writes 2n lower-case hex digits. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

#endif
