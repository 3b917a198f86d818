/* Dispatch: a flow's bytes go to its parser, and tunnels begin anew. As a rule the first slice
 * decides who that is; first bytes wait only if a probe asked for more. */
#include "app/app.h"

#include "app/dns.h"
#include "app/http1.h"
#include "app/http2.h"
#include "app/quic.h"
#include "app/recognise.h"
#include "app/tls.h"

#include <netinet/in.h>

enum {
    SMALL = 64,                 /* bytes: a greeting's slice, or a piece of one */
    TRY_SMALL = 1, TRY = 4,     /* what a slice that is no beginning costs */
    TRIES = 4 * TRY,            /* per direction: after a SOCKS greeting or so the real protocol begins */
    TRIES_MIDSTREAM = 12 * TRY, /* the flow may have been picked up inside a body */
    TRIES_DATAGRAMS = 4,        /* after which a flow counts as unknown, though it is still looked at */
    DEPTH_MAX = 200,            /* tunnels after or in tunnels, of a flow */
    NEST_MAX = 4                /* of those, begun in one slice */
};

union parser {
    struct waiting waiting;
    struct http1 http1;
    struct http2 *http2;        /* from the pool: larger than the others, and rare */
    struct tls tls;
    struct dns_tcp dns_tcp;
    struct quic quic;
    struct starttls starttls;
};

const char *app_name(enum app_proto p)
{
    static const char *const names[] = {
        [APP_FAILED] = "failed", [APP_HTTP] = "http", [APP_HTTP2] = "http2", [APP_TLS] = "tls",
        [APP_DNS] = "dns", [APP_QUIC] = "quic",
    };
    if (p >= APP_STARTTLS)
        return starttls_name((enum starttls_proto)(p - APP_STARTTLS));
    return p < sizeof names / sizeof names[0] ? names[p] : NULL;
}

int app_open(struct app *a, uint32_t flows, const struct app_out *out)
{
    *a = (struct app){ .out = *out };
    return slab_open(&a->parsers, sizeof(union parser), flows);
}

_Static_assert(sizeof(union parser) <= 128, "a million flows fit in 512 MiB with their parsers");

size_t app_parser_size(void) { return sizeof(union parser); }

void app_close(struct app *a)
{
    slab_close(&a->parsers);
}

static union parser *parser_of(const struct app *a, const struct flow *f)
{
    return slab_at(&a->parsers, f->app_slot);
}

static bool take_parser(struct app *a, struct flow *f)
{
    if (f->app_slot != SLAB_NONE)
        return true;
    if (slab_take(&a->parsers, &f->app_slot) != NULL)
        return true;
    a->n.no_memory++;
    f->flags |= FLOW_QUIET;
    return false;
}

static void drop_waiting(struct app *a, struct flow *f, enum dir dir)
{
    union parser *u = parser_of(a, f);
    if (f->app <= APP_FAILED && u != NULL)
        waiting_drop(&u->waiting, a->out.pool, dir);
}

static void close_parser(struct app *a, struct flow *f)
{
    union parser *u = parser_of(a, f);
    if (u == NULL)
        return;
    switch (f->app) {
    case APP_UNKNOWN: case APP_FAILED:
        drop_waiting(a, f, TO_SERVER);
        drop_waiting(a, f, TO_CLIENT);
        break;
    case APP_HTTP:    http1_close(&u->http1, &a->out); break;
    case APP_HTTP2:
        http2_close(u->http2, &a->out);
        pool_give(a->out.pool, u->http2);
        break;
    case APP_TLS:     tls_close(&u->tls, &a->out); break;
    case APP_DNS:
        if (f->proto == IPPROTO_TCP)
            dns_tcp_close(&u->dns_tcp, &a->out);
        break;
    case APP_QUIC:    quic_close(&u->quic, &a->out); break;
    default: break;             /* STARTTLS keeps nothing */
    }
    slab_give(&a->parsers, f->app_slot);
    f->app_slot = SLAB_NONE;
}

/* Nothing more to learn; the protocol's name stays. */
static void quiet(struct app *a, struct flow *f)
{
    close_parser(a, f);
    f->flags |= FLOW_QUIET;
}

static void give_up(struct app *a, struct flow *f)
{
    quiet(a, f);
    if (f->app == APP_UNKNOWN) {
        f->app = APP_FAILED;
        a->n.failed++;
    }
}

