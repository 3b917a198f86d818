#include "app/quic_crypto.h"
#include "app/quic_packet.h"

#include <assert.h>

enum { RANGES_MAX = 128, CRYPTO_MAX = 16384, MESSAGE_HEAD = 4, CLIENT_HELLO = 1 };
enum frame {
    FRAME_PADDING = 0, FRAME_PING = 1, FRAME_ACK = 2, FRAME_ACK_ECN = 3, FRAME_CRYPTO = 6,
    FRAME_CLOSE = 0x1c
};

struct range { uint16_t from, to; };    /* [from, to) */

/* Sorted, and neither overlapping nor touching. */
struct quic_crypto {
    uint16_t n, room;
    struct range range[RANGES_MAX];
    uint8_t bytes[];
};
static_assert(CRYPTO_MAX <= UINT16_MAX, "ranges are 16 bits wide");

static struct quic_crypto *with_room(struct quic_crypto *c, size_t room, struct app_out *out)
{
    if (c != NULL && room <= c->room)
        return c;
    size_t used = c != NULL ? sizeof *c + c->room : 0;
    bool fresh = c == NULL;
    c = pool_grow(out->pool, c, used, sizeof *c + room);
    if (c == NULL)
        return NULL;
    if (fresh)
        c->n = 0;
    size_t real = pool_room(out->pool, c) - sizeof *c;
    c->room = (uint16_t)(real < CRYPTO_MAX ? real : CRYPTO_MAX);
    return c;
}

static void copy_part(struct quic_crypto *c, uint32_t from, uint32_t to, struct span data,
                      uint32_t offset)
{
    memcpy(c->bytes + from, data.p + (from - offset), to - from);
}

/* Copies what no range covers yet. */
static void fill_holes(struct quic_crypto *c, uint32_t offset, struct span data)
{
    uint32_t at = offset, end = offset + (uint32_t)data.n;
    for (unsigned i = 0; i < c->n && c->range[i].from < end; i++) {
        if (c->range[i].from > at)
            copy_part(c, at, c->range[i].from, data, offset);
        if (c->range[i].to > at)
            at = c->range[i].to;
    }
    if (at < end)
        copy_part(c, at, end, data, offset);
}

/* [i, j) are the ranges that the new one touches. False when it would be one too many: no client
 * scatters its hello that wide, unless to hide it. */
static bool join_ranges(struct quic_crypto *c, struct range new)
{
    unsigned i = 0;
    while (i < c->n && c->range[i].to < new.from)
        i++;
    unsigned j = i;
    while (j < c->n && c->range[j].from <= new.to)
        j++;
    if (i == j && c->n == RANGES_MAX)
        return false;
    if (i < j) {
        if (c->range[i].from < new.from)
            new.from = c->range[i].from;
        if (c->range[j - 1].to > new.to)
            new.to = c->range[j - 1].to;
    }
    memmove(&c->range[i + 1], &c->range[j], (c->n - j) * sizeof c->range[0]);
    c->n = (uint16_t)(c->n + 1 - (j - i));
    c->range[i] = new;
    return true;
}

static bool insert(struct quic_crypto **crypto, uint64_t offset, struct span data,
                   struct app_out *out)
{
    if (offset > CRYPTO_MAX || data.n > CRYPTO_MAX - offset)
        return false;
    struct quic_crypto *c = with_room(*crypto, (size_t)offset + data.n, out);
    if (c == NULL) {
        out->no_memory++;
        return false;
    }
    *crypto = c;
    fill_holes(c, (uint32_t)offset, data);
    return join_ranges(c, (struct range){ (uint16_t)offset, (uint16_t)(offset + data.n) });
}

/* Is the first message whole in the bytes from the stream's beginning? */
static enum crypto_result look(struct span beginning, struct span *message)
{
    struct cursor c = cur_over(beginning);
    unsigned type = (unsigned)cur_be(&c, 1);
    size_t n = (size_t)cur_be(&c, 3);
    if (beginning.n > 0 && type != CLIENT_HELLO)
        return CRYPTO_LOST;
    if (c.bad)
        return CRYPTO_MORE;
    if (n > CRYPTO_MAX - MESSAGE_HEAD)
        return CRYPTO_LOST;
    *message = span_sub(beginning, 0, MESSAGE_HEAD + n);
    return c.left >= n ? CRYPTO_WHOLE : CRYPTO_MORE;
}

static enum crypto_result on_crypto(struct quic_crypto **crypto, struct cursor *in,
                                    struct app_out *out, struct span *message)
{
    uint64_t offset = quic_varint(in);
    struct cursor body = quic_block(in);
    if (body.bad || body.left == 0)
        return CRYPTO_MORE;
    if (*crypto == NULL && offset == 0) {   /* in one piece, as most were before they grew */
        enum crypto_result r = look(cur_rest(&body), message);
        if (r != CRYPTO_MORE)
            return r;
    }
    if (!insert(crypto, offset, cur_rest(&body), out))
        return CRYPTO_LOST;
    const struct quic_crypto *c = *crypto;
    return c->range[0].from > 0 ? CRYPTO_MORE
                                : look((struct span){ c->bytes, c->range[0].to }, message);
}

static void skip_ack(struct cursor *in, bool ecn)
{
    quic_varint(in);        /* largest acknowledged */
    quic_varint(in);        /* delay */
    uint64_t ranges = quic_varint(in);
    quic_varint(in);
    for (uint64_t i = 0; i < ranges && !in->bad; i++) {
        quic_varint(in);
        quic_varint(in);
    }
    for (unsigned i = 0; ecn && i < 3; i++)
        quic_varint(in);
}

enum crypto_result quic_crypto_add(struct quic_crypto **c, struct span payload, struct app_out *out,
                                   struct span *message)
{
    struct cursor in = cur_over(payload);
    enum crypto_result r = CRYPTO_MORE;
    while (in.left > 0 && r == CRYPTO_MORE) {
        switch (quic_varint(&in)) {
        case FRAME_PADDING: case FRAME_PING: break;
        case FRAME_ACK: skip_ack(&in, false); break;
        case FRAME_ACK_ECN: skip_ack(&in, true); break;
        case FRAME_CRYPTO: r = on_crypto(c, &in, out, message); break;
        case FRAME_CLOSE:
            quic_varint(&in);       /* error */
            quic_varint(&in);       /* frame type */
            quic_block(&in);        /* reason */
            break;
        default: return CRYPTO_MORE;
        }
    }
    return r;
}
