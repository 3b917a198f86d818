#ifndef APP_GQUIC_H
#define APP_GQUIC_H
/* Google's QUIC before TLS (Q0xx): its hello, CHLO, went in the clear up to Q046 and under
 * Initial keys in Q050. Servers and old clients still speak it, and captures are full of it. */
#include "base/cursor.h"

struct gquic_hello { struct span sni, user_agent; };    /* empty when not sent */

/* The version that a client's datagram names ("Q043" as a number); 0 when it is none of these. */
uint32_t gquic_version(struct span datagram);

/* Finds the CHLO in a datagram or a decrypted payload. False when none begins in it. */
bool gquic_hello_find(struct span bytes, struct gquic_hello *hello);

#endif
