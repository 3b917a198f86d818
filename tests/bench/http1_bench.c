/* What HTTP/1 costs: an npm request, its response's head, and a call with body bytes that nobody wants; also a
 * script's body gathered and inflated. Instructions where the kernel lets us count them.
 *     build/bench/http1_bench [ROUNDS] */
#include "app/http1.h"
#include "app/inflate.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

static int rounds = 200000;

static int counter = -1;

static void counter_open(void)
{
    struct perf_event_attr a = { .type = PERF_TYPE_HARDWARE, .size = sizeof a, .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1, .exclude_hv = 1 };
    counter = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static double instructions(void)
{
    uint64_t n = 0;
    if (counter < 0 || read(counter, &n, sizeof n) != sizeof n)
        return 0;
    return (double)n;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t facts;
static void on_fact(void *ctx, const struct fact *f) { (void)ctx; facts += f->kind <= FACT_HTTP_DONE; }

struct cost { double ns, instructions; };

static void feed(struct cost *c, struct http1 *h, enum dir dir, struct span bytes, struct app_out *out)
{
    double i = instructions(), t = now_ns();
    http1_feed(h, dir, bytes, out);
    c->ns += now_ns() - t;
    c->instructions += instructions() - i;
}

static void print(const char *what, struct cost c, struct cost empty)
{
    printf("%-34s %8.0f ns", what, (c.ns - empty.ns) / rounds);
    if (counter >= 0)
        printf(" %8.0f instructions", (c.instructions - empty.instructions) / rounds);
    printf("\n");
}

int main(int argc, char **argv)
{
    static const char request[] =
        "GET /left-pad/-/left-pad-1.3.0.tgz HTTP/1.1\r\nuser-agent: npm/11.6.1 node/v24.9.0 linux x64 workspaces/false\r\n"
        "npm-auth-type: web\r\nnpm-command: install\r\npacote-version: 21.0.3\r\npacote-req-type: tarball\r\n"
        "pacote-pkg-id: remote:left-pad@https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz\r\n"
        "pacote-integrity: sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==\r\n"
        "Accept: */*\r\nConnection: keep-alive\r\nHost: registry.npmjs.org\r\nAccept-Encoding: gzip,deflate\r\n\r\n";
    static const char response[] =
        "HTTP/1.1 200 OK\r\nDate: Mon, 23 Jun 2025 12:00:00 GMT\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: 14600\r\nConnection: keep-alive\r\nCF-Ray: 9543c2a1bd7e2bcd-FRA\r\nCF-Cache-Status: HIT\r\n"
        "Access-Control-Allow-Origin: *\r\nAge: 1234567\r\nCache-Control: public, immutable, max-age=31557600\r\n"
        "ETag: \"a0c9c4b8d4b5d2c7\"\r\nLast-Modified: Thu, 10 Apr 2018 01:00:00 GMT\r\nVary: Accept-Encoding\r\nServer: cloudflare\r\n\r\n";
    static uint8_t body[1460], plain[30000], packed[30000];
    struct app_out out = { .fact = on_fact, .pool = pool_open(16 << 20), .limits = { 65536, 102400, 64 }, .inflater = inflater_open(102400) };
    struct http1 h = { 0 };
    struct cost empty = { 0 }, req = { 0 }, resp = { 0 }, data = { 0 }, gathered = { 0 };
    counter_open();
    if (argc > 1)
        rounds = atoi(argv[1]);
    for (int i = 0; i < rounds; i++) {
        feed(&empty, &h, TO_SERVER, SPAN(""), &out);
        feed(&req, &h, TO_SERVER, SPAN(request), &out);
        feed(&resp, &h, TO_CLIENT, SPAN(response), &out);
        for (int k = 0; k < 9; k++)
            http1_feed(&h, TO_CLIENT, (struct span){ body, sizeof body }, &out);
        http1_skip(&h, TO_CLIENT, 1, &out);
        feed(&data, &h, TO_CLIENT, (struct span){ body, sizeof body - 2 }, &out);
        http1_feed(&h, TO_CLIENT, SPAN("."), &out);
    }
    print("request", req, empty);
    print("response head", resp, empty);
    print("body bytes, not wanted", data, empty);

    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = i * i % 61 < 20 ? (uint8_t)(i * 7) : (uint8_t)"const https = require();\n"[i % 26];
    uLongf n = sizeof packed;
    compress2(packed, &n, plain, sizeof plain, 6);
    char head[200];
    int len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %lu\r\n\r\n", n);
    out.want_resp_body = true;
    for (int i = 0; i < rounds / 10; i++) {
        http1_feed(&h, TO_CLIENT, (struct span){ (uint8_t *)head, (size_t)len }, &out);
        for (size_t at = 0; at < n; at += sizeof body)
            feed(&gathered, &h, TO_CLIENT, span_sub((struct span){ packed, n }, at, sizeof body), &out);
    }
    gathered.ns *= 10;
    gathered.instructions *= 10;
    printf("%lu bytes that inflate to %zu:\n", n, sizeof plain);
    print("  gathered and inflated", gathered, (struct cost){ 0, 0 });
    http1_close(&h, &out);
    int leak = pool_in_use(out.pool) != 0;
    pool_close(out.pool);
    inflater_close(out.inflater);
    return leak || facts == 0;
}
