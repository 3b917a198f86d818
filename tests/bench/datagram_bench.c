/* What a QUIC hello and a DNS reply cost, recognition included: nanoseconds each. */
#include "app/dns.h"
#include "app/quic.h"
#include "quic_seal.h"

#include <stdio.h>
#include <time.h>

/* RFC 8446 4.1.2: extended_master_secret and server_name. */
static const char hello[] =
    "\x01\0\0\x41" "\x03\x03" "random-random-random-random-rand" "\0" "\0\x02\x13\x01" "\x01\0"
    "\0\x16" "\0\x17\0\0" "\0\0\0\x0e" "\0\x0c" "\0" "\0\x09" "npm.piece";
static const char reply[] =
    "\x12\x34\x81\x80" "\0\1\0\2\0\0\0\1" "\3www\7example\3npm\0" "\0\1\0\1"
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6" "\3cdn\xc0\x10" "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4" "\xc0\0\2\7"
    "\0\0\x29\x10\0\0\0\0\0\0\0";

static void on_fact(void *ctx, const struct fact *f)
{
    uint64_t *facts = ctx;
    *facts += f->kind != FACT_ANOMALY;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void one_hello(struct span packet, struct app_out *out)
{
    struct quic q = { 0 };
    if (quic_probe(packet) == PROBE_YES)
        quic_feed(&q, TO_SERVER, packet, out);
    quic_close(&q, out);
}

static void one_reply(struct span message, struct app_out *out)
{
    if (dns_udp_probe(message, false) == PROBE_YES)
        dns_udp(message, TO_CLIENT, out);
}

static void measure(const char *what, void (*one)(struct span, struct app_out *), struct span s)
{
    enum { ROUNDS = 50000 };
    uint64_t facts = 0;
    struct app_out out = { .fact = on_fact, .ctx = &facts, .pool = pool_open(1 << 20) };
    double start = now();
    for (unsigned i = 0; i < ROUNDS; i++)
        one(s, &out);
    printf("%-12s %7.0f ns, %zu bytes\n", what, (now() - start) / ROUNDS, s.n);
    if (facts != ROUNDS)
        printf("%-12s told %llu of %u\n", what, (unsigned long long)facts, ROUNDS);
    pool_close(out.pool);
}

int main(void)
{
    uint8_t frames[1150] = { 6, 0, 0x40, sizeof hello - 1 }, packet[SEAL_MAX];
    memcpy(frames + 4, hello, sizeof hello - 1);
    struct span dcid = SPAN("\1\2\3\4\5\6\7\x08");
    struct initial i = { .version = QUIC_V1, .dcid = dcid, .token = SPAN_NONE };
    struct quic_keys k;
    quic_keys_client(QUIC_V1, dcid, &k);
    size_t n = quic_initial(&k, &i, (struct span){ frames, sizeof frames }, packet);
    measure("quic hello", one_hello, (struct span){ packet, n });
    measure("dns reply", one_reply, (struct span){ (const uint8_t *)reply, sizeof reply - 1 });
    return 0;
}
