#ifndef APP_CERT_H
#define APP_CERT_H
/* Reads an X.509 certificate (RFC 5280 4.1) as far as a log needs it: a DER walk over borrowed
 * bytes. Nothing is verified. */
#include "app/field.h"

struct cert {
    struct span serial;             /* the INTEGER's bytes */
    struct span issuer, subject;    /* Name: the RDNSequence's content, for cert_name_text */
    struct span sans;               /* GeneralNames' content, for cert_next_san; empty when none */
    int64_t not_before, not_after;  /* seconds since 1970; both 0 when unreadable */
};

/* False when the DER is broken before the subject's end. */
bool cert_read(struct span der, struct cert *c);

/* "C=US, O=Example, CN=example.com": order as encoded, parts of one RDN joined by " + ". Bytes that
 * are no text are escaped. Never writes more than `room`; returns the length, cut to it. */
size_t cert_name_text(struct span name, char *out, size_t room);

/* Upper-case hex pairs with colons, "0A:1B". Same rule for `room`. */
size_t cert_serial_text(struct span serial, char *out, size_t room);

/* Walks the names: dNSName as a span into the certificate, iPAddress with `is_ip` set (4 or 16
 * bytes); others are left out. False at the end. */
struct cert_san { struct span value; bool is_ip; };
bool cert_next_san(struct span *sans, struct cert_san *san);

/* The next DER element. On a broken one the cursor turns bad, and the element is empty with tag 0. */
struct cert_element { unsigned tag; struct span body; };
struct cert_element cert_element(struct cursor *c);

#endif
