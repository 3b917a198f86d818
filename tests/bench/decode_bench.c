/* What decoding costs per packet, by kind of packet.
 *     build/bench/decode_bench [ROUNDS]
 * Under `valgrind --tool=callgrind` with two numbers of rounds, the difference gives instructions. */
#include "decode/decode.h"
#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(struct decode *d, const char *name, const struct frame *f, long rounds)
{
    static struct batch b;
    uint32_t n = (uint32_t)frame_len(f);
    double start = now();
    for (long r = 0; r < rounds; r++) {
        b.n = BATCH_MAX;
        for (unsigned i = 0; i < BATCH_MAX; i++) {
            b.p[i].data = f->b + f->from;
            b.p[i].caplen = b.p[i].wirelen = n;
            b.p[i].linktype = 1;
        }
        decode_batch(d, &b);
    }
    printf("%-24s %4u bytes %6.1f ns a packet%s\n", name, n, (now() - start) * 1e9 / (double)rounds / BATCH_MAX,
           b.p[0].state == PKT_OK ? "" : " (not understood)");
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 100000;
    struct config config = { .fragments_max = 64, .stream_memory = 4 << 20, .fragment_s = 30 };
    struct pool *pool = pool_open(4 << 20);
    static struct decode d;
    static struct frame f;
    if (pool == NULL || decode_open(&d, &config, HASH_KEY_FIXED, pool, 1) != 0)
        return 1;

    static const uint8_t payload[1400];
    frame_start(&f, (struct span){ payload, sizeof payload });
    frame_tcp(&f);
    f.b[f.from + 13] = TH_ACK;
    frame_ipv4(&f, 6, 1);
    struct frame inner = f;
    frame_ethernet(&f, 0x0800);
    run(&d, "TCP", &f, rounds);

    f = inner;
    FRONT(&f, "\0\7\x08\0");
    frame_ethernet(&f, 0x8100);
    run(&d, "VLAN, TCP", &f, rounds);

    f = inner;
    FRONT(&f, "\x08\0\0\0\0\0\7\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0");
    frame_udp(&f, 40000, 4789);
    frame_ipv4(&f, 17, 9);
    frame_ethernet(&f, 0x0800);
    run(&d, "VXLAN, TCP", &f, rounds);

    frame_start(&f, SPAN("a small question"));
    frame_udp(&f, 40000, 53);
    frame_ipv4(&f, 17, 1);
    frame_ethernet(&f, 0x0800);
    run(&d, "UDP", &f, rounds);
    decode_close(&d);
    pool_close(pool);
    return 0;
}
