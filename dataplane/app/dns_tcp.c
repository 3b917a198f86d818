/* DNS over TCP: messages behind a length of two bytes (RFC 1035 4.2.2), several on a connection
 * (RFC 7766 6.2.1). A message that stands whole in the bytes given is read where it stands. */
#include "app/dns.h"
#include "app/dns_message.h"

enum { WAY_LENGTH, WAY_LENGTH_LOW, WAY_BODY, WAY_HOLED, WAY_LOST };
enum { MESSAGE_MIN = 12, PROBE_ENOUGH = 12 + DNS_NAME_MAX + 4 };

enum app_probe dns_tcp_probe(enum dir dir, struct span first, bool likely)
{
    (void)dir;
    struct cursor c = cur_over(first);
    size_t whole = (size_t)cur_be(&c, 2);
    if (c.bad)
        return PROBE_MORE;
    struct span beginning = span_sub(cur_rest(&c), 0, whole);
    enum app_probe p = dns_message_probe(beginning, whole, likely);
    bool enough = beginning.n == whole || beginning.n >= PROBE_ENOUGH;
    return p == PROBE_MORE && enough ? PROBE_NO : p;
}

static void drop_held(struct dns_tcp_way *w, struct app_out *out)
{
    pool_give(out->pool, w->held);
    w->held = NULL;
    w->n_held = 0;
}

static uint8_t lose(struct dns_tcp_way *w, struct app_out *out)
{
    drop_held(w, out);
    return WAY_LOST;
}

static uint8_t on_length(struct dns_tcp_way *w, uint16_t length, enum dir dir, struct app_out *out)
{
    w->want = length;
    if (length >= MESSAGE_MIN)
        return WAY_BODY;
    struct fact f = { .kind = FACT_ANOMALY, .dir = dir, .anomaly = "DNS_TCP_LENGTH" };
    out->fact(out->ctx, &f);
    return length > 0 ? WAY_HOLED : WAY_LENGTH;     /* too short for a message: servers pass over it */
}

/* Grows as bytes come, not as the length promises: a promise costs an attacker nothing. */
static bool hold(struct dns_tcp_way *w, struct span part, struct app_out *out)
{
    uint8_t *b = pool_grow(out->pool, w->held, w->n_held, w->n_held + part.n);
    if (b == NULL)
        return false;
    memcpy(b + w->n_held, part.p, part.n);
    w->held = b;
    w->n_held = (uint16_t)(w->n_held + part.n);
    return true;
}

static uint8_t on_body(struct dns_tcp_way *w, struct cursor *in, enum dir dir, struct app_out *out)
{
    size_t missing = (size_t)w->want - w->n_held;
    struct span part = cur_take(in, missing < in->left ? missing : in->left);
    if (w->n_held == 0 && part.n == missing) {
        dns_message_tell(part, dir, out);
        return WAY_LENGTH;
    }
    if (!hold(w, part, out)) {
        out->no_memory++;
        return lose(w, out);
    }
    if (w->n_held < w->want)
        return WAY_BODY;
    dns_message_tell((struct span){ w->held, w->n_held }, dir, out);
    drop_held(w, out);
    return WAY_LENGTH;
}

/* The rest of a message that has a hole: its end is known, so the next one is found. */
static uint8_t on_holed(struct dns_tcp_way *w, struct cursor *in)
{
    w->want = (uint16_t)(w->want - cur_take(in, w->want < in->left ? w->want : in->left).n);
    return w->want > 0 ? WAY_HOLED : WAY_LENGTH;
}

struct app_result dns_tcp_feed(struct dns_tcp *t, enum dir dir, struct span bytes,
                               struct app_out *out)
{
    struct dns_tcp_way *w = &t->way[dir];
    struct cursor in = cur_over(bytes);
    while (in.left > 0 && w->state != WAY_LOST) {
        if (w->state == WAY_LENGTH) {
            w->high = (uint8_t)cur_be(&in, 1);
            w->state = WAY_LENGTH_LOW;
        } else if (w->state == WAY_LENGTH_LOW) {
            w->state = on_length(w, (uint16_t)(w->high << 8 | cur_be(&in, 1)), dir, out);
        } else if (w->state == WAY_BODY) {
            w->state = on_body(w, &in, dir, out);
        } else {
            w->state = on_holed(w, &in);
        }
    }
    bool lost = t->way[TO_SERVER].state == WAY_LOST && t->way[TO_CLIENT].state == WAY_LOST;
    return (struct app_result){ lost ? APP_LOST : APP_MORE, bytes.n };
}

/* What came before the hole may still hold the question. */
static void tell_held(struct dns_tcp_way *w, enum dir dir, struct app_out *out)
{
    if (w->n_held >= MESSAGE_MIN)
        dns_message_tell((struct span){ w->held, w->n_held }, dir, out);
    drop_held(w, out);
}

void dns_tcp_gap(struct dns_tcp *t, enum dir dir, uint64_t n, struct app_out *out)
{
    struct dns_tcp_way *w = &t->way[dir];
    uint32_t missing = w->state == WAY_BODY ? (uint32_t)w->want - w->n_held : w->want;
    if (w->state == WAY_BODY)
        tell_held(w, dir, out);
    if ((w->state != WAY_BODY && w->state != WAY_HOLED) || n > missing) {
        w->state = lose(w, out);    /* where the next length stands is anybody's guess */
        return;
    }
    w->want = (uint16_t)(missing - n);
    w->state = w->want > 0 ? WAY_HOLED : WAY_LENGTH;
}

void dns_tcp_close(struct dns_tcp *t, struct app_out *out)
{
    for (unsigned dir = TO_SERVER; dir <= TO_CLIENT; dir++)
        tell_held(&t->way[dir], (enum dir)dir, out);
    *t = (struct dns_tcp){ 0 };
}
