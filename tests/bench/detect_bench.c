/* Loads a rule file, says what it became and how long that took, then measures facts: nanoseconds
 * of a request, a ClientHello and a DNS query that match nothing, and of a request that does.
 *     build/bench/detect_bench FILE.rules [uri [rounds]] */
#include "api/config.h"
#include "detect/detect.h"
#include "rules/compile.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct span text(const char *s) { return (struct span){ (const uint8_t *)s, strlen(s) }; }

static void count(void *ctx, const struct detect_hit *hit)
{
    (void)hit;
    ++*(unsigned *)ctx;
}

static int rounds = 500000;

static void measure(struct detect *d, const struct meta *m, const struct fact *f, const char *what)
{
    unsigned hits = 0;
    double t = now();
    for (int i = 0; i < rounds; i++) {
        struct detect_flow df = { 0 };
        detect_fact(d, m, &df, f, count, &hits);
    }
    printf("%-14s %7.1f ns a fact, %.2f hits\n", what, (now() - t) / rounds * 1e9, (double)hits / rounds);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (argc > 3)
        rounds = atoi(argv[3]);
    struct rules rules = { 0 };
    struct lang_vars vars;
    struct error err = { "" };
    lang_vars_default(&vars, NULL);
    double t = now();
    if (rules_load(&rules, &vars, argv[1], &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    double parsed = now();
    void *image;
    size_t n;
    struct compile_stats s;
    if (rules_compile(&rules, NULL, NULL, &image, &n, &s, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (uint32_t i = 0; i < rules.n_refusals && i < 10; i++)
        fprintf(stderr, "%s:%u:%u: %s; %s\n", rules.refusals[i].file, rules.refusals[i].line, rules.refusals[i].column,
                rules.refusals[i].reason, rules.refusals[i].remedy);
    printf("%u rules, %u refused, %u patterns, %u endings, %u databases, %u tables, %u always\n", s.rules,
           rules.n_refusals, s.patterns, s.endings, s.databases, s.tables, s.always);
    printf("parse %.3f s, compile %.3f s, image %zu bytes\n", parsed - t, now() - parsed, n);

    struct config c = { .head_max = 65536, .body_max = 102400 };
    struct ruleset rs;
    t = now();
    struct detect *d = ruleset_check(image, n, &rs, &err) == 0 ? detect_open(&rs, &c, &err) : NULL;
    if (d == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("check and open %.3f s\n", now() - t);

    struct flow_meta flow = { .id = 1, .proto = IPPROTO_TCP, .established = true };
    struct meta m = { .proto = IPPROTO_TCP, .flow = &flow };
    struct http_tx tx = { .has_request = true };
    tx.req.method = text("GET");
    tx.req.uri = text(argc > 2 ? argv[2] : "/assets/js/vendor/jquery-3.6.0.min.js?v=20260311");
    tx.req.host = tx.req.host_raw = text("static.cdn.example-shop.com");
    tx.req.user_agent = text("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36");
    struct tls_session tls = { .has_client = true, .sni = text("static.cdn.example-shop.com") };
    struct dns_message dns = { .n_questions = 1 };
    dns.question[0].name = text("static.cdn.example-shop.com");
    measure(d, &m, &(struct fact){ .kind = FACT_HTTP_REQUEST, .http = &tx }, "request");
    measure(d, &m, &(struct fact){ .kind = FACT_TLS_CLIENT, .tls = &tls }, "client hello");
    measure(d, &m, &(struct fact){ .kind = FACT_DNS, .dns = &dns }, "query");
    unsigned hits = 0;
    double t2 = now();
    for (int i = 0; i < rounds; i++) {
        struct detect_flow df = { 0 };
        detect_flow_start(d, &m, &df, count, &hits);
    }
    printf("%-14s %7.1f ns a flow, %.2f hits\n", "flow start", (now() - t2) / rounds * 1e9, (double)hits / rounds);
    detect_close(d);
    free(image);
    rules_free(&rules);
    return 0;
}
