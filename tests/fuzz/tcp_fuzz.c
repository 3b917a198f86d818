/* reasm/: packets of one connection as the input says. Property: each byte that is handed on is the
 * first byte that was sent for its place, places rise, and all memory comes back.
 * Input: 6 bytes a packet: direction and flags, offset (16 bits), length, acknowledgement (16). */
#include "tests/unit/tcp_harness.h"

enum { SPACE = 1 << 16 };

struct model {
    struct wire *w;
    uint8_t first[2][SPACE], sent[2][SPACE];    /* sent: 1 once a byte for the place has come */
    uint32_t at[2];                             /* place of the next byte handed on */
    bool broken[2];                             /* a new connection or a resynchronisation */
};

static void heard(void *ctx, struct flow *f, enum dir dir, struct span bytes)
{
    struct model *m = ctx;
    (void)f;
    for (size_t i = 0; i < bytes.n && !m->broken[dir]; i++, m->at[dir]++)
        if (m->at[dir] >= SPACE || !m->sent[dir][m->at[dir]] ||
            m->first[dir][m->at[dir]] != bytes.p[i])
            abort();
}

static void lost(void *ctx, struct flow *f, enum dir dir, uint64_t n)
{
    struct model *m = ctx;
    (void)f;
    m->at[dir] += (uint32_t)n;
}

static void ended(void *ctx, struct flow *f, enum dir dir)
{
    (void)ctx, (void)f, (void)dir;
}

static void closed(void *ctx, struct flow *f, enum flow_why why)
{
    struct model *m = ctx;
    (void)why;
    tcp_close(&m->w->tcp, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t content[256];
    struct model *m = calloc(1, sizeof *m);
    struct wire *w = m->w = wire_open();
    const uint32_t base[2] = { 0xffffff00u, 5000 };
    w->cfg.reasm_flow_max = 2048;
    w->tcp.slice = heard;
    w->tcp.gap = lost;
    w->tcp.end = ended;
    w->tcp.ctx = m;
    w->flows.closed = closed;
    w->flows.ctx = m;
    struct span none = SPAN_NONE;
    wire_send(w, TO_SERVER, TH_SYN, base[0] - 1, 0, none);
    wire_send(w, TO_CLIENT, TH_SYN | TH_ACK, base[1] - 1, base[0], none);
    wire_send(w, TO_SERVER, TH_ACK, base[0], base[1], none);

    struct cursor in = cur_over((struct span){ data, size });
    for (unsigned n = 0; in.left >= 6 && n < 400; n++) {
        uint8_t head = (uint8_t)cur_be(&in, 1);
        uint32_t place = (uint32_t)cur_be(&in, 2) % (SPACE - 256);
        size_t len = (size_t)cur_be(&in, 1);
        uint32_t acked = (uint32_t)cur_be(&in, 2);
        enum dir dir = head & 1 ? TO_CLIENT : TO_SERVER;
        uint8_t flags = TH_ACK;
        if ((head & 0x0e) == 0x0e)
            flags |= TH_FIN;
        if ((head & 0xf0) == 0xf0)
            flags = TH_RST;
        if (head & 0x40)
            place = m->at[dir] + place % 64;            /* near where the stream is */
        if (place + len >= SPACE)
            continue;
        for (size_t i = 0; i < len; i++)
            content[i] = (uint8_t)(n * 37 + i);
        if (flags & TH_RST)
            len = 0;
        for (size_t i = 0; i < len; i++)
            if (!m->sent[dir][place + i] && place + i >= m->at[dir]) {
                m->sent[dir][place + i] = 1;
                m->first[dir][place + i] = content[i];
            }
        uint64_t refused = w->tcp.n.out_of_window;
        wire_send(w, dir, flags, base[dir] + place, base[!dir] + acked, (struct span){ content, len });
        if (w->tcp.n.out_of_window != refused)
            m->broken[dir] = true;                      /* the model has kept what the box did not */
    }
    flow_end_all(&w->flows, FLOW_WHY_SHUTDOWN);
    if (pool_in_use(w->pool) != 0)
        abort();
    wire_close(w);
    free(m);
    return 0;
}
