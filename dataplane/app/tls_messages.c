#include "app/tls_messages.h"

#include "app/tls_session.h"

enum { SSL2_SERVER_HELLO = 4, CERT_HEAD = 10 };  /* message head, length of list, length of the first */

static void tell(struct tls *t, enum fact_kind kind, enum dir dir, struct app_out *out)
{
    out->fact(out->ctx, &(struct fact){ .kind = kind, .dir = dir, .tls = &t->store->s });
}

static bool need_store(struct tls *t, struct app_out *out)
{
    if (t->store != NULL)
        return true;
    struct arena arena = { NULL };
    t->store = arena_take(&arena, out->pool, sizeof *t->store);
    if (t->store == NULL) {
        out->no_memory++;
        return false;
    }
    tls_session_init(&t->store->s, false);
    t->store->arena = arena;
    t->store->id_len = 0;
    return true;
}

size_t tls_message_len(struct span message)
{
    struct cursor c = cur_over(message);
    cur_be(&c, 1);
    return (size_t)cur_be(&c, 3);
}

size_t tls_message_want(struct span first, size_t max)
{
    if (first.n < 4)
        return 4;
    size_t whole = 4 + tls_message_len(first);
    if (first.p[0] == TLS_CLIENT_HELLO || first.p[0] == TLS_SERVER_HELLO)
        return whole <= max ? whole : 0;
    if (first.p[0] != TLS_CERTIFICATE || whole < CERT_HEAD)
        return 4;
    if (first.n < CERT_HEAD)
        return CERT_HEAD;
    struct cursor c = cur_over(first);
    cur_take(&c, CERT_HEAD - 3);    /* of a chain, only the server's own is wanted: the first */
    size_t leaf = CERT_HEAD + (size_t)cur_be(&c, 3);
    return leaf <= whole && leaf <= max ? leaf : 0;
}

bool tls_message_needs_store(struct span message)
{
    return message.p[0] == TLS_CLIENT_HELLO || message.p[0] == TLS_SERVER_HELLO;
}

static void flip_to(struct tls *t, bool flipped)
{
    if (flipped && t->store == NULL)    /* the first hello decides who is the client */
        t->flags |= TLS_FLIPPED;
}

static const char *on_client(struct tls *t, enum dir dir, const struct client_hello *h,
                             struct app_out *out)
{
    flip_to(t, dir == TO_CLIENT);
    if (!need_store(t, out))
        return NULL;
    struct tls_store *store = t->store;
    bool renamed = (t->flags & TLS_RETRY) && !tls_session_same_name(&store->s, h);
    if (store->s.has_client && !renamed)
        return NULL;                /* after a retry the first hello counts, unless it hid the name */
    if (h->session_id.n <= sizeof store->id) {
        store->id_len = (uint8_t)h->session_id.n;
        memcpy(store->id, h->session_id.p, h->session_id.n);
    }
    if (h->has_early_data)
        t->flags |= TLS_EARLY;
    tls_session_client(&store->s, h, &store->arena, out);
    tell(t, FACT_TLS_CLIENT, dir, out);
    return NULL;
}

static bool is_tls13(uint16_t version)
{
    return version == TLS_V_13 || version >> 8 >= 0x7f;
}

static const char *on_server(struct tls *t, enum dir dir, const struct server_hello *h,
                             struct app_out *out)
{
    flip_to(t, dir == TO_SERVER);
    if (h->retry) {
        t->flags |= TLS_RETRY;
        need_store(t, out);
        return NULL;
    }
    t->flags &= (uint8_t)~TLS_RETRY;
    if (!need_store(t, out) || t->store->s.has_server)
        return NULL;
    struct tls_store *store = t->store;
    tls_session_server(&store->s, h, &store->arena, out);
    if (h->session_id.n > 0 && !is_tls13(h->version) &&
        span_eq(h->session_id, (struct span){ store->id, store->id_len }))
        t->flags |= TLS_ID_ECHOED;
    tell(t, FACT_TLS_SERVER, dir, out);
    if (is_tls13(h->version))
        tls_over(t, dir, out);
    return NULL;
}

/* `message` ends with the first certificate. */
static const char *on_certificate(struct tls *t, enum dir dir, struct span message,
                                  struct app_out *out)
{
    if (message.n <= CERT_HEAD || t->store == NULL || (t->flags & TLS_SAW_CERT) ||
        dir == tls_client_dir(t))   /* a client's own certificate is not the session's */
        return NULL;
    t->flags |= TLS_SAW_CERT;
    struct tls_store *store = t->store;
    if (!tls_session_cert(&store->s, span_sub(message, CERT_HEAD, message.n), &store->arena, out)) {
        out->fact(out->ctx, &(struct fact){ .kind = FACT_ANOMALY, .dir = dir,
                                            .anomaly = "INVALID_CERTIFICATE" });
        return NULL;                /* the handshake itself can still be followed */
    }
    tell(t, FACT_TLS_CERT, dir, out);
    return NULL;
}

const char *tls_message(struct tls *t, enum dir dir, struct span message, struct app_out *out)
{
    static const char broken[] = "INVALID_HANDSHAKE_MESSAGE";
    struct client_hello client;
    struct server_hello server;
    switch (message.p[0]) {
    case TLS_CLIENT_HELLO:
        return client_hello_read(message, &client) ? on_client(t, dir, &client, out) : broken;
    case TLS_SERVER_HELLO:
        return server_hello_read(message, &server) ? on_server(t, dir, &server, out) : broken;
    case TLS_CERTIFICATE:
        return on_certificate(t, dir, message, out);
    case TLS_SERVER_HELLO_DONE:
        if (dir != tls_client_dir(t))
            tls_over(t, dir, out);
        return NULL;
    default:
        return NULL;
    }
}

static const char *on_server_v2(struct tls *t, enum dir dir, struct app_out *out)
{
    flip_to(t, dir == TO_SERVER);
    if (!need_store(t, out))
        return NULL;
    t->store->s.has_server = true;
    t->store->s.version = TLS_V_SSL2;
    tell(t, FACT_TLS_SERVER, dir, out);
    tls_over(t, dir, out);
    return NULL;
}

const char *tls_message_v2(struct tls *t, enum dir dir, struct span hello, struct app_out *out)
{
    struct client_hello client;
    if (hello.n > 0 && hello.p[0] == SSL2_SERVER_HELLO)
        return on_server_v2(t, dir, out);
    return client_hello_read_v2(hello, &client) ? on_client(t, dir, &client, out)
                                                : "INVALID_SSLV2_HEADER";
}

void tls_over(struct tls *t, enum dir dir, struct app_out *out)
{
    if (t->flags & TLS_OVER)
        return;
    t->flags |= TLS_OVER;
    if (t->store == NULL)
        return;
    struct tls_session *s = &t->store->s;
    const unsigned resumed = TLS_ID_ECHOED | TLS_SERVER_CCS;
    s->resumed = (t->flags & (resumed | TLS_SAW_CERT)) == resumed;
    tell(t, FACT_TLS_DONE, dir, out);
}
