/* From a buffer's number to bytes. */
#include "detect/buffer.h"

uint8_t *scratch_take(struct scratch *s, size_t n)
{
    if (n > s->n - s->used) {
        s->refused++;
        return NULL;
    }
    uint8_t *p = s->p + s->used;
    s->used += n;
    return p;
}

static bool some(struct span s, struct span *out)
{
    *out = s;
    return s.n > 0;
}

static bool text(const char *s, struct span *out)
{
    *out = (struct span){ (const uint8_t *)s, strlen(s) };
    return out->n > 0;
}

/* ---- HTTP ---- */

static bool three_digits(uint16_t status, struct scratch *mem, struct span *out)
{
    uint8_t *p = status >= 100 && status <= 999 ? scratch_take(mem, 3) : NULL;
    if (p == NULL)
        return false;
    p[0] = (uint8_t)('0' + status / 100);
    p[1] = (uint8_t)('0' + status / 10 % 10);
    p[2] = (uint8_t)('0' + status % 10);
    *out = (struct span){ p, 3 };
    return true;
}

static bool request_buffer(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    const struct http_request *q = &s->fact->http->req;
    switch (b) {
    case BUF_HTTP_METHOD: return some(q->method, out);
    case BUF_HTTP_URI: return q->uri.n > 0 && uri_normalise(q->uri, mem, out);
    case BUF_HTTP_URI_RAW: return some(q->uri, out);
    case BUF_HTTP_HOST: return some(q->host, out);
    case BUF_HTTP_HOST_RAW: return some(q->host_raw, out);
    case BUF_HTTP_USER_AGENT: return some(q->user_agent, out);
    case BUF_HTTP_REFERER: return some(q->referer, out);
    case BUF_HTTP_ACCEPT: return some(q->accept, out);
    case BUF_HTTP_ACCEPT_LANG: return header_find(s, "accept-language", out);
    case BUF_HTTP_ACCEPT_ENC: return header_find(s, "accept-encoding", out);
    case BUF_HTTP_REQUEST_LINE: return some(q->line, out);
    default: return false;
    }
}

static bool response_buffer(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    const struct http_response *a = &s->fact->http->resp;
    switch (b) {
    case BUF_HTTP_RESPONSE_LINE: return some(a->line, out);
    case BUF_HTTP_STAT_CODE: return some(a->status_text, out) || three_digits(a->status, mem, out);
    case BUF_HTTP_STAT_MSG: return some(a->reason, out);
    case BUF_HTTP_SERVER: return some(a->server, out);
    case BUF_HTTP_LOCATION: return some(a->location, out);
    default: return false;
    }
}

static bool body_buffer(const struct scene *s, enum buffer b, struct span *out)
{
    bool mine = b == BUF_FILE_DATA ||
                b == (s->trigger == TRIG_REQUEST_BODY ? BUF_HTTP_REQUEST_BODY : BUF_HTTP_RESPONSE_BODY);
    return mine && (s->trigger == TRIG_REQUEST_BODY || s->trigger == TRIG_RESPONSE_BODY) &&
           some(s->fact->body, out);
}

/* What request and response both have: that of the direction the rule is evaluated in. */
static bool either_buffer(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    const struct http_request *q = &s->fact->http->req;
    const struct http_response *a = &s->fact->http->resp;
    bool back = s->dir == TO_CLIENT;
    switch (b) {
    case BUF_HTTP_HEADER: return headers_write(s, HEADERS_NORMAL, mem, out);
    case BUF_HTTP_HEADER_RAW: return some(back ? a->head : q->head, out);
    case BUF_HTTP_HEADER_NAMES: return headers_write(s, HEADERS_NAMES, mem, out);
    case BUF_HTTP_COOKIE: return headers_join(s, back ? "set-cookie" : "cookie", mem, out);
    case BUF_HTTP_CONTENT_TYPE: return some(back ? a->content_type : q->content_type, out);
    case BUF_HTTP_CONTENT_LEN:
        return (back && some(a->content_length, out)) || header_find(s, "content-length", out);
    case BUF_HTTP_CONNECTION: return header_find(s, "connection", out);
    case BUF_HTTP_PROTOCOL: return some(back ? a->protocol : q->protocol, out);
    case BUF_HTTP_START: return headers_write(s, HEADERS_START, mem, out);
    default: return false;
    }
}

static bool http_buffer(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    if (s->trigger < TRIG_REQUEST || s->trigger > TRIG_RESPONSE_BODY)
        return false;
    if (b == BUF_HTTP_REQUEST_BODY || b == BUF_HTTP_RESPONSE_BODY || b == BUF_FILE_DATA)
        return body_buffer(s, b, out);
    if (b <= BUF_HTTP_REQUEST_LINE)
        return s->fact->http->has_request && request_buffer(s, b, mem, out);
    if (b <= BUF_HTTP_START)
        return either_buffer(s, b, mem, out);
    return s->fact->http->has_response && response_buffer(s, b, mem, out);
}

