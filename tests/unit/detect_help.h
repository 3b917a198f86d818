#ifndef TESTS_UNIT_DETECT_HELP_H
#define TESTS_UNIT_DETECT_HELP_H
/* Rules from text to a matcher, and facts to hold against them. */
#include "detect/detect.h"
#include "rules/compile.h"
#include "test.h"

#include <netinet/in.h>
#include <stdio.h>

struct bed {
    struct rules rules;
    void *image;
    size_t n;
    struct ruleset rs;
    struct compile_stats stats;
    struct detect *d;
    struct flow_meta flow;
    struct meta m;
    struct detect_flow df;
    unsigned n_hits;
    uint32_t sids[64];
    bool suppressed;
    char thing[128], cell[64];
};

static inline struct span bytes_of(const char *s) { return (struct span){ (const uint8_t *)s, strlen(s) }; }

static inline struct addr address(const char *s)
{
    struct addr a = { { 0 } };
    CHECK(addr_read(s, &a));
    return a;
}

/* A TCP flow 10.0.0.5:40000 -> 203.0.113.9:80, established. */
static inline struct bed *bed_open_file(const char *file, const char *text)
{
    struct bed *b = calloc(1, sizeof *b);
    struct lang_vars vars;
    struct error err = { "" };
    struct config c = { .head_max = 65536, .body_max = 102400 };
    lang_vars_default(&vars, NULL);
    struct span copy = exact_copy(bytes_of(text), strlen(text));
    rules_parse(&b->rules, &vars, file, copy);
    exact_free(copy);
    CHECK(rules_compile(&b->rules, NULL, NULL, &b->image, &b->n, &b->stats, &err) == 0);
    CHECK(ruleset_check(b->image, b->n, &b->rs, &err) == 0);
    b->d = detect_open(&b->rs, &c, &err);
    CHECK(b->d != NULL);
    b->flow = (struct flow_meta){ .id = 7, .client = address("10.0.0.5"), .server = address("203.0.113.9"),
                                  .client_port = 40000, .server_port = 80, .proto = IPPROTO_TCP, .established = true };
    b->m = (struct meta){ .ts_ns = 1000000000, .proto = IPPROTO_TCP, .src = b->flow.client, .dst = b->flow.server,
                          .sport = 40000, .dport = 80, .dir = TO_SERVER, .flow = &b->flow };
    return b;
}

static inline struct bed *bed_open(const char *text) { return bed_open_file("test.rules", text); }

static inline void bed_close(struct bed *b)
{
    detect_close(b->d);
    free(b->image);
    rules_free(&b->rules);
    free(b);
}

static inline void bed_hit(void *ctx, const struct detect_hit *h)
{
    struct bed *b = ctx;
    if (b->n_hits < 64)
        b->sids[b->n_hits++] = h->rule.sid;
    b->suppressed = h->suppressed;
    snprintf(b->thing, sizeof b->thing, "%.*s", (int)h->thing.n, (const char *)h->thing.p);
    b->cell[0] = '\0';
    int32_t column = h->table != NULL ? table_column(h->table, "campaign") : -1;
    if (column >= 0) {
        struct span s = table_cell(h->table, h->entry, (uint32_t)column);
        snprintf(b->cell, sizeof b->cell, "%.*s", (int)s.n, (const char *)s.p);
    }
}

/* The number of hits, all of a fresh flow. */
static inline unsigned bed_fact(struct bed *b, const struct fact *f)
{
    b->n_hits = 0;
    detect_fact(b->d, &b->m, &b->df, f, bed_hit, b);
    return b->n_hits;
}

static inline void bed_new_flow(struct bed *b)
{
    b->df = (struct detect_flow){ 0 };
    b->flow.id++;
}

/* GET uri from host as a new flow. */
static inline unsigned bed_get(struct bed *b, const char *host, const char *uri)
{
    struct http_tx tx = { .has_request = true };
    tx.req = (struct http_request){ .version = 11, .line = SPAN("GET / HTTP/1.1"), .method = SPAN("GET"), .uri = bytes_of(uri),
                                    .protocol = SPAN("HTTP/1.1"), .host = bytes_of(host), .host_raw = bytes_of(host),
                                    .user_agent = SPAN("npm/11.6.1 node/v22"), .referer = SPAN_NONE,
                                    .content_type = SPAN_NONE, .accept = SPAN("*/*"), .cookie = SPAN("a=b"),
                                    .x_forwarded_for = SPAN_NONE,
                                    .head = SPAN("Host: x\r\nUser-Agent:  npm/11.6.1 node/v22\r\nCookie: a=b\r\n\r\n") };
    bed_new_flow(b);
    return bed_fact(b, &(struct fact){ .kind = FACT_HTTP_REQUEST, .http = &tx });
}

static inline unsigned bed_uri(struct bed *b, const char *uri) { return bed_get(b, "example.com", uri); }

static inline unsigned bed_sni(struct bed *b, const char *sni)
{
    struct tls_session t = { .has_client = true, .sni = bytes_of(sni), .ja3_hash = SPAN("e7d705a3286e19ea42f587b344ee6865"),
                             .ja4 = SPAN("t13d1516h2_8daaf6152771_e5627efa2ab1") };
    bed_new_flow(b);
    return bed_fact(b, &(struct fact){ .kind = FACT_TLS_CLIENT, .tls = &t });
}

/* One rule with these options on http.uri; does it hit this path? */
static inline bool uri_rule(const char *options, const char *uri)
{
    char text[2048];
    snprintf(text, sizeof text, "alert http any any -> any any (msg:\"t\"; http.uri.raw; %s sid:1;)", options);
    struct bed *b = bed_open(text);
    if (b->stats.rules != 1)
        fprintf(stderr, "%s: %s\n", options, b->rules.n_refusals > 0 ? b->rules.refusals[0].reason : "?");
    CHECK(b->stats.rules == 1);
    bool hit = bed_uri(b, uri) == 1;
    bed_close(b);
    return hit;
}

#endif
