/* Frames (RFC 9113 4 to 6): one function per state, which returns the next one. Header blocks go into
 * the decompressor as they come, so a block of any length costs no more than its decoded lines, and
 * those are bounded. */
#include "app/http2.h"

#include "app/hpack.h"
#include "app/http2_stream.h"

enum http2_state {
    H2_PREFACE, H2_FRAME,
    H2_FIELDS,      /* what stands ahead of the payload proper: pad length, priority, promised stream */
    H2_DATA, H2_BLOCK, H2_SETTING, H2_RESET, H2_SKIP, H2_LOST
};

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PUSH_PROMISE = 5, CONTINUATION = 9 };
enum { END_STREAM = 0x01, ACK = 0x01, END_HEADERS = 0x04, PADDED = 0x08, PRIORITY = 0x20 };
enum { FRAME_HEAD = 9, STREAM_MASK = 0x7fffffff, SETTING_TABLE_SIZE = 1, SETTING_LEN = 6 };

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE_LEN = sizeof preface - 1 };

struct step {
    struct http2 *h;
    struct http2_side *side;
    enum dir dir;
    struct app_out *out;
};

enum app_probe http2_probe(struct span bytes)
{
    size_t n = bytes.n < PREFACE_LEN ? bytes.n : PREFACE_LEN;
    if (memcmp(bytes.p, preface, n) != 0)
        return PROBE_NO;
    return n == PREFACE_LEN ? PROBE_YES : PROBE_MORE;
}

void http2_open(struct http2 *h)
{
    *h = (struct http2){ 0 };
}

static void forget_block(struct http2_side *side, struct app_out *out)
{
    pool_give(out->pool, side->text);
    side->text = NULL;
    side->text_len = 0;
    side->block_stream = 0;
    side->block_ends_stream = side->block_is_push = side->block_odd = side->block_cut = false;
}

static enum http2_state lose(const struct step *s, const char *why)
{
    http2_anomaly(NULL, s->dir, why, s->out);
    forget_block(s->side, s->out);
    hpack_close(s->side->hpack);
    s->side->hpack = NULL;
    return H2_LOST;
}

void http2_close(struct http2 *h, struct app_out *out)
{
    while (h->streams != NULL) {
        struct http2_stream *oldest = h->streams;
        while (oldest->next != NULL)
            oldest = oldest->next;
        http2_stream_close(h, oldest, TO_CLIENT, out);
    }
    for (int i = 0; i < 2; i++) {
        forget_block(&h->side[i], out);
        hpack_close(h->side[i].hpack);
    }
    *h = (struct http2){ 0 };
}

/* Gathers up to side->need bytes in side->head; false when more are to come. */
static bool gather(struct http2_side *side, struct cursor *in)
{
    size_t missing = (size_t)(side->need - side->have);
    struct span part = cur_take(in, missing < in->left ? missing : in->left);
    memcpy(side->head + side->have, part.p, part.n);
    side->have = (uint8_t)(side->have + part.n);
    if (side->have < side->need)
        return false;
    side->have = 0;
    return true;
}

static enum http2_state gather_next(struct http2_side *side, unsigned n, enum http2_state state)
{
    side->need = (uint8_t)n;
    side->have = 0;
    return state;
}

static enum http2_state next_frame(struct http2_side *side)
{
    return gather_next(side, FRAME_HEAD, H2_FRAME);
}

static enum http2_state on_preface(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    if (s->dir == TO_CLIENT)
        return next_frame(side);
    side->need = PREFACE_LEN;
    if (!gather(side, in))
        return H2_PREFACE;
    return memcmp(side->head, preface, PREFACE_LEN) == 0 ? next_frame(side) : lose(s, "HTTP2_BAD_PREFACE");
}

/* ---- header blocks ---- */

struct emit_ctx { struct http2_side *side; struct app_out *out; };

static uint8_t name_char(uint8_t c)
{
    return c <= ' ' || c == ':' || c >= 0x7f ? '_' : ascii_lower(c);
}

