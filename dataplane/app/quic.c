#include "app/quic.h"
#include "app/gquic.h"
#include "app/quic_crypto.h"
#include "app/quic_packet.h"
#include "app/tls_session.h"

enum { FIXED_BIT = 0x40, LONG_HEADER = 0x80 };
/* A hello that has not come whole by then won't come. */
enum { DATAGRAMS_MAX = 250 };

enum app_probe quic_probe(struct span datagram)
{
    struct cursor c = cur_over(datagram);
    struct quic_packet p;
    if (gquic_version(datagram) != 0)
        return PROBE_YES;
    if (datagram.n == 0 || (datagram.p[0] & (LONG_HEADER | FIXED_BIT)) != (LONG_HEADER | FIXED_BIT))
        return PROBE_NO;
    return quic_packet_next(&c, &p) ? PROBE_YES : PROBE_NO;
}

/* ---- telling ---- */

static void tell(struct quic *q, enum dir dir, const struct tls_session *tls,
                 struct span user_agent, struct app_out *out)
{
    struct quic_session session = { .version = q->version, .user_agent = user_agent, .tls = tls };
    struct fact f = { .kind = FACT_QUIC, .dir = dir, .quic = &session };
    q->told = true;
    out->fact(out->ctx, &f);
}

/* Chromium's transport parameter 0x3129; before draft 27 parameters had another form. */
static struct span user_agent_of(const struct client_hello *h)
{
    enum { GOOGLE_USER_AGENT = 0x3129 };
    struct cursor params = cur_over(h->quic_params);
    while (params.left > 0) {
        uint64_t id = quic_varint(&params);
        struct cursor value = quic_block(&params);
        if (id == GOOGLE_USER_AGENT && !value.bad)
            return cur_rest(&value);
    }
    return SPAN_NONE;
}

static enum app_status tell_hello(struct quic *q, enum dir dir, struct span message,
                                  struct app_out *out)
{
    struct client_hello hello;
    if (!client_hello_read(message, &hello)) {
        struct fact f = { .kind = FACT_ANOMALY, .dir = dir, .anomaly = "QUIC_HELLO_BROKEN" };
        out->fact(out->ctx, &f);
        return APP_LOST;
    }
    struct tls_session tls;
    struct arena texts = { 0 };
    tls_session_init(&tls, true);
    tls_session_client(&tls, &hello, &texts, out);
    tell(q, dir, &tls, hello.has_quic_params ? user_agent_of(&hello) : SPAN_NONE, out);
    arena_free(&texts, out->pool);
    return APP_DONE;
}

/* Google's own hello has a name and no fingerprint. */
static enum app_status tell_google(struct quic *q, enum dir dir, struct span bytes,
                                   struct app_out *out)
{
    struct gquic_hello hello;
    if (!gquic_hello_find(bytes, &hello))
        return APP_MORE;
    struct tls_session tls;
    uint8_t name[255];
    tls_session_init(&tls, true);
    tls.has_client = true;
    tls.sni = (struct span){ name, hello.sni.n < sizeof name ? hello.sni.n : sizeof name };
    for (size_t i = 0; i < tls.sni.n; i++)
        name[i] = ascii_lower(hello.sni.p[i]);
    tell(q, dir, &tls, hello.user_agent, out);
    return APP_DONE;
}

static void forget(struct quic *q, struct app_out *out)
{
    pool_give(out->pool, q->crypto);
    q->crypto = NULL;
}

/* ---- opening ---- */

/* The client's first destination id makes the keys, and they stay when the server gives itself
 * another (RFC 9001 5.2); after a Retry the id that it named makes new ones. So old keys are
 * tried first, then those of the packet's own id, with which the hello starts anew. */
static bool open_packet(struct quic *q, const struct quic_packet *p, enum dir dir,
                        uint8_t room[QUIC_PACKET_MAX], struct span *payload, struct app_out *out)
{
    bool same = q->has_keys && q->keys_version == p->version;
    if (same && quic_open(&q->keys, p->whole, p->number_at, room, payload))
        return true;
    if (same && span_eq(p->dcid, (struct span){ q->dcid, q->dcid_len }))
        return false;
    struct quic_keys keys;
    quic_keys_client(p->version, p->dcid, &keys);
    if (!quic_open(&keys, p->whole, p->number_at, room, payload))
        return false;
    forget(q, out);
    q->keys = keys;
    q->keys_version = p->version;
    q->dcid_len = (uint8_t)p->dcid.n;
    memcpy(q->dcid, p->dcid.p, p->dcid.n);
    q->client = dir;
    q->has_keys = true;
    return true;
}

