/* What a TLS session costs: the recorded ones of the unit tests, fed whole, over and over. */
#include "app/digest.h"
#include "app/tls.h"
#include "tls_samples.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 100000 };

static void ignore(void *ctx, const struct fact *f)
{
    (void)ctx;
    (void)f;
}

static void session(struct app_out *out, struct span client, struct span server)
{
    struct tls t = { 0 };
    tls_feed(&t, TO_SERVER, client, out);
    tls_feed(&t, TO_CLIENT, server, out);
    tls_close(&t, out);
}

static void measure(const char *name, struct app_out *out, struct span client, struct span server)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < ROUNDS; i++)
        session(out, client, server);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    printf("%-24s %8.0f ns a session\n", name, ns / ROUNDS);
}

int main(int argc, char **argv)
{
    struct app_out out = { .fact = ignore, .pool = pool_open(1 << 20), .limits = { .head_max = 65536 } };
    struct span c12 = { tls12_c_0, sizeof tls12_c_0 }, s12 = { tls12_s_0, sizeof tls12_s_0 };
    struct span c13 = { tls13_c_0, sizeof tls13_c_0 }, s13 = { tls13_s_0, sizeof tls13_s_0 };
    const char *only = argc > 1 ? argv[1] : "";
    for (int memo = 0; memo < 2; memo++) {
        out.memo = memo ? digest_memo_open() : NULL;
        if (strchr(only, '2') == NULL)
            measure(memo ? "TLS 1.3, known client" : "TLS 1.3, new client", &out, c13, s13);
        if (strchr(only, '3') == NULL)
            measure(memo ? "TLS 1.2, known client" : "TLS 1.2, new client", &out, c12, s12);
    }
    digest_memo_close(out.memo);
    pool_close(out.pool);
    return 0;
}
