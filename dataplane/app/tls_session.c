#include "app/tls_session.h"

#include "app/cert.h"
#include "app/digest.h"
#include "app/ja.h"
#include "base/addr.h"

void tls_session_init(struct tls_session *s, bool is_quic)
{
    *s = (struct tls_session){
        .is_quic = is_quic, .sni = SPAN_NONE, .alpns = SPAN_NONE, .ja3 = SPAN_NONE,
        .ja3_hash = SPAN_NONE, .ja4 = SPAN_NONE, .server_alpn = SPAN_NONE, .ja3s = SPAN_NONE,
        .ja3s_hash = SPAN_NONE, .subject = SPAN_NONE, .issuer = SPAN_NONE, .serial = SPAN_NONE,
        .fingerprint = SPAN_NONE, .cert = SPAN_NONE,
    };
}

/* A piece of the arena, or NULL and counted. */
static char *room_for(struct arena *a, struct app_out *out, size_t n)
{
    char *p = arena_take(a, out->pool, n);
    if (p == NULL)
        out->no_memory++;
    return p;
}

static struct span text_of(const char *p, size_t n)
{
    return (struct span){ (const uint8_t *)p, n };
}

/* Lower-cased without one trailing dot. A name with other than host name bytes is kept all the same:
 * whoever prints it escapes it. */
static struct span sni_text(struct span sni, struct arena *a, struct app_out *out)
{
    if (sni.n > 1 && sni.p[sni.n - 1] == '.')
        sni.n--;
    char *p = sni.n > 0 ? room_for(a, out, sni.n) : NULL;
    if (p == NULL)
        return SPAN_NONE;
    for (size_t i = 0; i < sni.n; i++)
        p[i] = (char)ascii_lower(sni.p[i]);
    return text_of(p, sni.n);
}

/* Length bytes become commas. */
static struct span alpns_text(struct span alpns, struct arena *a, struct app_out *out)
{
    char *p = alpns.n > 1 ? room_for(a, out, alpns.n) : NULL;
    if (p == NULL)
        return SPAN_NONE;
    struct cursor list = cur_over(alpns);
    size_t n = 0;
    while (list.left > 0) {
        struct cursor name = cur_block(&list, 1);
        memcpy(p + n, name.p, name.left);
        n += name.left;
        p[n++] = ',';
    }
    return text_of(p, n - 1);
}

static struct span hash_text(struct span text, struct arena *a, struct app_out *out)
{
    char *p = text.n > 0 ? room_for(a, out, JA3_HASH_LEN) : NULL;
    if (p == NULL)
        return SPAN_NONE;
    ja3_hash(out->memo, text, p);
    return text_of(p, JA3_HASH_LEN);
}

static struct span ja3_of(const struct client_hello *h, struct arena *a, struct app_out *out)
{
    size_t room = ja3_room(h);
    char *p = room > 0 ? room_for(a, out, room) : NULL;
    if (p == NULL)
        return SPAN_NONE;
    size_t n = ja3_text(h, p);
    arena_trim(a, p, n);
    return text_of(p, n);
}

static struct span ja3s_of(const struct server_hello *h, struct arena *a, struct app_out *out)
{
    size_t room = ja3s_room(h);
    char *p = room > 0 ? room_for(a, out, room) : NULL;
    if (p == NULL)
        return SPAN_NONE;
    size_t n = ja3s_text(h, p);
    arena_trim(a, p, n);
    return text_of(p, n);
}

void tls_session_client(struct tls_session *s, const struct client_hello *h, struct arena *a,
                        struct app_out *out)
{
    s->has_client = true;
    s->client_version = h->version;
    s->ech = h->ech;
    s->sni = sni_text(h->sni, a, out);
    s->alpns = alpns_text(h->alpns, a, out);
    s->ja3 = ja3_of(h, a, out);
    s->ja3_hash = hash_text(s->ja3, a, out);
    s->ja4 = SPAN_NONE;
    char *p = ja3_room(h) > 0 ? room_for(a, out, JA4_LEN) : NULL;
    if (p != NULL && ja4_text(out->memo, h, s->is_quic, p))
        s->ja4 = text_of(p, JA4_LEN);
}

