#ifndef APP_FIELD_H
#define APP_FIELD_H
/* What protocol parsers hand on: facts. A parser takes bytes of one direction in order and calls
 * `out->fact` with what it has understood. Every span in a fact is borrowed and good only during
 * the call, except that a transaction's or session's earlier parts stay readable in its later facts
 * (a response's fact still carries the request). */
#include "base/cursor.h"
#include "base/dir.h"
#include "base/pool.h"


/* ---- HTTP, all versions ---- */

struct http_header { struct span name, value; };    /* value: trimmed, folds joined by one blank */

struct http_request {
    uint8_t version;                /* 9, 10, 11, 20; 0 when not given in a known form */
    struct span line;               /* the whole request line, without line end */
    struct span method, uri;        /* as sent (absolute form stays absolute) */
    struct span protocol;           /* as sent: "HTTP/1.1" */
    struct span host;               /* lower-cased name without port, brackets kept out of IPv6;
                                       the target's authority wins over Host (RFC 9112 3.2.2) */
    struct span host_raw;           /* as sent, with port */
    uint16_t port;                  /* of the authority; 0 when it names none */
    struct span user_agent, referer, content_type, accept, x_forwarded_for, cookie;
    struct span head;               /* the header lines as sent, without the request line */
    const struct http_header *headers;  /* NULL when only the fields above were kept */
    uint16_t n_headers;
};

struct http_response {
    uint8_t version;
    uint16_t status;                /* 0 when not three digits */
    struct span line, protocol, status_text, reason;
    struct span content_type, location, server, content_length, content_range, cookie;
    struct span head;
    const struct http_header *headers;
    uint16_t n_headers;
};

struct http_tx {
    uint32_t id;                    /* 0-based in its flow */
    uint32_t stream;                /* HTTP/2 stream id, else 0 */
    bool has_request, has_response; /* a one-sided capture has only one */
    bool gap;                       /* bytes of it were lost */
    struct http_request req;
    struct http_response resp;
    uint64_t req_body_len, resp_body_len;   /* bytes of body seen on the wire, as transferred less
                                               chunk framing */
};

/* ---- TLS, also inside QUIC ---- */

enum tls_ech { ECH_NONE, ECH_GREASE, ECH_OFFERED };     /* draft-ietf-tls-esni-22, and RFC 8701 */
enum { TLS_SANS_MAX = 64 };

struct tls_session {
    /* ClientHello */
    bool has_client, has_server, has_cert, is_quic;
    uint16_t client_version;        /* highest offered: supported_versions, else legacy_version */
    struct span sni;                /* lower-cased, one trailing dot taken off; empty when none */
    struct span alpns;              /* "h2,http/1.1" */
    struct span ja3, ja3_hash;      /* text; 32 hex digits */
    struct span ja4;                /* "t13d1516h2_8daaf6152771_e5627efa2ab1" */
    enum tls_ech ech;
    /* ServerHello */
    uint16_t version;               /* negotiated; 0 when no ServerHello was seen */
    uint16_t cipher;
    struct span server_alpn;        /* TLS 1.2 and older */
    struct span ja3s, ja3s_hash;
    bool resumed;                   /* a session id was echoed and no certificate sent, TLS <= 1.2 */
    /* the server's own certificate, TLS <= 1.2 */
    struct span subject, issuer;    /* "C=US, O=Example, CN=example.com" */
    struct span serial;             /* "0A:1B:2C" */
    struct span fingerprint;        /* SHA-1, lower-case hex with colons */
    struct span sans[TLS_SANS_MAX];
    uint16_t n_sans;
    int64_t not_before, not_after;  /* seconds since 1970; both 0 when unreadable */
    struct span cert;               /* DER */
};

/* ---- QUIC ---- */

struct quic_session {
    uint32_t version;               /* as on the wire */
    struct span user_agent;         /* transport parameter or gQUIC tag, empty when none */
    const struct tls_session *tls;  /* with is_quic */
};

/* ---- DNS ---- */

enum { DNS_QUESTIONS_MAX = 8, DNS_RECORDS_MAX = 64 };
enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

/* Names are text: labels joined by dots, case as sent, bytes outside printable ASCII and dots within
 * labels escaped (RFC 1035 5.1), no trailing dot; the root is the empty name. */