static uint8_t value_char(uint8_t c)
{
    return c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

/* As a line of HTTP/1. Line ends inside would make lines of their own: RFC 9113 8.2.1 forbids them. */
static void write_line(uint8_t *to, struct span name, struct span value, bool *odd)
{
    bool is_host = span_is(name, ":authority") || span_is(name, "host");
    bool is_method = span_is(name, ":method");
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = i == 0 && name.p[i] == ':' ? ':' : name_char(name.p[i]);
        *odd |= c != name.p[i];
        *to++ = c;
    }
    *to++ = ':';
    *to++ = ' ';
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value_char(value.p[i]);
        if (is_method && (c == ' ' || c == '\t'))
            c = '_';
        *odd |= c != value.p[i];
        *to++ = is_host ? ascii_lower(c) : c;
    }
    *to++ = '\r';
    *to++ = '\n';
}

/* Lines beyond head_max are left out; the decompressor goes on, for its table must stay right. */
static void on_header(void *ctx, struct span name, struct span value)
{
    const struct emit_ctx *e = ctx;
    struct http2_side *side = e->side;
    size_t n = name.n + value.n + 4, max = e->out->limits.head_max;
    if (max > POOL_MAX)
        max = POOL_MAX;
    if (name.n == 0)
        return;
    if (side->block_cut || side->text_len + n > max) {
        side->block_cut = true;
        return;
    }
    uint8_t *text = pool_grow(e->out->pool, side->text, side->text_len, side->text_len + n);
    if (text == NULL) {
        e->out->no_memory++;
        side->block_cut = true;
        return;
    }
    side->text = text;
    write_line(text + side->text_len, name, value, &side->block_odd);
    side->text_len += (uint32_t)n;
}

/* Streams are opened in rising order, by the client with odd numbers: one that is not in the list
 * and not higher than all before was closed, and what still arrives for it was under way. */
static struct http2_stream *open_stream(const struct step *s, uint32_t id)
{
    uint32_t *highest = &s->h->side[id % 2 == 1 ? TO_SERVER : TO_CLIENT].highest;
    if (id <= *highest)
        return NULL;
    *highest = id;
    return http2_stream_open(s->h, id, s->dir, s->out);
}

static void block_told(const struct step *s)
{
    struct http2_side *side = s->side;
    struct span lines = { side->text, side->text_len };
    enum dir whose = side->block_is_push ? TO_SERVER : s->dir;
    uint32_t id = side->block_stream;
    struct http2_stream *stream = http2_stream_find(s->h, id);
    if (stream == NULL && side->text != NULL)
        stream = open_stream(s, id);
    if (stream == NULL)
        return;
    if (whose == TO_CLIENT && !stream->tx.has_request)
        stream->ended[TO_SERVER] = true;        /* it was not seen and won't be */
    if (side->text != NULL)
        http2_stream_head(stream, whose, s->dir, lines, s->out);
    if (side->block_odd)
        http2_anomaly(&stream->tx, s->dir, "HTTP2_BAD_HEADER", s->out);
    if (side->block_cut)
        http2_anomaly(&stream->tx, s->dir, "HTTP2_HEAD_TOO_LONG", s->out);
    if (side->block_is_push)
        stream->ended[TO_SERVER] = true;
    else if (side->block_ends_stream)
        http2_stream_end(s->h, stream, s->dir, s->out);
}

static enum http2_state on_block(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    uint32_t data = side->left - side->pad;
    struct span part = cur_take(in, data < in->left ? data : in->left);
    side->left -= (uint32_t)part.n;
    bool whole = side->left == side->pad, last = whole && (side->flags & END_HEADERS) != 0;
    if (side->hpack == NULL && (side->hpack = hpack_open(s->out->pool)) == NULL) {
        s->out->no_memory++;
        return lose(s, "HTTP2_NO_MEMORY");
    }
    hpack_allow(side->hpack, side->table_max);
    struct emit_ctx ctx = { side, s->out };
    switch (hpack_feed(side->hpack, part, last, on_header, &ctx)) {
    case HPACK_OK: break;
    case HPACK_BAD: return lose(s, "HTTP2_BAD_HEADER_COMPRESSION");
    case HPACK_NO_MEMORY: s->out->no_memory++; return lose(s, "HTTP2_NO_MEMORY");
    }
    if (!whole)
        return H2_BLOCK;
    if (last) {
        block_told(s);
        forget_block(side, s->out);
    }
    return H2_SKIP;
}

