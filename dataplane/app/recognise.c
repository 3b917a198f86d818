/* Every probe is asked, in an order that settles what two of them would take. */
#include "app/recognise.h"

#include "app/dns.h"
#include "app/http1.h"
#include "app/http2.h"
#include "app/quic.h"
#include "app/tls.h"

enum { DNS_PORT = 53, NETBIOS_PORT = 137 };

static bool is_dns_port(const struct flow *f)
{
    return f->server_port == DNS_PORT || f->client_port == DNS_PORT;
}

struct guess recognise_stream(const struct flow *f, enum dir dir, struct span first)
{
    struct guess g = { PROBE_NO, APP_UNKNOWN, STARTTLS_NONE };
    const struct { enum app_probe answer; enum app_proto proto; } asked[] = {
        { tls_probe(dir, first), APP_TLS },
        /* its preface would pass as a request */
        { dir == TO_SERVER ? http2_probe(first) : PROBE_NO, APP_HTTP2 },
        { http1_probe(dir, first), APP_HTTP },
        { dns_tcp_probe(dir, first, is_dns_port(f)), APP_DNS },
    };
    bool maybe = false;
    for (unsigned i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        if (asked[i].answer == PROBE_YES && !(maybe && asked[i].proto == APP_HTTP))
            return (struct guess){ PROBE_YES, asked[i].proto, STARTTLS_NONE };
        maybe = maybe || asked[i].answer == PROBE_MORE;
    }
    g.answer = starttls_probe(dir, first, &g.starttls);
    g.proto = (enum app_proto)(APP_STARTTLS + g.starttls);
    if (g.answer == PROBE_NO && maybe)
        g.answer = PROBE_MORE;
    return g;
}

bool recognise_agrees(enum app_proto proto, const struct flow *f, enum dir dir, struct span first)
{
    switch (proto) {
    case APP_TLS:  return tls_probe(dir, first) != PROBE_NO;
    case APP_HTTP: return http1_probe(dir, first) != PROBE_NO;
    case APP_DNS:  return dns_tcp_probe(dir, first, is_dns_port(f)) != PROBE_NO;
    default:       return true;     /* a server of HTTP/2 and the others have no mark of their own */
    }
}

bool recognise_only_line_ends(struct span s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == '\r' || s.p[n] == '\n'))
        n++;
    return n == s.n;
}

/* ---- datagrams ---- */

static bool is_dns(const struct flow *f, struct span d)
{
    return f->server_port != NETBIOS_PORT && dns_udp_probe(d, is_dns_port(f)) == PROBE_YES;
}

enum app_proto recognise_datagram(const struct flow *f, struct span datagram)
{
    if (is_dns(f, datagram))
        return APP_DNS;
    return quic_probe(datagram) == PROBE_YES ? APP_QUIC : APP_UNKNOWN;
}

bool recognise_changed(const struct flow *f, struct span datagram)
{
    if (f->app == APP_DNS)
        return !is_dns(f, datagram) && quic_probe(datagram) == PROBE_YES;
    return f->app == APP_QUIC && is_dns_port(f) && is_dns(f, datagram);
}

/* ---- bytes that wait ---- */

bool waiting_keep(struct waiting *w, struct pool *pool, enum dir dir, struct span bytes)
{
    if (w->n[dir] + bytes.n > WAIT_MAX)
        return false;
    uint8_t *grown = pool_grow(pool, w->bytes[dir], w->n[dir], w->n[dir] + bytes.n);
    if (grown == NULL)
        return false;
    memcpy(grown + w->n[dir], bytes.p, bytes.n);
    w->bytes[dir] = grown;
    w->n[dir] = (uint16_t)(w->n[dir] + bytes.n);
    return true;
}

struct span waiting_join(const struct waiting *w, enum dir dir, struct span bytes,
                         uint8_t room[2 * WAIT_MAX])
{
    size_t n = w->n[dir];
    if (n == 0)
        return bytes;
    struct span part = span_sub(bytes, 0, 2 * WAIT_MAX - n);
    memcpy(room, w->bytes[dir], n);
    memcpy(room + n, part.p, part.n);
    return (struct span){ room, n + part.n };
}

void waiting_drop(struct waiting *w, struct pool *pool, enum dir dir)
{
    pool_give(pool, w->bytes[dir]);
    w->bytes[dir] = NULL;
    w->n[dir] = 0;
}
