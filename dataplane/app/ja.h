#ifndef APP_JA_H
#define APP_JA_H
/* Fingerprints of TLS hellos: JA3 and JA3S (Salesforce), JA4 (FoxIO, the BSD-licensed client part). */
#include "app/digest.h"
#include "app/tls_hello.h"

enum { JA_ITEMS_MAX = 1024, JA3_TEXT_MAX = 6 * 2 * JA_ITEMS_MAX, JA3_HASH_LEN = 32, JA4_LEN = 36 };

/* Room that ja3_text needs, in bytes; 0 when the hello's lists are absurdly long (more than
 * JA_ITEMS_MAX entries each): there is no fingerprint then. */
size_t ja3_room(const struct client_hello *h);
size_t ja3s_room(const struct server_hello *h);

/* Write the text ("771,4865-4866,0-23,29-23,0") and return its length. */
size_t ja3_text(const struct client_hello *h, char *out);
size_t ja3s_text(const struct server_hello *h, char *out);

void ja3_hash(struct digest_memo *m, struct span text, char out[JA3_HASH_LEN]);

/* "t13d1516h2_8daaf6152771_e5627efa2ab1"; false when the lists are too long. */
bool ja4_text(struct digest_memo *m, const struct client_hello *h, bool quic, char out[JA4_LEN]);

#endif
