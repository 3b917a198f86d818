/* Connection state and in-order bytes. Sequence numbers are compared as signed differences, which
 * takes care of their wrap (RFC 9293 3.4). */
#include "reasm/tcp.h"

#include "reasm/segment.h"

enum {
    SLACK = 65536,              /* bytes beyond the advertised window that we still take */
    FAR = 1 << 30,              /* no honest segment is this far ahead */
    GAP_SEGMENTS = 16,          /* a hole that was acknowledged is given up after so many segments */
    GAP_MS = 500,               /* or after so long: late frames come within that */
};

static int32_t ahead(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

static uint32_t ms_of(const struct packet *p) { return (uint32_t)(p->ts_ns / 1000000); }

/* ---- bytes in order ---- */

static void hand_on(struct tcp *t, struct flow *f, enum dir dir, struct span bytes)
{
    struct stream *s = &f->stream[dir];
    s->next += (uint32_t)bytes.n;
    t->n.data_bytes += bytes.n;
    if (!(f->flags & FLOW_QUIET))
        t->slice(t->ctx, f, dir, bytes);
}

/* Hands on every held segment that has come to its turn. */
static void drain(struct tcp *t, struct flow *f, enum dir dir)
{
    struct stream *s = &f->stream[dir];
    while (s->segments != NULL && ahead(s->segments->seq, s->next) <= 0) {
        struct segment *g = segment_pop(s);
        uint32_t old = s->next - g->seq;
        if (old < g->len)
            hand_on(t, f, dir, (struct span){ g->bytes + old, g->len - old });
        pool_give(t->pool, g);
    }
}

/* Gives the hole before the first held segment up. */
static void skip_hole(struct tcp *t, struct flow *f, enum dir dir)
{
    struct stream *s = &f->stream[dir];
    uint32_t missing = s->segments->seq - s->next;
    t->n.gaps++;
    t->n.gap_bytes += missing;
    f->flags |= dir == TO_SERVER ? FLOW_GAP_SERVER : FLOW_GAP_CLIENT;
    s->next += missing;
    if (!(f->flags & FLOW_QUIET))
        t->gap(t->ctx, f, dir, missing);
    drain(t, f, dir);
}

/* The receiver has acknowledged beyond a hole: what is missing will not come, unless our capture
 * has jumbled the order a little. */
static void check_hole(struct tcp *t, struct flow *f, enum dir dir, uint32_t now_ms)
{
    struct stream *s = &f->stream[dir];
    while (s->segments != NULL && !s->on_syn && s->acks && ahead(s->acked, s->next) > 0 &&
           (s->n_segments >= GAP_SEGMENTS || now_ms - s->blocked_ms >= GAP_MS))
        skip_hole(t, f, dir);
}

/* A client's FIN counts once the server has acknowledged it: a decoy that dies on its way must not cut a
 * request in two. Bytes that were handed on from behind it show that it was one. */
static void finish(struct tcp *t, struct flow *f, enum dir dir, bool flow_ends)
{
    struct stream *s = &f->stream[dir];
    int32_t beyond = ahead(s->next, s->fin_seq);
    if (!s->fin || s->ended || beyond < 0)
        return;
    if (beyond > 0) {
        s->fin = false;
        return;
    }
    if (dir == TO_SERVER && !flow_ends && !(s->acks && ahead(s->acked, s->fin_seq) > 0))
        return;
    s->ended = true;
    if (!(f->flags & FLOW_QUIET))
        t->end(t->ctx, f, dir);
}

static void hold(struct tcp *t, struct flow *f, const struct packet *p, uint32_t seq, struct span data)
{
    struct stream *s = &f->stream[p->dir];
    if (s->segments == NULL)
        s->blocked_ms = ms_of(p);
    t->n.held_segments++;
    bool kept = segment_hold(s, t->pool, seq, data, &t->n.clash_bytes);
    if (!kept)
        t->n.no_memory++;
    if (s->n_segments > s->n_segments_max)
        s->n_segments_max = s->n_segments;
    while (s->segments != NULL && !s->on_syn && (!kept || s->held > t->cfg->reasm_flow_max)) {
        skip_hole(t, f, p->dir);        /* the table is the budget: room is made by giving up */
        kept = true;
    }
}

/* Data at s->next, which may reach over held segments: those came first. */
static void in_order(struct tcp *t, struct flow *f, enum dir dir, struct span data)
{
    struct stream *s = &f->stream[dir];
    while (data.n > 0) {
        size_t n = data.n;
        if (s->segments != NULL && ahead(s->segments->seq, s->next) < (int64_t)n)
            n = (size_t)ahead(s->segments->seq, s->next);
        if (n > 0)
            hand_on(t, f, dir, span_sub(data, 0, n));
        uint32_t before = s->next;
        drain(t, f, dir);
        data = span_sub(data, n + (s->next - before), data.n);
    }
}

static void data_packet(struct tcp *t, struct flow *f, const struct packet *p)
{
    struct stream *s = &f->stream[p->dir];
    struct span data = p->payload;
    uint32_t seq = p->seq;
    t->n.segments++;
    int32_t rel = ahead(seq, s->next);
    if (rel == 0 && s->segments == NULL) {
        hand_on(t, f, p->dir, data);
    } else {
        if (rel < 0) {
            t->n.overlaps++;
            data = span_sub(data, (size_t)-(int64_t)rel, data.n);
            seq = s->next;
        }
        if (data.n == 0)
            return;
        if (ahead(seq, s->next) == 0)
            in_order(t, f, p->dir, data);
        else
            hold(t, f, p, seq, data);
    }
    if (p->payload_cut > 0 && ahead(p->seq + (uint32_t)p->payload.n, s->next) == 0) {
        s->next += p->payload_cut;      /* the snap length left these out */
        t->n.gaps++;
        t->n.gap_bytes += p->payload_cut;
        f->flags |= p->dir == TO_SERVER ? FLOW_GAP_SERVER : FLOW_GAP_CLIENT;
        if (!(f->flags & FLOW_QUIET))
            t->gap(t->ctx, f, p->dir, p->payload_cut);
        drain(t, f, p->dir);
    }
}

/* ---- connection ---- */

/* May the other end take something at seq? Unknown windows allow a mebibyte or so. */
static bool in_window(const struct tcp *t, const struct stream *s, uint32_t seq, uint32_t len)
{
    if (!s->known)
        return true;
    int32_t rel = ahead(seq, s->next);
    if (rel <= 0)
        return rel > -FAR;
    if (s->acks)
        return ahead(seq, s->edge) <= SLACK || rel + (int64_t)len <= SLACK;
    return rel < FAR && (uint32_t)rel <= FAR - len && t->cfg->midstream;
}

static void note_ack(struct flow *f, const struct packet *p)
{
    struct stream *o = &f->stream[!p->dir];
    int8_t scale = f->stream[p->dir].wscale;
    bool scaled = !(p->tcp_flags & TH_SYN) && o->wscale >= 0 && scale >= 0;
    uint32_t win = scaled ? (uint32_t)p->win << (scale > 14 ? 14 : scale) : p->win;
    if (!scaled && (f->flags & FLOW_MIDSTREAM))
        win = (uint32_t)p->win << 8;    /* the scale was agreed on before we came */
    if (!o->acks) {
        o->acks = true;
        o->acked = p->ack;
        o->edge = p->ack + win;
        return;
    }
    if (ahead(p->ack, o->acked) > 0)
        o->acked = p->ack;
    if (ahead(p->ack + win, o->edge) > 0)
        o->edge = p->ack + win;
}

/* Both ends said goodbye, or the one that was spoken to refused: another SYN begins anew at once. */
static bool is_over(const struct flow *f, enum dir dir)
{
    bool fins = (f->flags & FLOW_FIN_CLIENT) && (f->flags & FLOW_FIN_SERVER);
    return f->state == STATE_CLOSED && (fins || f->tcp_flags[!dir] & TH_RST || f->flags & FLOW_QUIET);
}

/* Whoever sends packets that die before they reach the server can send a SYN at any time. So in a
 * connection that stands, and beside a SYN whose data may have been taken, it is only remembered. */
static void on_syn(struct tcp *t, struct flow *f, const struct packet *p)
{
    struct stream *s = &f->stream[p->dir];
    bool stands = f->state != STATE_NEW || (s->known && !s->unsure);
    if (is_over(f, p->dir)) {
        flow_restart(t->flows, f, p);
    } else if (s->known && f->state == STATE_NEW && s->next == p->seq + 1) {
        return;                         /* sent again */
    } else if (stands || s->on_syn) {
        f->re_syn = p->seq;
        f->flags |= FLOW_RE_SYN;
        return;
    }
    s = &f->stream[flow_dir(f, p)];
    segment_drop_all(s, t->pool);
    if (!s->known)
        t->n.sessions++;
    s->known = s->unsure = true;
    s->next = p->seq + 1;
    s->wscale = p->wscale;
    if (p->payload.n > 0) {             /* Fast Open, RFC 7413: it counts once it is acknowledged */
        t->n.syn_data++;
        s->on_syn = segment_hold(s, t->pool, s->next, p->payload, &t->n.clash_bytes);
    }
}

/* Did the server take what came with the SYN? */
static void settle_syn_data(struct tcp *t, struct flow *f, enum dir dir, bool taken)
{
    struct stream *s = &f->stream[dir];
    s->on_syn = false;
    if (taken)
        drain(t, f, dir);
    else
        segment_drop_all(s, t->pool);
}

/* A server answers a SYN in a connection that stands only when it takes it for a new one
 * (RFC 5961 4); else the answer is its old one, seen again. */
static bool answers_new(const struct flow *f, const struct packet *p)
{
    const struct stream *s = &f->stream[p->dir], *o = &f->stream[!p->dir];
    bool again = s->known && p->seq + 1 == s->next && o->acks && p->ack == o->acked;
    return (f->flags & FLOW_RE_SYN) && (f->state != STATE_NEW || !o->unsure) && !again;
}

/* Of several SYNs, the answer says which one counts. */
static void confirm_syn(struct tcp *t, struct flow *f, enum dir dir, const struct packet *p)
{
    struct stream *s = &f->stream[dir];
    uint32_t taken = p->ack - s->next;
    bool other = (f->flags & FLOW_RE_SYN) && p->ack == f->re_syn + 1;
    if (s->on_syn && !other && (taken == 0 || taken == s->held)) {
        settle_syn_data(t, f, dir, taken > 0);
    } else if (!s->known || s->unsure) {
        settle_syn_data(t, f, dir, false);
        s->known = true;
        s->next = p->ack;
    }
    s->unsure = false;
}

static void on_syn_ack(struct tcp *t, struct flow *f, const struct packet *p)
{
    if (f->state == STATE_CLOSED || answers_new(f, p))
        flow_restart(t->flows, f, p);
    else if (f->state == STATE_ESTABLISHED)
        return;
    enum dir dir = flow_dir(f, p);
    struct stream *s = &f->stream[dir];
    if (!s->known || s->held == 0) {
        s->known = true;
        s->next = p->seq + 1;
        s->wscale = p->wscale;
    }
    confirm_syn(t, f, !dir, p);
}

static void on_rst(struct tcp *t, struct flow *f, const struct packet *p)
{
    const struct stream *s = &f->stream[p->dir], *o = &f->stream[!p->dir];
    bool refusal = !s->known && (p->tcp_flags & TH_ACK) && o->known && p->ack == o->next + o->held;
    bool fits = s->known && in_window(t, s, p->seq, 0) && ahead(p->seq, s->next) >= -SLACK;
    if (!(f->flags & FLOW_QUIET) && !refusal && !fits && (s->known || o->known)) {
        t->n.bad_rst++;
        return;
    }
    f->flags |= FLOW_RST_SEEN;
    flow_set_state(t->flows, f, STATE_CLOSED);
}

static void on_fin(struct tcp *t, struct flow *f, const struct packet *p)
{
    struct stream *s = &f->stream[p->dir];
    uint32_t at = p->seq + (uint32_t)p->payload.n + p->payload_cut;
    if (!(f->flags & FLOW_QUIET) && (!s->known || !in_window(t, s, at, 0) || ahead(at, s->next) < 0)) {
        t->n.bad_fin += s->known;
        return;
    }
    s->fin = true;
    s->fin_seq = at;
    f->flags |= p->dir == TO_SERVER ? FLOW_FIN_CLIENT : FLOW_FIN_SERVER;
    if ((f->flags & FLOW_FIN_CLIENT) && (f->flags & FLOW_FIN_SERVER))
        flow_set_state(t->flows, f, STATE_CLOSED);
}

/* The third packet of the handshake, or data where the handshake was not seen. */
static void establish(struct tcp *t, struct flow *f, const struct packet *p)
{
    const struct stream *o = &f->stream[!p->dir];
    bool third = p->dir == TO_SERVER && (p->tcp_flags & TH_ACK) && o->known && p->ack == o->next;
    if (!third && p->payload.n == 0)
        return;
    if (f->flags & FLOW_MIDSTREAM)
        t->n.midstream++;
    flow_set_state(t->flows, f, STATE_ESTABLISHED);
}

static void on_data(struct tcp *t, struct flow *f, const struct packet *p)
{
    struct stream *s = &f->stream[p->dir];
    if (!s->known) {
        s->known = true;
        s->next = p->seq;
    }
    if (s->on_syn)
        settle_syn_data(t, f, p->dir, p->seq != s->next);
    /* A SYN that the server never answered may be a decoy: data elsewhere is what counts. */
    int32_t rel = ahead(p->seq, s->next);
    if (s->unsure && (rel < 0 || rel > SLACK))
        s->next = p->seq;
    s->unsure = s->unsure && rel > 0;
    if (!in_window(t, s, p->seq, (uint32_t)p->payload.n)) {
        t->n.out_of_window++;
        return;
    }
    data_packet(t, f, p);
}

/* Where only the client's packets are captured nobody confirms its SYN but itself. */
static void confirm_unseen(struct tcp *t, struct flow *f, const struct packet *p)
{
    if (f->pkts[!p->dir] == 0 && p->seq == f->re_syn + 1 && !(p->tcp_flags & (TH_SYN | TH_RST)))
        flow_restart(t->flows, f, p);
}

void tcp_packet(struct tcp *t, const struct packet *p)
{
    struct flow *f = p->flow;
    uint8_t flags = p->tcp_flags;

    if (f->flags & FLOW_RE_SYN && f->state != STATE_NEW)
        confirm_unseen(t, f, p);
    if (flags & TH_SYN) {
        if (flags & TH_ACK)
            on_syn_ack(t, f, p);
        else
            on_syn(t, f, p);
        if (flags & TH_ACK)
            note_ack(f, p);
        if (!(flags & TH_ACK) || p->payload.n == 0)
            return;
    }
    if (flags & TH_RST) {
        on_rst(t, f, p);
        return;
    }
    if (f->flags & FLOW_QUIET) {
        if (f->state == STATE_NEW)
            establish(t, f, p);
        if (flags & TH_FIN)
            on_fin(t, f, p);
        return;
    }
    if (f->state == STATE_NEW)
        establish(t, f, p);
    if ((flags & TH_ACK) && !(flags & TH_SYN))
        note_ack(f, p);
    if (p->payload.n > 0 || p->payload_cut > 0) {
        struct packet after_syn;
        if (flags & TH_SYN) {           /* data on a SYN+ACK begins one further */
            after_syn = *p;
            after_syn.seq++;
            on_data(t, f, &after_syn);
        } else {
            on_data(t, f, p);
        }
    }
    if (flags & TH_FIN)
        on_fin(t, f, p);
    check_hole(t, f, p->dir, ms_of(p));
    check_hole(t, f, !p->dir, ms_of(p));
    finish(t, f, p->dir, false);
    finish(t, f, !p->dir, false);
}

void tcp_quiet(struct tcp *t, struct flow *f)
{
    segment_drop_all(&f->stream[0], t->pool);
    segment_drop_all(&f->stream[1], t->pool);
}

void tcp_shed(struct tcp *t, struct flow *f)
{
    for (int dir = 0; dir < 2; dir++) {
        f->stream[dir].on_syn = false;
        while (f->stream[dir].segments != NULL && !(f->flags & FLOW_QUIET))
            skip_hole(t, f, (enum dir)dir);
    }
}

void tcp_close(struct tcp *t, struct flow *f)
{
    tcp_shed(t, f);
    finish(t, f, TO_SERVER, true);
    finish(t, f, TO_CLIENT, true);
    tcp_quiet(t, f);
}
