#ifndef APP_TLS_HELLO_H
#define APP_TLS_HELLO_H
/* ClientHello and ServerHello: whole handshake messages in (4-byte header included), spans into
 * them out. Pure functions; QUIC's CRYPTO frames carry the same messages (RFC 8446 4.1, RFC 9001 4). */
#include "app/field.h"

enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_CERTIFICATE = 11, TLS_SERVER_HELLO_DONE = 14 };
enum { TLS_V_SSL2 = 0x0002, TLS_V_SSL3 = 0x0300, TLS_V_10 = 0x0301, TLS_V_12 = 0x0303, TLS_V_13 = 0x0304 };

struct client_hello {
    uint16_t legacy_version;        /* as in the message's second field */
    uint16_t version;               /* highest offered, GREASE left out */
    struct span random, session_id;
    struct span ciphers;            /* two bytes each; three in an SSLv2 hello, then `v2` is set */
    struct span exts;               /* the extensions as sent: type, length, body */
    struct span sni;                /* host_name as sent, empty when none */
    struct span alpns;              /* one-byte length and name, repeated; well-formed */
    struct span versions;           /* supported_versions, two bytes each */
    struct span groups, sigalgs;    /* two bytes each */
    struct span point_formats;      /* one byte each */
    struct span quic_params;        /* transport parameters (RFC 9001 8.2), the drafts' too */
    enum tls_ech ech;
    uint16_t n_exts;                /* with GREASE */
    bool has_sni, has_exts, has_quic_params, has_early_data, v2;
};

struct server_hello {
    uint16_t legacy_version;
    uint16_t version;               /* negotiated */
    uint16_t cipher;
    struct span random, session_id, exts;
    struct span alpn;               /* the one name, empty when none */
    bool retry;                     /* a HelloRetryRequest in disguise (RFC 8446 4.1.3) */
};

/* False when the message is broken or of another kind. A malformed extension only leaves its field
 * empty, and bytes behind the last one don't matter: what an endpoint might accept is to be seen. */
bool client_hello_read(struct span message, struct client_hello *h);
bool server_hello_read(struct span message, struct server_hello *h);

/* SSLv2's hello, which early TLS clients send to say that they can do better (RFC 5246 E.2);
 * `message` begins after the two-byte length. */
bool client_hello_read_v2(struct span message, struct client_hello *h);

/* RFC 8701: 0x0a0a, 0x1a1a, ... 0xfafa. */
static inline bool tls_is_grease(uint16_t v)
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* "TLS 1.2", "TLSv1", "SSLv3", "TLS 1.3 draft-28" as Suricata names them, or "UNDETERMINED". */
const char *tls_version_text(uint16_t version);

#endif