bool tls_session_same_name(const struct tls_session *s, const struct client_hello *h)
{
    struct span sni = h->sni;
    if (sni.n > 1 && sni.p[sni.n - 1] == '.')
        sni.n--;
    if (sni.n != s->sni.n)
        return false;
    for (size_t i = 0; i < sni.n; i++)
        if (ascii_lower(sni.p[i]) != s->sni.p[i])
            return false;
    return true;
}

void tls_session_server(struct tls_session *s, const struct server_hello *h, struct arena *a,
                        struct app_out *out)
{
    s->has_server = true;
    s->version = h->version;
    s->cipher = h->cipher;
    s->server_alpn = arena_copy(a, out->pool, h->alpn);
    s->ja3s = ja3s_of(h, a, out);
    s->ja3s_hash = hash_text(s->ja3s, a, out);
}

/* ---- certificate ---- */

enum { NAME_TEXT_MAX = 2048, SERIAL_TEXT_MAX = 3 * 64 };

static struct span name_text(struct span name, struct arena *a, struct app_out *out)
{
    char *p = room_for(a, out, NAME_TEXT_MAX);
    if (p == NULL)
        return SPAN_NONE;
    size_t n = cert_name_text(name, p, NAME_TEXT_MAX);
    arena_trim(a, p, n);
    return text_of(p, n);
}

static struct span serial_text(struct span serial, struct arena *a, struct app_out *out)
{
    char *p = room_for(a, out, SERIAL_TEXT_MAX);
    if (p == NULL)
        return SPAN_NONE;
    size_t n = cert_serial_text(serial, p, SERIAL_TEXT_MAX);
    arena_trim(a, p, n);
    return text_of(p, n);
}

static struct span fingerprint_text(struct span der, struct arena *a, struct app_out *out)
{
    char *p = room_for(a, out, 3 * SHA1_LEN);
    if (p == NULL)
        return SPAN_NONE;
    uint8_t digest[SHA1_LEN];
    digest_sha1_memo(out->memo, der, digest);
    for (size_t i = 0; i < SHA1_LEN; i++) {
        digest_hex(digest + i, 1, p + 3 * i);
        p[3 * i + 2] = ':';
    }
    return text_of(p, 3 * SHA1_LEN - 1);
}

static struct span ip_text(struct span ip, struct arena *a, struct app_out *out)
{
    char *p = room_for(a, out, ADDR_TEXT_MAX);
    if (p == NULL)
        return SPAN_NONE;
    struct addr addr = ip.n == 4 ? addr_v4(ip.p) : addr_v6(ip.p);
    return text_of(p, addr_text(&addr, p));
}

/* The certificate's copy outlives the message, so names are spans into it. */
static void sans_of(struct tls_session *s, struct span sans, struct arena *a, struct app_out *out)
{
    struct cert_san san;
    s->n_sans = 0;
    while (s->n_sans < TLS_SANS_MAX && cert_next_san(&sans, &san)) {
        struct span text = san.is_ip ? ip_text(san.value, a, out) : san.value;
        if (text.n > 0)
            s->sans[s->n_sans++] = text;
    }
}

bool tls_session_cert(struct tls_session *s, struct span der, struct arena *a, struct app_out *out)
{
    s->cert = arena_copy(a, out->pool, der);
    struct cert c;
    if (s->cert.n == 0 || !cert_read(s->cert, &c))
        return false;
    s->has_cert = true;
    s->subject = name_text(c.subject, a, out);
    s->issuer = name_text(c.issuer, a, out);
    s->serial = serial_text(c.serial, a, out);
    s->fingerprint = fingerprint_text(s->cert, a, out);
    s->not_before = c.not_before;
    s->not_after = c.not_after;
    sans_of(s, c.sans, a, out);
    return true;
}