/* ---- frames ---- */

/* Where the fields ahead of the payload have been read, or there are none. */
static enum http2_state payload_state(const struct step *s)
{
    struct http2_side *side = s->side;
    switch (side->type) {
    case DATA: return H2_DATA;
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION: return H2_BLOCK;
    case SETTINGS: return (side->flags & ACK) == 0 ? gather_next(side, SETTING_LEN, H2_SETTING) : H2_SKIP;
    case RST_STREAM: return H2_RESET;
    default: return H2_SKIP;
    }
}

static unsigned fields_len(const struct http2_side *side)
{
    unsigned n = side->type == PUSH_PROMISE ? 4 : 0;
    if (side->type == DATA || side->type == HEADERS || side->type == PUSH_PROMISE)
        n += (side->flags & PADDED) != 0;
    if (side->type == HEADERS && (side->flags & PRIORITY) != 0)
        n += 5;
    return n;
}

/* What this frame means for the header block under way: RFC 9113 6.2 and 6.10. */
static bool block_in_order(struct http2_side *side)
{
    if (side->type == CONTINUATION)
        return side->block_stream != 0 && side->block_stream == side->stream;
    if (side->block_stream != 0)
        return false;
    if (side->type == HEADERS || side->type == PUSH_PROMISE) {
        side->block_stream = side->stream;
        side->block_ends_stream = side->type == HEADERS && (side->flags & END_STREAM) != 0;
        side->block_is_push = side->type == PUSH_PROMISE;
        return side->stream != 0;
    }
    return true;
}

static enum http2_state on_frame(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    if (!gather(side, in))
        return H2_FRAME;
    struct cursor head = cur_over((struct span){ side->head, FRAME_HEAD });
    side->left = (uint32_t)cur_be(&head, 3);
    side->type = (uint8_t)cur_be(&head, 1);
    side->flags = (uint8_t)cur_be(&head, 1);
    side->stream = (uint32_t)cur_be(&head, 4) & STREAM_MASK;
    side->pad = 0;
    if (!side->begun && side->type != SETTINGS)
        return lose(s, "HTTP2_NO_SETTINGS");    /* RFC 9113 3.4: they come first */
    side->begun = true;
    if (!block_in_order(side))
        return lose(s, "HTTP2_BAD_FRAME_ORDER");
    unsigned fields = fields_len(side);
    if (fields > side->left)
        return lose(s, "HTTP2_BAD_FRAME_LENGTH");
    return fields > 0 ? gather_next(side, fields, H2_FIELDS) : payload_state(s);
}

static enum http2_state on_fields(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    if (!gather(side, in))
        return H2_FIELDS;
    struct cursor fields = cur_over((struct span){ side->head, side->need });
    side->left -= side->need;
    if ((side->flags & PADDED) != 0)
        side->pad = (uint8_t)cur_be(&fields, 1);
    if (side->pad > side->left)
        return lose(s, "HTTP2_BAD_PADDING");
    if (side->type == PUSH_PROMISE)
        side->block_stream = (uint32_t)cur_be(&fields, 4) & STREAM_MASK;
    if (side->type == PUSH_PROMISE && (s->dir == TO_SERVER || side->block_stream == 0))
        return lose(s, "HTTP2_BAD_PUSH");
    return payload_state(s);
}

static enum http2_state on_data(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    uint32_t data = side->left - side->pad;
    struct span part = cur_take(in, data < in->left ? data : in->left);
    struct http2_stream *stream = http2_stream_find(s->h, side->stream);
    side->left -= (uint32_t)part.n;
    if (stream != NULL && part.n > 0)
        http2_stream_body(stream, s->dir, part, s->out);
    if (side->left > side->pad)
        return H2_DATA;
    if (stream != NULL && (side->flags & END_STREAM) != 0)
        http2_stream_end(s->h, stream, s->dir, s->out);
    return H2_SKIP;
}