struct dns_question { struct span name; uint16_t type, class; };
struct dns_record {
    struct span name;
    uint16_t type, class;
    uint32_t ttl;
    enum dns_section section;
    struct span rdata;              /* text: address, name, or quoted strings; may be empty */
};

struct dns_message {
    uint16_t id, flags;             /* flags: the header's second word */
    bool response;
    uint8_t opcode;
    uint16_t rcode;                 /* with the EDNS high bits */
    uint8_t n_questions, n_records;
    struct dns_question question[DNS_QUESTIONS_MAX];
    struct dns_record record[DNS_RECORDS_MAX];
};

/* ---- npm ---- */

enum npm_kind { NPM_TARBALL, NPM_METADATA, NPM_FILE, NPM_AUDIT, NPM_PUBLISH, NPM_SEARCH };

struct npm_fact {
    enum npm_kind kind;
    struct span name;               /* "left-pad", "@scope/name"; decoded */
    struct span version;            /* "1.0.0-rc.1+b2"; empty when the request names none */
    struct span spec;               /* "name@version", or the name when there is no version */
    struct span registry;           /* host and routing prefix: "npm.example.com/api/npm/main" */
    struct span client;             /* "npm/11.6.1", "yarn/1.22.22", "pnpm/9", "Bun/1"; or empty */
    struct span session;            /* npm-session header, or empty */
    bool placeholder;               /* version 0.0.1-security: npm's harmless stand-in */
};

/* ---- the hand-over ---- */

enum fact_kind {
    FACT_HTTP_REQUEST,      /* head of a request is whole */
    FACT_HTTP_RESPONSE,     /* head of a response (not 1xx) is whole */
    FACT_HTTP_BODY,         /* decoded body bytes from the start on, once enough stand; see `body` */
    FACT_HTTP_DONE,         /* the transaction ended, in one way or another: log it */
    FACT_NPM,               /* comes with the request that it was read from */
    FACT_TLS_CLIENT, FACT_TLS_SERVER, FACT_TLS_CERT,
    FACT_TLS_DONE,          /* the plain part of the handshake is over or lost: log it */
    FACT_QUIC,
    FACT_DNS,
    FACT_ANOMALY,           /* a protocol was broken; `anomaly` names how */
};

struct fact {
    enum fact_kind kind;
    enum dir dir;                   /* of the bytes that made it */
    union {
        const struct http_tx *http;
        const struct tls_session *tls;
        const struct quic_session *quic;
        const struct dns_message *dns;
    };
    const struct npm_fact *npm;     /* FACT_NPM; `http` is set too */
    struct span body;               /* FACT_HTTP_BODY: all that was gathered so far */
    bool body_end;                  /* FACT_HTTP_BODY: no more will come */
    const char *anomaly;            /* FACT_ANOMALY: an upper-case name, "HTTP_HEAD_TOO_LONG" */
};

struct app_limits {
    uint32_t head_max;              /* bytes of an HTTP head, a TLS handshake message */
    uint32_t body_max;              /* decoded body bytes gathered for rules, 0: bodies are skipped */
    uint32_t pipeline_max;          /* requests that wait for their response */
};

/* One per worker; every parser gets it with each call. */
struct app_out {
    void (*fact)(void *ctx, const struct fact *f);
    void *ctx;
    struct pool *pool;              /* what a parser keeps between calls comes from here and goes
                                       back at its *_close(); a refused buffer means LOST, counted */
    struct app_limits limits;
    bool want_req_body, want_resp_body; /* some rule looks into bodies */
    struct digest_memo *memo;       /* of fingerprints' hashes; may be NULL */
    struct inflater *inflater;      /* scratch for compressed bodies, shared by all flows */
    uint64_t no_memory;             /* counter: a parser gave up for want of a buffer */
};

/* What a parser says after each call. `used` < bytes.n only with APP_TUNNEL. */
enum app_status {
    APP_MORE,       /* go on feeding */
    APP_DONE,       /* nothing more to learn from this flow, in both directions */
    APP_LOST,       /* this parser can't follow any more; it has told what it knew */
    APP_TUNNEL,     /* what follows `used`, and all of the other direction from now on, is another
                       protocol (CONNECT, STARTTLS, Upgrade) */
};
struct app_result { enum app_status status; size_t used; };

/* What a probe says of a direction's first bytes. */
enum app_probe { PROBE_NO, PROBE_MORE, PROBE_YES };

#endif