/* A fresh parser of the protocol; false without memory, and then the flow is not inspected. */
static bool claim(struct app *a, struct flow *f, enum app_proto proto)
{
    union parser *u = parser_of(a, f);
    struct http2 *http2 = proto == APP_HTTP2 ? pool_take(a->out.pool, sizeof *http2) : NULL;
    if (proto == APP_HTTP2 && http2 == NULL) {
        a->n.no_memory++;
        give_up(a, f);
        return false;
    }
    f->app = (uint8_t)proto;
    if (f->app_base == APP_UNKNOWN)
        f->app_base = f->app;
    a->n.flows[proto]++;
    memset(u, 0, sizeof *u);
    if (proto == APP_HTTP)
        u->http1.next_id = f->tx_count;     /* rules know transactions of a flow by it */
    if (http2 != NULL) {
        http2_open(http2);
        u->http2 = http2;
    }
    return true;
}

/* ---- recognition of a stream ---- */

static struct app_result feed(struct app *a, struct flow *f, enum dir dir, struct span bytes)
{
    union parser *u = parser_of(a, f);
    dir = flow_app_dir(f, dir);
    switch (f->app) {
    case APP_HTTP:  return http1_feed(&u->http1, dir, bytes, &a->out);
    case APP_HTTP2: return http2_feed(u->http2, dir, bytes, &a->out);
    case APP_TLS:   return tls_feed(&u->tls, dir, bytes, &a->out);
    case APP_DNS:   return dns_tcp_feed(&u->dns_tcp, dir, bytes, &a->out);
    default:        return starttls_feed(&u->starttls, dir, bytes, &a->out);
    }
}

static void feed_all(struct app *a, struct flow *f, enum dir dir, struct span bytes);

/* The protocol is known: what waited goes to its parser first, this direction before the other. */
static void begin(struct app *a, struct flow *f, enum dir dir, struct span bytes, const struct guess *g)
{
    if (!take_parser(a, f))
        return;
    struct waiting w = parser_of(a, f)->waiting;
    if (!claim(a, f, g->proto))
        return;
    if (g->starttls != STARTTLS_NONE)
        parser_of(a, f)->starttls.proto = (uint8_t)g->starttls;
    if (w.n[dir] > 0)
        feed_all(a, f, dir, (struct span){ w.bytes[dir], w.n[dir] });
    feed_all(a, f, dir, bytes);
    struct span other = { w.bytes[!dir], w.n[!dir] };
    if (other.n > 0 && recognise_agrees(g->proto, f, flow_app_dir(f, (enum dir)!dir), other))
        feed_all(a, f, (enum dir)!dir, other);
    pool_give(a->out.pool, w.bytes[0]);
    pool_give(a->out.pool, w.bytes[1]);
}

/* Keeps a direction's first bytes; false when it can't or has enough. */
static bool wait_for_more(struct app *a, struct flow *f, enum dir dir, struct span bytes)
{
    return take_parser(a, f) && waiting_keep(&parser_of(a, f)->waiting, a->out.pool, dir, bytes);
}

static void no_luck(struct app *a, struct flow *f, enum dir dir, size_t n)
{
    unsigned tries = f->flags & FLOW_MIDSTREAM ? TRIES_MIDSTREAM : TRIES;
    drop_waiting(a, f, dir);
    unsigned cost = f->app_tries[dir] + (n < SMALL ? TRY_SMALL : TRY);
    f->app_tries[dir] = (uint8_t)(cost < UINT8_MAX ? cost : UINT8_MAX);
    if (f->app_tries[dir] >= tries && (f->app_tries[!dir] > 0 || f->app_tries[dir] >= 4 * tries))
        give_up(a, f);
}

static void recognise(struct app *a, struct flow *f, enum dir dir, struct span bytes)
{
    uint8_t room[2 * WAIT_MAX];
    struct span first = bytes;
    if (f->app_slot != SLAB_NONE)
        first = waiting_join(&parser_of(a, f)->waiting, dir, bytes, room);
    struct guess g = recognise_stream(f, flow_app_dir(f, dir), first);
    if (g.answer == PROBE_NO && first.p != bytes.p) {   /* what waited was a greeting, and this is not */
        no_luck(a, f, dir, first.n - bytes.n);
        if (f->flags & FLOW_QUIET)
            return;
        first = bytes;
        g = recognise_stream(f, flow_app_dir(f, dir), first);
    }
    /* picked up in the middle, perhaps by the server's bytes */
    if (g.answer == PROBE_NO && (f->flags & FLOW_MIDSTREAM) && f->app_base == APP_UNKNOWN &&
        !(f->flags & FLOW_REVERSED)) {
        struct guess other = recognise_stream(f, (enum dir)!dir, first);
        if (other.answer == PROBE_YES) {
            g = other;
            f->flags |= FLOW_REVERSED;
        }
    }
    if (g.answer == PROBE_YES)
        begin(a, f, dir, bytes, &g);
    else if (g.answer == PROBE_MORE && first.n > SMALL && recognise_only_line_ends(first))
        drop_waiting(a, f, dir);
    else if (g.answer == PROBE_NO || !wait_for_more(a, f, dir, bytes))
        no_luck(a, f, dir, first.n);
}

