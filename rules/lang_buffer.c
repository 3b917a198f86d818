/* What rules can look into, and the transforms: names, aliases, and when each is known. */
#include "rules/lang_parse.h"

#include <assert.h>

static const struct buffer_info buffers[] = {
/* Of the names with underscores some stand after a content, and some before it: as in Suricata. */
#define REQ(b, name, mod, alias) { b, RULE_HTTP, TRIG_REQUEST, false, name, mod, alias }
#define BOTH(b, name, mod, alias) { b, RULE_HTTP, TRIG_REQUEST, true, name, mod, alias }
#define RESP(b, name, mod, alias) { b, RULE_HTTP, TRIG_RESPONSE, false, name, mod, alias }
    REQ(BUF_HTTP_METHOD, "http.method", "http_method", NULL),
    REQ(BUF_HTTP_URI, "http.uri", "http_uri", NULL),
    REQ(BUF_HTTP_URI_RAW, "http.uri.raw", "http_raw_uri", NULL),
    REQ(BUF_HTTP_HOST, "http.host", "http_host", NULL),
    REQ(BUF_HTTP_HOST_RAW, "http.host.raw", "http_raw_host", NULL),
    REQ(BUF_HTTP_USER_AGENT, "http.user_agent", "http_user_agent", NULL),
    REQ(BUF_HTTP_REFERER, "http.referer", NULL, "http_referer"),
    REQ(BUF_HTTP_ACCEPT, "http.accept", NULL, "http_accept"),
    REQ(BUF_HTTP_ACCEPT_LANG, "http.accept_lang", NULL, "http_accept_lang"),
    REQ(BUF_HTTP_ACCEPT_ENC, "http.accept_enc", NULL, "http_accept_enc"),
    REQ(BUF_HTTP_REQUEST_LINE, "http.request_line", NULL, "http_request_line"),
    { BUF_HTTP_REQUEST_BODY, RULE_HTTP, TRIG_REQUEST_BODY, false, "http.request_body", "http_client_body",
      NULL },
    BOTH(BUF_HTTP_HEADER, "http.header", "http_header", NULL),
    BOTH(BUF_HTTP_HEADER_RAW, "http.header.raw", "http_raw_header", NULL),
    BOTH(BUF_HTTP_HEADER_NAMES, "http.header_names", NULL, "http_header_names"),
    BOTH(BUF_HTTP_COOKIE, "http.cookie", "http_cookie", NULL),
    BOTH(BUF_HTTP_CONTENT_TYPE, "http.content_type", NULL, "http_content_type"),
    BOTH(BUF_HTTP_CONTENT_LEN, "http.content_len", NULL, "http_content_len"),
    BOTH(BUF_HTTP_CONNECTION, "http.connection", NULL, "http_connection"),
    BOTH(BUF_HTTP_PROTOCOL, "http.protocol", NULL, "http_protocol"),
    BOTH(BUF_HTTP_START, "http.start", NULL, "http_start"),
    RESP(BUF_HTTP_RESPONSE_LINE, "http.response_line", NULL, "http_response_line"),
    RESP(BUF_HTTP_STAT_CODE, "http.stat_code", "http_stat_code", NULL),
    RESP(BUF_HTTP_STAT_MSG, "http.stat_msg", "http_stat_msg", NULL),
    RESP(BUF_HTTP_SERVER, "http.server", NULL, NULL),
    RESP(BUF_HTTP_LOCATION, "http.location", NULL, NULL),
    { BUF_HTTP_RESPONSE_BODY, RULE_HTTP, TRIG_RESPONSE_BODY, false, "http.response_body", "http_server_body",
      NULL },
    { BUF_FILE_DATA, RULE_HTTP, TRIG_REQUEST_BODY, true, "file.data", NULL, "file_data" },
    { BUF_NPM_PACKAGE, RULE_NPM, TRIG_NPM, false, "npm.package", NULL, NULL },
    { BUF_NPM_VERSION, RULE_NPM, TRIG_NPM, false, "npm.version", NULL, NULL },
    { BUF_NPM_SPEC, RULE_NPM, TRIG_NPM, false, "npm.spec", NULL, NULL },
    { BUF_NPM_KIND, RULE_NPM, TRIG_NPM, false, "npm.kind", NULL, NULL },
    { BUF_NPM_REGISTRY, RULE_NPM, TRIG_NPM, false, "npm.registry", NULL, NULL },
    { BUF_NPM_CLIENT, RULE_NPM, TRIG_NPM, false, "npm.client", NULL, NULL },
    { BUF_TLS_SNI, RULE_TLS, TRIG_TLS_CLIENT, false, "tls.sni", NULL, "tls_sni" },
    { BUF_JA3_HASH, RULE_TLS, TRIG_TLS_CLIENT, false, "ja3.hash", NULL, "ja3_hash" },
    { BUF_JA3_STRING, RULE_TLS, TRIG_TLS_CLIENT, false, "ja3.string", NULL, "ja3_string" },
    { BUF_JA4_HASH, RULE_TLS, TRIG_TLS_CLIENT, false, "ja4.hash", NULL, "ja4_hash" },
    { BUF_JA3S_HASH, RULE_TLS, TRIG_TLS_SERVER, false, "ja3s.hash", NULL, NULL },
    { BUF_JA3S_STRING, RULE_TLS, TRIG_TLS_SERVER, false, "ja3s.string", NULL, NULL },
    { BUF_TLS_VERSION, RULE_TLS, TRIG_TLS_SERVER, false, "", NULL, NULL }, /* keyword tls.version */
    { BUF_TLS_SUBJECT, RULE_TLS, TRIG_TLS_CERT, false, "tls.cert_subject", NULL, "tls_cert_subject" },
    { BUF_TLS_ISSUER, RULE_TLS, TRIG_TLS_CERT, false, "tls.cert_issuer", NULL, "tls_cert_issuer" },
    { BUF_TLS_SERIAL, RULE_TLS, TRIG_TLS_CERT, false, "tls.cert_serial", NULL, "tls_cert_serial" },
    { BUF_TLS_FINGERPRINT, RULE_TLS, TRIG_TLS_CERT, false, "tls.cert_fingerprint", NULL,
      "tls_cert_fingerprint" },
    { BUF_TLS_SANS, RULE_TLS, TRIG_TLS_CERT, false, "tls.subjectaltname", NULL, NULL },
    { BUF_TLS_CERTS, RULE_TLS, TRIG_TLS_CERT, false, "tls.certs", NULL, NULL },
    { BUF_QUIC_SNI, RULE_QUIC, TRIG_QUIC, false, "quic.sni", NULL, NULL },
    { BUF_QUIC_VERSION, RULE_QUIC, TRIG_QUIC, false, "quic.version", NULL, NULL },
    { BUF_QUIC_UA, RULE_QUIC, TRIG_QUIC, false, "quic.ua", NULL, NULL },
    { BUF_DNS_QUERY, RULE_DNS, TRIG_DNS, false, "dns.query", NULL, "dns_query" },
    { BUF_IP_SRC, RULE_NONE, TRIG_FLOW, true, "ip.src", NULL, NULL },
    { BUF_IP_DST, RULE_NONE, TRIG_FLOW, true, "ip.dst", NULL, NULL },
};

static_assert(sizeof buffers / sizeof *buffers == BUF_COUNT - 1, "one line for each buffer, in order");

const struct buffer_info *buffer_info(enum buffer b)
{
    return &buffers[b - 1];
}

const struct buffer_info *buffer_by_name(struct span name, bool *is_modifier)
{
    for (unsigned i = 0; i < BUF_COUNT - 1; i++) {
        const struct buffer_info *b = &buffers[i];
        *is_modifier = b->modifier != NULL && span_is(name, b->modifier);
        if (*is_modifier || span_is(name, b->name) || (b->alias != NULL && span_is(name, b->alias)))
            return b;
    }
    return NULL;
}

bool transform_by_name(struct span name, enum transform *out)
{
    static const char *const names[XF_COUNT] = {
        "", "dotprefix", "to_lowercase", "to_uppercase", "strip_whitespace", "compress_whitespace",
        "to_md5", "to_sha1", "to_sha256", "url_decode", "header_lowercase",
    };
    for (unsigned i = 1; i < XF_COUNT; i++)
        if (span_is(name, names[i])) {
            *out = (enum transform)i;
            return true;
        }
    return false;
}
