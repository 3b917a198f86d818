#ifndef APP_STARTTLS_H
#define APP_STARTTLS_H
/* Protocols that begin in the clear and go over to TLS when both ends agree. They are followed just
 * far enough to find where TLS begins, on any port: none of them can begin a line or message with
 * the byte that begins a TLS record, so neither odd answers nor commands sent ahead of their time
 * (RFC 3207 6) can hide it. */
#include "app/field.h"

enum starttls_proto {
    STARTTLS_NONE, STARTTLS_SMTP, STARTTLS_FTP, STARTTLS_IMAP, STARTTLS_POP3, STARTTLS_SIEVE,
    STARTTLS_XMPP, STARTTLS_LDAP, STARTTLS_PGSQL, STARTTLS_MYSQL,
};

enum { STARTTLS_WORD_MAX = 12, STARTTLS_BYTES_MAX = 65536 };

struct starttls_side {
    uint32_t seen;                  /* bytes; more than STARTTLS_BYTES_MAX ends it */
    uint32_t skip;                  /* bytes of a binary message still to pass over */
    uint8_t n_word;                 /* bytes kept of a line or of a binary message's head */
    uint8_t word[STARTTLS_WORD_MAX];
    uint8_t n_messages;
};

/* Zeroed is fresh; set `proto` to what the probe said. It keeps no memory, so nothing is closed. */
struct starttls {
    uint8_t proto;                  /* enum starttls_proto; commands tell FTP and SMTP apart */
    bool over;                      /* TLS can not come any more */
    struct starttls_side side[2];
};

/* Does a stream that begins so speak one of them? *which is set on PROBE_YES. */
enum app_probe starttls_probe(enum dir dir, struct span first, enum starttls_proto *which);

/* APP_TUNNEL: bytes from `used` on are TLS. APP_DONE: the session goes on without. */
struct app_result starttls_feed(struct starttls *s, enum dir dir, struct span bytes,
                                struct app_out *out);

/* n bytes of this direction are lost. */
void starttls_gap(struct starttls *s, enum dir dir, uint64_t n);

/* "smtp", "ftp", "imap", "pop3", "sieve", "xmpp", "ldap", "pgsql", "mysql"; "" for none. */
const char *starttls_name(enum starttls_proto proto);

#endif
