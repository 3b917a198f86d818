#ifndef APP_TLS_H
#define APP_TLS_H
/* TLS over a byte stream, SSLv2's hello to TLS 1.3: records, handshake messages over any number of
 * records and segments, and the session's facts. Only the plain part of the handshake is read;
 * after FACT_TLS_DONE the flow costs nothing any more. */
#include "app/field.h"

struct tls_side {
    uint8_t *held;                  /* the beginning of a handshake message, from the pool */
    uint32_t n_held;
    uint32_t skip;                  /* bytes of a handshake message nobody needs */
    uint16_t left;                  /* bytes of the record still to come */
    uint8_t type;                   /* of the record */
    uint8_t n_head, head[5];
    uint8_t state;                  /* enum of tls.c */
    uint8_t sealed;                 /* records after ChangeCipherSpec, up to a few */
};

/* Zeroed is fresh. */
struct tls {
    struct tls_side side[2];
    struct tls_store *store;        /* the session and its texts; NULL before the first hello */
    uint8_t flags;
};

/* Does a stream that begins so speak TLS? A first record of a hello, an SSLv2 hello that offers
 * more, or an alert. */
enum app_probe tls_probe(enum dir dir, struct span first);

struct app_result tls_feed(struct tls *t, enum dir dir, struct span bytes, struct app_out *out);

/* n bytes of this direction are lost. */
void tls_gap(struct tls *t, enum dir dir, uint64_t n, struct app_out *out);

/* Tells what is known, if that has not been told, and gives all memory back. */
void tls_close(struct tls *t, struct app_out *out);

#endif
