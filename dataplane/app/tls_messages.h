#ifndef APP_TLS_MESSAGES_H
#define APP_TLS_MESSAGES_H
/* Between tls.c, which cuts a stream into handshake messages, and what they say of the session. */
#include "app/tls.h"
#include "app/tls_hello.h"
#include "base/arena.h"

#include <assert.h>

enum tls_flag {
    TLS_OVER = 1,                   /* FACT_TLS_DONE has been told, or there was nothing to tell */
    TLS_FLIPPED = 2,                /* the client's hello came in the direction to the client */
    TLS_RETRY = 4,                  /* the last ServerHello was a HelloRetryRequest */
    TLS_EARLY = 8,                  /* the client offered early data */
    TLS_SERVER_CCS = 16,
    TLS_SAW_CERT = 32,
    TLS_ID_ECHOED = 64,             /* the server took the client's session id up, TLS <= 1.2 */
};

struct tls_store {
    struct tls_session s;
    struct arena arena;             /* holds this struct, too */
    uint8_t id_len, id[32];         /* the client's session id */
};

static inline enum dir tls_client_dir(const struct tls *t)
{
    return t->flags & TLS_FLIPPED ? TO_CLIENT : TO_SERVER;
}

/* The length a message's head gives; 0 when the head isn't whole. */
size_t tls_message_len(struct span message);

/* How many of a message's bytes are wanted in one piece, as far as its first bytes tell; 0 when the
 * message is broken or longer than `max`. */
size_t tls_message_want(struct span first, size_t max);

/* Reads a message of at least the wanted bytes; the anomaly's name when it is broken, else NULL. */
const char *tls_message(struct tls *t, enum dir dir, struct span message, struct app_out *out);
const char *tls_message_v2(struct tls *t, enum dir dir, struct span hello, struct app_out *out);

/* Whether a session must exist after this message. */
bool tls_message_needs_store(struct span message);

/* The plain part is over: tells FACT_TLS_DONE, once. */
void tls_over(struct tls *t, enum dir dir, struct app_out *out);

#endif