/* ---- streams ---- */

static void feed_all(struct app *a, struct flow *f, enum dir dir, struct span bytes)
{
    while (bytes.n > 0 && !(f->flags & FLOW_QUIET)) {
        if (f->app == APP_UNKNOWN) {
            recognise(a, f, dir, bytes);
            return;
        }
        struct app_result r = feed(a, f, dir, bytes);
        if (r.status == APP_MORE)
            return;
        if (r.status != APP_TUNNEL || ++f->app_depth > DEPTH_MAX || ++a->nested > NEST_MAX) {
            quiet(a, f);
            return;
        }
        close_parser(a, f);     /* the inside is another flow's worth of recognition */
        f->app = APP_UNKNOWN;
        f->app_tries[0] = f->app_tries[1] = 0;
        f->detect.pass_tx = 0;  /* who was let through is not inside */
        f->flags = (uint16_t)((f->flags | FLOW_TUNNEL) & ~FLOW_APP_TOLD);
        a->n.tunnels++;
        bytes = span_sub(bytes, r.used, bytes.n);
    }
}

void app_tcp(struct app *a, struct flow *f, enum dir dir, struct span bytes)
{
    a->nested = 0;
    feed_all(a, f, dir, bytes);
}

void app_gap(struct app *a, struct flow *f, enum dir dir, uint64_t n)
{
    union parser *u = parser_of(a, f);
    enum dir seen = flow_app_dir(f, dir);
    switch (f->app) {
    case APP_UNKNOWN:
        if (u != NULL)
            no_luck(a, f, dir, SMALL);
        f->flags |= FLOW_MIDSTREAM;     /* what comes next may be the middle of anything */
        break;
    case APP_HTTP:  http1_gap(&u->http1, seen, n, &a->out); break;
    case APP_HTTP2:
        if (http2_gap(u->http2, seen, n, &a->out).status != APP_MORE)
            quiet(a, f);
        break;
    case APP_TLS:   tls_gap(&u->tls, seen, n, &a->out); break;
    case APP_DNS:   dns_tcp_gap(&u->dns_tcp, seen, n, &a->out); break;
    default:
        if (f->app >= APP_STARTTLS && u != NULL)
            starttls_gap(&u->starttls, seen, n);
        break;
    }
}

void app_end(struct app *a, struct flow *f, enum dir dir)
{
    if (f->app == APP_HTTP && f->app_slot != SLAB_NONE)
        http1_end(&parser_of(a, f)->http1, flow_app_dir(f, dir), &a->out);
}

void app_shed(struct app *a, struct flow *f)
{
    if (f->app_slot == SLAB_NONE)
        return;
    a->n.shed++;
    if (f->app == APP_QUIC) {   /* what stays knows the next connection when it sees one */
        quic_close(&parser_of(a, f)->quic, &a->out);
        return;
    }
    bool learnt = f->app == APP_TLS;
    close_parser(a, f);
    if (learnt) {
        f->flags |= FLOW_QUIET;
    } else {
        f->app = APP_UNKNOWN;
        f->app_tries[0] = f->app_tries[1] = 0;
        f->flags |= FLOW_MIDSTREAM;
    }
}

void app_flow_closed(struct app *a, struct flow *f)
{
    close_parser(a, f);
}

/* ---- datagrams ---- */

/* A server passes over datagrams that it does not understand, so any number of them may stand before
 * the first that matters: a flow is never given up. */
static void begin_datagrams(struct app *a, struct flow *f, enum dir dir, struct span d)
{
    enum app_proto proto = recognise_datagram(f, d);
    if (proto == APP_DNS) {
        f->app = APP_DNS;
        a->n.flows[APP_DNS]++;
    } else if (proto == APP_QUIC && take_parser(a, f)) {
        (void)claim(a, f, APP_QUIC);        /* takes no more memory */
    } else if (f->app == APP_UNKNOWN && ++f->app_tries[dir] >= TRIES_DATAGRAMS) {
        f->app = APP_FAILED;
        a->n.failed++;
    }
    if (f->app > APP_FAILED && f->app_base <= APP_FAILED)
        f->app_base = f->app;
}

void app_udp(struct app *a, struct flow *f, enum dir dir, struct span datagram)
{
    if (datagram.n == 0 || (f->flags & FLOW_QUIET))
        return;
    if (recognise_changed(f, datagram)) {
        close_parser(a, f);
        f->app = APP_UNKNOWN;
    }
    if (f->app <= APP_FAILED)
        begin_datagrams(a, f, dir, datagram);
    enum dir seen = flow_app_dir(f, dir);
    if (f->app == APP_DNS)
        dns_udp(datagram, seen, &a->out);
    else if (f->app == APP_QUIC)
        quic_feed(&parser_of(a, f)->quic, seen, datagram, &a->out);
}
