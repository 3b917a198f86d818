#ifndef APP_TLS_SESSION_H
#define APP_TLS_SESSION_H
/* From messages to the session's facts: texts and fingerprints are made here, for TLS over TCP and
 * inside QUIC alike. Texts live in the caller's arena. */
#include "app/tls_hello.h"
#include "base/arena.h"

/* An empty session: every span is real. */
void tls_session_init(struct tls_session *s, bool is_quic);

/* Each fills its part of the session. A text that finds no memory stays empty, and is counted. */
void tls_session_client(struct tls_session *s, const struct client_hello *h, struct arena *a,
                        struct app_out *out);
/* Does the hello ask for the host that the session knows? */
bool tls_session_same_name(const struct tls_session *s, const struct client_hello *h);
void tls_session_server(struct tls_session *s, const struct server_hello *h, struct arena *a,
                        struct app_out *out);

/* The server's own certificate, DER. False when it can't be read; has_cert stays unset then. */
bool tls_session_cert(struct tls_session *s, struct span der, struct arena *a, struct app_out *out);

#endif