/* The only setting that matters bounds the table of who sends the other way. */
static enum http2_state on_setting(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side, *other = &s->h->side[!s->dir];
    if (side->left < SETTING_LEN)
        return H2_SKIP;
    if (!gather(side, in))
        return H2_SETTING;
    side->left -= SETTING_LEN;
    struct cursor setting = cur_over((struct span){ side->head, SETTING_LEN });
    uint64_t name = cur_be(&setting, 2), value = cur_be(&setting, 4);
    if (name == SETTING_TABLE_SIZE)
        other->table_max = value < HTTP2_TABLE_MAX ? (uint32_t)value : HTTP2_TABLE_MAX;
    return gather_next(side, SETTING_LEN, H2_SETTING);
}

static enum http2_state on_reset(const struct step *s)
{
    struct http2_stream *stream = http2_stream_find(s->h, s->side->stream);
    if (stream != NULL)
        http2_stream_close(s->h, stream, s->dir, s->out);
    return H2_SKIP;
}

static enum http2_state on_skip(const struct step *s, struct cursor *in)
{
    struct http2_side *side = s->side;
    struct span part = cur_take(in, side->left < in->left ? side->left : in->left);
    side->left -= (uint32_t)part.n;
    side->pad = 0;
    return side->left > 0 ? H2_SKIP : next_frame(side);
}

static enum http2_state step(const struct step *s, struct cursor *in)
{
    switch ((enum http2_state)s->side->state) {
    case H2_PREFACE: return on_preface(s, in);
    case H2_FRAME: return on_frame(s, in);
    case H2_FIELDS: return on_fields(s, in);
    case H2_DATA: return on_data(s, in);
    case H2_BLOCK: return on_block(s, in);
    case H2_SETTING: return on_setting(s, in);
    case H2_RESET: return on_reset(s);
    case H2_SKIP: return on_skip(s, in);
    case H2_LOST: break;
    }
    return H2_LOST;
}

/* States that need no byte to go on: an empty payload, the end of a frame. */
static bool goes_on(const struct http2_side *side)
{
    return side->state >= H2_DATA && side->state <= H2_SKIP && side->left == side->pad &&
           (side->state != H2_SKIP || side->left == 0);
}

static struct app_result result(const struct http2 *h)
{
    bool lost = h->side[0].state == H2_LOST && h->side[1].state == H2_LOST;
    return (struct app_result){ lost ? APP_LOST : APP_MORE, 0 };
}

struct app_result http2_feed(struct http2 *h, enum dir dir, struct span bytes, struct app_out *out)
{
    struct step s = { h, &h->side[dir], dir, out };
    struct cursor in = cur_over(bytes);
    while (s.side->state != H2_LOST && (in.left > 0 || goes_on(s.side)))
        s.side->state = (uint8_t)step(&s, &in);
    struct app_result r = result(h);
    r.used = bytes.n;
    return r;
}

/* Passes over bytes of a body or of a frame that nobody reads. */
static bool pass(const struct step *s, uint64_t n)
{
    struct http2_side *side = s->side;
    uint32_t data = side->left - side->pad;
    if (side->state == H2_SKIP && n <= side->left) {
        side->left -= (uint32_t)n;
        return true;
    }
    if (side->state != H2_DATA || n > data)
        return false;
    side->left -= (uint32_t)n;
    struct http2_stream *stream = http2_stream_find(s->h, side->stream);
    if (stream != NULL)
        http2_stream_gap(stream, s->dir, n, s->out);
    return true;
}

struct app_result http2_gap(struct http2 *h, enum dir dir, uint64_t n, struct app_out *out)
{
    struct step s = { h, &h->side[dir], dir, out };
    if (s.side->state != H2_LOST && !pass(&s, n))
        s.side->state = (uint8_t)lose(&s, "HTTP2_GAP");
    return result(h);
}
