/* Is it TLS? Told from a direction's first bytes. */
#include "app/tls.h"
#include "app/tls_hello.h"

enum { RECORD_MAX = 16384 + 2048, ALERT = 21, HANDSHAKE = 22, SSL2_SERVER_HELLO = 4, EMPTY_MAX = 32 };

/* A record that begins with a hello, or a two-byte alert. The version's second byte is no help:
 * servers have to ignore it (RFC 8446 5.1), so a client that hides may write anything there. */
static enum app_probe probe_record(struct span first)
{
    bool record = first.p[0] == HANDSHAKE || first.p[0] == ALERT;
    if (!record || (first.n > 1 && first.p[1] != 3))
        return PROBE_NO;
    if (first.n < 6)
        return PROBE_MORE;
    unsigned len = (unsigned)first.p[3] << 8 | first.p[4];
    if (first.p[0] == ALERT) {
        if (len != 2 || first.p[5] < 1 || first.p[5] > 2)   /* warning, fatal */
            return PROBE_NO;
        return first.n < 7 ? PROBE_MORE : PROBE_YES;
    }
    bool hello = first.p[5] == TLS_CLIENT_HELLO || first.p[5] == TLS_SERVER_HELLO;
    return hello && len > 0 && len <= RECORD_MAX ? PROBE_YES : PROBE_NO;
}

/* Servers pass over a few empty records, and so might hide a hello behind them. */
static bool is_empty_record(struct span first)
{
    return first.n >= 5 && first.p[0] == HANDSHAKE && first.p[1] == 3 && first.p[3] == 0 &&
           first.p[4] == 0;
}

/* The lengths within an SSLv2 hello add up to that of its record, or it is something else. */
static enum app_probe probe_ssl2(struct span first)
{
    struct cursor c = cur_over(first);
    size_t len = (size_t)cur_be(&c, 2) & 0x7fff;
    uint64_t type = cur_be(&c, 1);
    if (first.n > 2 && type != TLS_CLIENT_HELLO && type != SSL2_SERVER_HELLO)
        return PROBE_NO;
    if (first.n < 11)
        return PROBE_MORE;
    if (type == SSL2_SERVER_HELLO)
        return first.p[3] <= 1 && first.p[4] == 1 && first.p[5] == 0 && first.p[6] == 2 && len > 11
            ? PROBE_YES : PROBE_NO;
    uint64_t version = cur_be(&c, 2), ciphers = cur_be(&c, 2), id = cur_be(&c, 2);
    uint64_t challenge = cur_be(&c, 2);
    bool sane = (version == TLS_V_SSL2 || version >> 8 == 3) && ciphers > 0 && ciphers % 3 == 0 &&
                challenge >= 16 && challenge <= 32;
    return sane && 9 + ciphers + id + challenge == len ? PROBE_YES : PROBE_NO;
}

enum app_probe tls_probe(enum dir dir, struct span first)
{
    (void)dir;                      /* a flow may have been picked up with its ends swapped */
    if (first.n == 0)
        return PROBE_MORE;
    if (first.p[0] & 0x80)
        return probe_ssl2(first);
    for (unsigned i = 0; i < EMPTY_MAX && is_empty_record(first); i++)
        first = span_sub(first, 5, first.n);
    return first.n == 0 ? PROBE_MORE : probe_record(first);
}
