/* tls{} and quic{}. */
#include "eve_parts.h"

#include <time.h>

enum { SANS_MAX = 8000 };   /* what all names of a certificate together may take of a line */

static const char *version_text(uint16_t v)
{
    switch (v) {
    case 0x0200: return "SSLv2";
    case 0x0300: return "SSLv3";
    case 0x0301: return "TLSv1";
    case 0x0302: return "TLS 1.1";
    case 0x0303: return "TLS 1.2";
    case 0x0304: return "TLS 1.3";
    }
    return v >> 8 == 0x7f ? "TLS 1.3" : "UNDETERMINED";     /* 0x7fNN: drafts of 1.3 */
}

/* Without zone, as certificates' times stand in EVE. */
static void cert_time(struct json *j, int64_t seconds)
{
    struct tm t;
    char text[64];
    size_t n = gmtime_r(&seconds, &t) != NULL ? strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t)
                                              : 0;
    JS(j, "\"");
    js_raw(j, text, n);
    JS(j, "\"");
}

static void list_item(struct json *j, struct span s, size_t max, bool first)
{
    if (!first)
        JS(j, ",");
    js_string(j, s, max);
}

static void certificate(struct json *j, const struct tls_session *s, bool ext)
{
    JS_FIELD(j, "subject", s->subject, line_cut(CUT_DN));
    JS(j, ",\"issuerdn\":");
    js_string(j, s->issuer, line_cut(CUT_DN));
    JS_FIELD(j, "serial", s->serial, line_cut(CUT_TYPE));
    JS_FIELD(j, "fingerprint", s->fingerprint, line_cut(CUT_WORD));
    if (ext && s->n_sans > 0) {
        JS(j, ",\"subjectaltname\":[");
        const char *limit = j->p + SANS_MAX;
        for (unsigned i = 0; i < s->n_sans && j->p < limit; i++)
            list_item(j, s->sans[i], line_cut(CUT_SAN), i == 0);
        JS(j, "]");
    }
    if (s->not_before == 0 && s->not_after == 0)
        return;
    JS(j, ",\"notbefore\":");
    cert_time(j, s->not_before);
    JS(j, ",\"notafter\":");
    cert_time(j, s->not_after);
}

static void ja3(struct json *j, struct span hash, struct span text)
{
    JS(j, "{\"hash\":");
    js_string(j, hash, line_cut(CUT_WORD));
    JS(j, ",\"string\":");
    js_string(j, text, line_cut(CUT_JA3));
    JS(j, "}");
}

/* "h2,http/1.1" as an array. */
static void alpns(struct json *j, struct span list)
{
    JS(j, "[");
    for (bool first = true; list.n > 0; first = false) {
        size_t n = span_find(list, ',');
        list_item(j, span_sub(list, 0, n), line_cut(CUT_TYPE), first);
        list = span_sub(list, n + 1, list.n);
    }
    JS(j, "]");
}

static void fingerprints(struct json *j, const struct tls_session *s, bool ext)
{
    if (s->ja3_hash.n > 0) {
        JS(j, ",\"ja3\":");
        ja3(j, s->ja3_hash, s->ja3);
    }
    if (s->ja3s_hash.n > 0) {
        JS(j, ",\"ja3s\":");
        ja3(j, s->ja3s_hash, s->ja3s);
    }
    if (ext)
        JS_FIELD(j, "ja4", s->ja4, line_cut(CUT_WORD));
}

void eve_tls(struct json *j, const struct tls_session *s, bool ext)
{
    const char *version = version_text(s->has_server ? s->version : 0);
    JS(j, ",\"tls\":");
    char *at = js_mark(j);
    if (s->has_cert)
        certificate(j, s, ext);
    JS_FIELD(j, "sni", s->sni, line_cut(CUT_HOST));
    JS(j, ",\"version\":\"");
    js_raw(j, version, strlen(version));
    JS(j, "\"");
    if (s->resumed)
        JS(j, ",\"session_resumed\":true");
    fingerprints(j, s, ext);
    if (ext && s->alpns.n > 0) {
        JS(j, ",\"client_alpns\":");
        alpns(j, s->alpns);
    }
    if (ext && s->server_alpn.n > 0) {
        JS(j, ",\"server_alpns\":");
        alpns(j, s->server_alpn);
    }
    js_close(j, at);
}

/* RFC 9000 15, RFC 9369 3.1; gQUIC versions are four characters, "Q046". */
static void quic_version(struct json *j, uint32_t v)
{
    static const char hex[] = "0123456789abcdef";
    char c[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };
    bool letters = c[0] == 'Q' || c[0] == 'T';
    for (int i = 1; i < 4; i++)
        letters = letters && c[i] >= '0' && c[i] <= '9';
    JS(j, ",\"quic\":{\"version\":\"");
    if (letters) {
        js_raw(j, c, sizeof c);
    } else if (v == 0x6b3343cf) {
        JS(j, "2");
    } else if (v >> 8 == 0xff0000) {
        JS(j, "draft-");
        js_u64(j, v & 0xff);
    } else if (v < 256) {
        js_u64(j, v);
    } else {
        JS(j, "0x");
        for (int shift = 28; shift >= 0; shift -= 4)
            js_raw(j, &hex[v >> shift & 15], 1);
    }
    JS(j, "\"");
}

void eve_quic(struct json *j, const struct quic_session *s, bool ext)
{
    quic_version(j, s->version);
    if (s->tls != NULL)
        JS_FIELD(j, "sni", s->tls->sni, line_cut(CUT_HOST));
    JS_FIELD(j, "ua", s->user_agent, line_cut(CUT_TYPE));
    if (s->tls != NULL)
        fingerprints(j, s->tls, ext);
    JS(j, "}");
}
