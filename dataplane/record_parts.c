/* What protocols have understood, as it lies in records. */
#include "record_put.h"

void put_http(struct out *o, const struct http_tx *t)
{
    const struct http_request *q = &t->req;
    const struct http_response *a = &t->resp;
    put_u32(o, t->id);
    put_u32(o, t->stream);
    put_u8(o, (uint8_t)((t->has_request ? HTTP_REQ : 0) | (t->has_response ? HTTP_RESP : 0)
                        | (t->gap ? HTTP_GAP : 0)));
    put_u64(o, t->req_body_len);
    put_u64(o, t->resp_body_len);
    if (t->has_request) {
        put_u8(o, q->version);
        put_u16(o, q->port);
        put_span(o, q->method, CUT_WORD);
        put_span(o, q->uri, CUT_URL);
        put_span(o, q->protocol, CUT_WORD);
        put_span(o, q->host, CUT_HOST);
        put_span(o, q->user_agent, CUT_AGENT);
        put_span(o, q->referer, CUT_LINK);
        put_span(o, q->content_type, CUT_TYPE);
        put_span(o, q->x_forwarded_for, CUT_TYPE);
    }
    if (t->has_response) {
        put_u8(o, a->version);
        put_u16(o, a->status);
        put_span(o, a->protocol, CUT_WORD);
        put_span(o, a->status_text, CUT_WORD);
        put_span(o, a->content_type, CUT_TYPE);
        put_span(o, a->location, CUT_LINK);
        put_span(o, a->content_range, CUT_WORD);
    }
}

void put_tls(struct out *o, const struct tls_session *s)
{
    put_u8(o, (uint8_t)((s->has_client ? TLS_CLIENT : 0) | (s->has_server ? TLS_SERVER : 0)
                        | (s->has_cert ? TLS_CERT : 0) | (s->is_quic ? TLS_QUIC : 0)
                        | (s->resumed ? TLS_RESUMED : 0)));
    if (s->has_client) {
        put_u16(o, s->client_version);
        put_u8(o, (uint8_t)s->ech);
        put_span(o, s->sni, CUT_HOST);
        put_span(o, s->alpns, CUT_TYPE);
        put_span(o, s->ja3, CUT_JA3);
        put_span(o, s->ja3_hash, CUT_WORD);
        put_span(o, s->ja4, CUT_WORD);
    }
    if (s->has_server) {
        put_u16(o, s->version);
        put_u16(o, s->cipher);
        put_span(o, s->server_alpn, CUT_WORD);
        put_span(o, s->ja3s, CUT_HOST);
        put_span(o, s->ja3s_hash, CUT_WORD);
    }
    if (!s->has_cert)
        return;
    put_span(o, s->subject, CUT_DN);
    put_span(o, s->issuer, CUT_DN);
    put_span(o, s->serial, CUT_TYPE);
    put_span(o, s->fingerprint, CUT_WORD);
    put_u64(o, (uint64_t)s->not_before);
    put_u64(o, (uint64_t)s->not_after);
    uint8_t n = s->n_sans <= TLS_SANS_MAX ? (uint8_t)s->n_sans : TLS_SANS_MAX;
    put_u8(o, n);
    for (unsigned i = 0; i < n; i++)
        put_span(o, s->sans[i], CUT_SAN);
}

void put_quic(struct out *o, const struct quic_session *s)
{
    static const struct tls_session none;
    put_u32(o, s->version);
    put_span(o, s->user_agent, CUT_TYPE);
    put_tls(o, s->tls != NULL ? s->tls : &none);
}

/* Records that find no room are left out: a hostile answer may be larger than any event. */
void put_dns(struct out *o, const struct dns_message *d)
{
    put_u16(o, d->id);
    put_u16(o, d->flags);
    put_u16(o, d->rcode);
    put_u8(o, d->opcode);
    put_u8(o, d->response);
    uint8_t nq = d->n_questions <= DNS_QUESTIONS_MAX ? d->n_questions : DNS_QUESTIONS_MAX;
    put_u8(o, nq);
    for (unsigned i = 0; i < nq; i++) {
        put_span(o, d->question[i].name, CUT_NAME);
        put_u16(o, d->question[i].type);
        put_u16(o, d->question[i].class);
    }
    uint8_t *count = o->p, n = 0;
    uint8_t most = d->n_records <= DNS_RECORDS_MAX ? d->n_records : DNS_RECORDS_MAX;
    put_u8(o, 0);
    for (; n < most && o->end - o->p > CUT_NAME + CUT_RDATA + 64; n++) {
        const struct dns_record *a = &d->record[n];
        put_span(o, a->name, CUT_NAME);
        put_u16(o, a->type);
        put_u16(o, a->class);
        put_u32(o, a->ttl);
        put_u8(o, (uint8_t)a->section);
        put_span(o, a->rdata, CUT_RDATA);
    }
    *count = n;
}

void put_npm(struct out *o, const struct npm_fact *n)
{
    put_u8(o, (uint8_t)n->kind);
    put_u8(o, n->placeholder);
    put_span(o, n->name, CUT_PACKAGE);
    put_span(o, n->version, CUT_PACKAGE);
    put_span(o, n->spec, CUT_TYPE);
    put_span(o, n->registry, CUT_TYPE);
    put_span(o, n->client, CUT_WORD);
    put_span(o, n->session, CUT_WORD);
}
