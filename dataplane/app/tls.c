#include "app/tls_messages.h"

enum side_state { SIDE_START, REC_HEAD, REC_BODY, SIDE_LOST };

enum {                              /* record types: RFC 8446 5.1; the last is ours */
    REC_CCS = 20, REC_ALERT = 21, REC_HANDSHAKE = 22, REC_DATA = 23, REC_HEARTBEAT = 24,
    REC_SSL2 = 0x80
};

/* RFC 5246 6.2.3: what compression and encryption may add to 16 KiB. */
enum { RECORD_MAX = 16384 + 2048, SSL2_HELLO_MIN = 9, HELD_MIN = 2048 };

/* How many protected records a client may send before an unseen server counts as not captured: one
 * may overtake the ServerHello where two capture ports are merged, and early data comes in bulk. */
enum { SEALED_PLAIN = 3, SEALED_EARLY = 64 };

static_assert(sizeof(struct tls) <= 128, "lives within the flow");

static void let_go(struct tls_side *side, struct app_out *out)
{
    pool_give(out->pool, side->held);
    side->held = NULL;
    side->n_held = 0;
}

static void lose(struct tls_side *side, struct app_out *out)
{
    let_go(side, out);
    side->state = SIDE_LOST;
}

static void break_off(struct tls *t, enum dir dir, const char *anomaly, struct app_out *out)
{
    lose(&t->side[dir], out);
    out->fact(out->ctx, &(struct fact){ .kind = FACT_ANOMALY, .dir = dir, .anomaly = anomaly });
}

static bool going(const struct tls *t, const struct tls_side *side)
{
    return side->state != SIDE_LOST && !(t->flags & TLS_OVER);
}

/* ---- handshake messages, gathered over records ---- */

/* Handshake bytes that may hold something new: all of a server's, a client's up to its hello, and the
 * hello that a server asked for again, which stands behind a ChangeCipherSpec. */
static bool wanted(const struct tls *t, enum dir dir)
{
    const struct tls_side *side = &t->side[dir];
    bool client = dir == tls_client_dir(t), again = client && (t->flags & TLS_RETRY);
    bool heard = client && t->store != NULL && t->store->s.has_client;
    return side->type == REC_HANDSHAKE && (again || (side->sealed == 0 && !heard));
}

/* Keeps what of `in` is needed to have `want` bytes together. */
static bool hold(struct tls_side *side, struct cursor *in, size_t want, struct app_out *out)
{
    size_t n = want - side->n_held < in->left ? want - side->n_held : in->left;
    size_t room = side->n_held + n, early = want < HELD_MIN ? want : HELD_MIN;
    uint8_t *held = pool_grow(out->pool, side->held, side->n_held, room > early ? room : early);
    if (held == NULL)
        return false;
    struct span part = cur_take(in, n);
    memcpy(held + side->n_held, part.p, part.n);
    side->held = held;
    side->n_held += (uint32_t)part.n;
    return true;
}

/* One message, as far as it is wanted; the rest of it is passed over. */
static void on_whole(struct tls *t, enum dir dir, struct span message, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    size_t whole = 4 + tls_message_len(message);
    side->skip = (uint32_t)(whole - message.n);
    const char *anomaly = tls_message(t, dir, message, out);
    if (anomaly != NULL)
        break_off(t, dir, anomaly, out);
    else if (t->store == NULL && tls_message_needs_store(message))
        lose(side, out);            /* no memory, counted */
}

static void on_handshake(struct tls *t, enum dir dir, struct span part, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    struct cursor in = cur_over(part);
    while (going(t, side) && wanted(t, dir) && (in.left > 0 || side->n_held > 0)) {
        if (side->skip > 0) {
            side->skip -= (uint32_t)cur_take(&in, side->skip < in.left ? side->skip : in.left).n;
            if (in.left == 0)
                return;
        }
        struct span seen = side->n_held > 0 ? (struct span){ side->held, side->n_held } : cur_rest(&in);
        size_t want = tls_message_want(seen, out->limits.head_max);
        if (want == 0) {
            break_off(t, dir, "INVALID_HANDSHAKE_MESSAGE", out);
        } else if (side->n_held == 0 && want <= in.left) {
            on_whole(t, dir, cur_take(&in, want), out);
        } else if (side->n_held == want) {
            on_whole(t, dir, (struct span){ side->held, want }, out);
            let_go(side, out);
        } else if (in.left == 0) {
            return;
        } else if (!hold(side, &in, want, out)) {
            out->no_memory++;
            lose(side, out);
        }
    }
}

/* ---- records ---- */

/* A ChangeCipherSpec, application data, or a handshake record behind the former: does the plain
 * part of the handshake end here? */
static bool ends_plain_part(struct tls *t, enum dir dir)
{
    bool has_server = t->store != NULL && t->store->s.has_server;
    if (dir != tls_client_dir(t))       /* RFC 8446 D.4 lets a server send one after asking for a retry */
        return !(t->flags & TLS_RETRY);
    if (has_server)
        return true;
    struct tls_side *side = &t->side[dir];
    side->sealed += side->sealed < UINT8_MAX;
    return side->sealed >= (t->flags & (TLS_EARLY | TLS_RETRY) ? SEALED_EARLY : SEALED_PLAIN);
}

static void on_record(struct tls *t, enum dir dir, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    bool sealed = side->type == REC_CCS || side->type == REC_DATA ||
                  (side->type == REC_HANDSHAKE && side->sealed > 0);
    if (side->type == REC_CCS && dir != tls_client_dir(t))
        t->flags |= TLS_SERVER_CCS;
    if (sealed && ends_plain_part(t, dir))
        tls_over(t, dir, out);
}