static enum app_status on_initial(struct quic *q, const struct quic_packet *p, enum dir dir,
                                  struct app_out *out)
{
    uint8_t room[QUIC_PACKET_MAX];
    struct span payload, message;
    if (!open_packet(q, p, dir, room, &payload, out))
        return APP_MORE;        /* nor could the server */
    if (p->version == QUIC_Q050)
        return tell_google(q, dir, payload, out);
    switch (quic_crypto_add(&q->crypto, payload, out, &message)) {
    case CRYPTO_WHOLE: return tell_hello(q, dir, message, out);
    case CRYPTO_LOST: return APP_LOST;
    default: return APP_MORE;
    }
}

static enum app_status on_packets(struct quic *q, enum dir dir, struct span datagram,
                                  struct app_out *out)
{
    struct cursor c = cur_over(datagram);
    struct quic_packet p;
    enum app_status status = APP_MORE;
    while (status == APP_MORE && c.left > 0) {
        bool ok = quic_packet_next(&c, &p);
        if (quic_version_known(p.version))
            q->version = p.version;
        if (!ok)
            break;
        if (p.type == QUIC_INITIAL)
            status = on_initial(q, &p, dir, out);
    }
    return status;
}

static enum app_status on_datagram(struct quic *q, enum dir dir, struct span datagram,
                                   struct app_out *out)
{
    uint32_t google = gquic_version(datagram);
    bool in_the_clear = google != 0 && google != QUIC_Q050;
    if (in_the_clear)
        q->version = google;
    enum app_status status = in_the_clear ? tell_google(q, dir, datagram, out)
                                          : on_packets(q, dir, datagram, out);
    return status == APP_MORE && ++q->datagrams == DATAGRAMS_MAX ? APP_LOST : status;
}

/* Which id will the client use from now on? */
static void on_server(struct quic *q, struct span datagram)
{
    struct cursor c = cur_over(datagram);
    struct quic_packet p = { .scid = SPAN_NONE };
    quic_packet_next(&c, &p);
    if (p.scid.n == 0 || p.scid.n > sizeof q->server)
        return;
    q->server_len = (uint8_t)p.scid.n;
    memcpy(q->server, p.scid.p, p.scid.n);
}

/* All has been told of this connection. Another one begins with an Initial packet to an id that is
 * neither end's, which that id opens. */
static void on_later(struct quic *q, enum dir dir, struct span datagram, struct app_out *out)
{
    struct cursor c = cur_over(datagram);
    struct quic_packet p;
    struct quic next = { 0 };
    if (!quic_packet_next(&c, &p) || p.type != QUIC_INITIAL ||
        span_eq(p.dcid, (struct span){ q->dcid, q->dcid_len }) ||
        span_eq(p.dcid, (struct span){ q->server, q->server_len }))
        return;
    next.status = (uint8_t)on_datagram(&next, dir, datagram, out);
    if (next.has_keys)
        *q = next;
}

struct app_result quic_feed(struct quic *q, enum dir dir, struct span datagram,
                            struct app_out *out)
{
    bool is_long = datagram.n > 0 && (datagram.p[0] & LONG_HEADER) != 0;
    if (q->has_keys && q->client != dir) {
        if (is_long)
            on_server(q, datagram);
    } else if (q->status == APP_MORE) {
        q->status = (uint8_t)on_datagram(q, dir, datagram, out);
    } else if (is_long) {
        on_later(q, dir, datagram, out);
    }
    if (q->status != APP_MORE)
        quic_close(q, out);
    return (struct app_result){ (enum app_status)q->status, datagram.n };
}

void quic_close(struct quic *q, struct app_out *out)
{
    if (q->status == APP_MORE)
        q->status = APP_LOST;
    if (!q->told && q->version != 0)
        tell(q, q->has_keys ? (enum dir)q->client : TO_SERVER, NULL, SPAN_NONE, out);
    forget(q, out);
}