/* ---- npm ---- */

static bool npm_buffer(const struct scene *s, enum buffer b, struct span *out)
{
    static const char *const kinds[] = { "tarball", "metadata", "file", "audit", "publish", "search" };
    const struct npm_fact *n = s->trigger == TRIG_NPM ? s->fact->npm : NULL;
    if (n == NULL)
        return false;
    switch (b) {
    case BUF_NPM_PACKAGE: return some(n->name, out);
    case BUF_NPM_VERSION: return some(n->version, out);
    case BUF_NPM_SPEC: return some(n->spec, out);
    case BUF_NPM_KIND: return n->kind <= NPM_SEARCH && text(kinds[n->kind], out);
    case BUF_NPM_REGISTRY: return some(n->registry, out);
    case BUF_NPM_CLIENT: return some(n->client, out);
    default: return false;
    }
}

/* ---- TLS, QUIC ---- */

static const struct tls_session *session(const struct scene *s)
{
    if (s->trigger == TRIG_QUIC)
        return s->fact->quic->tls;
    return s->trigger >= TRIG_TLS_CLIENT && s->trigger <= TRIG_TLS_CERT ? s->fact->tls : NULL;
}

static const char *tls_version_text(uint16_t v)
{
    return v == 0x0301 ? "1.0" : v == 0x0302 ? "1.1" : v == 0x0303 ? "1.2" : v == 0x0304 ? "1.3" : "";
}

static bool tls_buffer(const struct scene *s, enum buffer b, struct span *out)
{
    const struct tls_session *t = session(s);
    if (t == NULL)
        return false;
    switch (b) {
    case BUF_TLS_SNI: return some(t->sni, out);
    case BUF_JA3_HASH: return some(t->ja3_hash, out);
    case BUF_JA3_STRING: return some(t->ja3, out);
    case BUF_JA4_HASH: return some(t->ja4, out);
    case BUF_JA3S_HASH: return some(t->ja3s_hash, out);
    case BUF_JA3S_STRING: return some(t->ja3s, out);
    case BUF_TLS_VERSION: return text(tls_version_text(t->version), out);
    case BUF_TLS_SUBJECT: return some(t->subject, out);
    case BUF_TLS_ISSUER: return some(t->issuer, out);
    case BUF_TLS_SERIAL: return some(t->serial, out);
    case BUF_TLS_FINGERPRINT: return some(t->fingerprint, out);
    case BUF_TLS_SANS: return s->instance < t->n_sans && some(t->sans[s->instance], out);
    case BUF_TLS_CERTS: return some(t->cert, out);
    default: return false;
    }
}

static bool quic_buffer(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    if (s->trigger != TRIG_QUIC)
        return false;
    const struct quic_session *q = s->fact->quic;
    if (b == BUF_QUIC_SNI)
        return q->tls != NULL && some(q->tls->sni, out);
    if (b == BUF_QUIC_UA)
        return some(q->user_agent, out);
    uint8_t *p = scratch_take(mem, 4);      /* as on the wire, RFC 9000 17.2 */
    for (unsigned i = 0; p != NULL && i < 4; i++)
        p[i] = (uint8_t)(q->version >> (24 - 8 * i));
    *out = (struct span){ p, 4 };
    return p != NULL;
}

/* ---- all ---- */

bool buffer_get(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out)
{
    if (s->fact == NULL || b == BUF_NONE)
        return false;
    if (b <= BUF_FILE_DATA)
        return http_buffer(s, b, mem, out);
    if (b <= BUF_NPM_CLIENT)
        return npm_buffer(s, b, out);
    if (b <= BUF_TLS_CERTS)
        return tls_buffer(s, b, out);
    if (b <= BUF_QUIC_UA)
        return quic_buffer(s, b, mem, out);
    if (b == BUF_DNS_QUERY && (s->trigger == TRIG_DNS || s->trigger == TRIG_DNS_RESPONSE))
        return s->instance < s->fact->dns->n_questions && some(s->fact->dns->question[s->instance].name, out);
    return false;
}

unsigned buffer_instances(const struct scene *s)
{
    unsigned n = 1;
    if (s->trigger == TRIG_DNS || s->trigger == TRIG_DNS_RESPONSE)
        n = s->fact->dns->n_questions;
    else if (s->trigger == TRIG_TLS_CERT)
        n = s->fact->tls->n_sans;
    return n > 0 ? n : 1;
}