static const char *head_anomaly(const struct tls_side *side, size_t n)
{
    if (side->head[0] < REC_CCS || side->head[0] > REC_HEARTBEAT)
        return "INVALID_RECORD_TYPE";
    if (side->head[1] != 3)
        return "INVALID_RECORD_VERSION";
    return n > RECORD_MAX ? "INVALID_RECORD_LENGTH" : NULL;
}

/* The head is whole. */
static void on_head(struct tls *t, enum dir dir, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    const char *anomaly;
    if (side->n_head == 2) {
        side->type = REC_SSL2;
        side->left = (uint16_t)((side->head[0] & 0x7f) << 8 | side->head[1]);
        anomaly = side->left < SSL2_HELLO_MIN ? "INVALID_RECORD_LENGTH" : NULL;
    } else {
        side->type = side->head[0];
        side->left = (uint16_t)(side->head[3] << 8 | side->head[4]);
        anomaly = head_anomaly(side, side->left);
    }
    side->n_head = 0;
    side->state = side->left > 0 ? REC_BODY : REC_HEAD;
    if (anomaly != NULL)
        break_off(t, dir, anomaly, out);
    else
        on_record(t, dir, out);
}

static void feed_head(struct tls *t, enum dir dir, struct cursor *in, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    uint8_t first = side->n_head > 0 ? side->head[0] : in->p[0];
    size_t need = side->state == SIDE_START && first >= REC_SSL2 ? 2 : 5;
    struct span part = cur_take(in, need - side->n_head < in->left ? need - side->n_head : in->left);
    memcpy(side->head + side->n_head, part.p, part.n);
    side->n_head = (uint8_t)(side->n_head + part.n);
    if (side->n_head == need)
        on_head(t, dir, out);
}

/* An SSLv2 hello is its record, so it is whole when the record is. */
static void on_ssl2(struct tls *t, enum dir dir, struct span part, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    struct span hello = part;
    if (side->n_held > 0 || side->left > 0) {
        struct cursor in = cur_over(part);
        if (!hold(side, &in, side->n_held + part.n + side->left, out)) {
            out->no_memory++;
            lose(side, out);
            return;
        }
        hello = (struct span){ side->held, side->n_held };
    }
    if (side->left > 0)
        return;
    const char *anomaly = tls_message_v2(t, dir, hello, out);
    let_go(side, out);
    if (anomaly != NULL)
        break_off(t, dir, anomaly, out);
}

static void feed_body(struct tls *t, enum dir dir, struct cursor *in, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    struct span part = cur_take(in, side->left < in->left ? side->left : in->left);
    side->left = (uint16_t)(side->left - part.n);
    if (side->left == 0)
        side->state = REC_HEAD;
    if (side->type == REC_SSL2)
        on_ssl2(t, dir, part, out);
    else if (wanted(t, dir))
        on_handshake(t, dir, part, out);
}

/* A lost server has no more to tell once the client's hello stands, and the other way round. */
static void settle(struct tls *t, enum dir dir, struct app_out *out)
{
    const struct tls_side *client = &t->side[tls_client_dir(t)], *server = &t->side[!tls_client_dir(t)];
    bool has_client = t->store != NULL && t->store->s.has_client;
    if (server->state == SIDE_LOST && (has_client || client->state == SIDE_LOST))
        tls_over(t, dir, out);
}

static enum app_status status_of(const struct tls *t)
{
    if (t->side[0].state == SIDE_LOST && t->side[1].state == SIDE_LOST)
        return APP_LOST;
    return t->flags & TLS_OVER ? APP_DONE : APP_MORE;
}

struct app_result tls_feed(struct tls *t, enum dir dir, struct span bytes, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    struct cursor in = cur_over(bytes);
    while (in.left > 0 && going(t, side)) {
        if (side->state == REC_BODY)
            feed_body(t, dir, &in, out);
        else
            feed_head(t, dir, &in, out);
        settle(t, dir, out);
    }
    if (t->flags & TLS_OVER)
        tls_close(t, out);
    return (struct app_result){ status_of(t), bytes.n };
}

/* A hole within bytes that would be passed over anyway does no harm. */
static bool may_miss(const struct tls *t, enum dir dir, uint64_t n)
{
    const struct tls_side *side = &t->side[dir];
    if (side->state != REC_BODY || n > side->left || side->type == REC_SSL2)
        return false;
    return !wanted(t, dir) || side->skip >= n;
}

void tls_gap(struct tls *t, enum dir dir, uint64_t n, struct app_out *out)
{
    struct tls_side *side = &t->side[dir];
    if (!going(t, side) || n == 0)
        return;
    if (may_miss(t, dir, n)) {
        if (wanted(t, dir))
            side->skip -= (uint32_t)n;
        side->left = (uint16_t)(side->left - n);
        if (side->left == 0)
            side->state = REC_HEAD;
        return;
    }
    lose(side, out);
    settle(t, dir, out);
    if (t->flags & TLS_OVER)
        tls_close(t, out);
}

void tls_close(struct tls *t, struct app_out *out)
{
    tls_over(t, TO_SERVER, out);
    let_go(&t->side[0], out);
    let_go(&t->side[1], out);
    if (t->store != NULL) {
        struct arena arena = t->store->arena;
        t->store = NULL;
        arena_free(&arena, out->pool);
    }
}
