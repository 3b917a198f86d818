#ifndef APP_STARTTLS_H
#define APP_STARTTLS_H
/* Protocols that begin in the clear and go over to TLS when both ends agree: mail, FTP, LDAP,
 * PostgreSQL, ... They are followed just far enough to find where TLS begins, on any port. */
#include "app/field.h"

enum starttls_proto {
    STARTTLS_NONE, STARTTLS_SMTP, STARTTLS_IMAP, STARTTLS_POP3, STARTTLS_FTP, STARTTLS_LDAP,
    STARTTLS_PGSQL,
};

/* Zeroed is fresh; set `proto` to what the probe said. */
struct starttls {
    uint8_t proto;                  /* enum starttls_proto; FTP and SMTP are told apart later */
    uint8_t state;
    uint8_t n_line[2];              /* bytes of the unfinished line, or of a binary message's head */
    uint8_t line[2][12];            /* how it begins */
    uint32_t seen[2];               /* bytes */
    uint32_t skip[2];               /* bytes of a message nobody needs */
};

/* Does a stream that begins so speak one of them? *which is set on PROBE_YES. */
enum app_probe starttls_probe(enum dir dir, struct span first, enum starttls_proto *which);

/* APP_TUNNEL at the first byte of TLS; APP_DONE once TLS can't come any more. Keeps no memory, so
 * there is nothing to close; after a gap the flow is lost for it. */
struct app_result starttls_feed(struct starttls *s, enum dir dir, struct span bytes,
                                struct app_out *out);

/* "smtp", "imap", "pop3", "ftp", "ldap", "pgsql"; "" for none. */
const char *starttls_name(enum starttls_proto proto);

#endif
