/* A sound image with bytes changed: either it is refused, or matching with it stays inside it. */
#include "detect/detect.h"
#include "rules/compile.h"

#include <netinet/in.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
    "alert http [10.0.0.0/8,!10.1.0.0/16] any -> any [80,8080:] (msg:\"a\"; http.uri; content:\"/abc\"; nocase; content:\"d\"; distance:1; "
    "within:4; pcre:\"/a(b)/i\"; threshold:type limit, track by_src, count 1, seconds 60; metadata:a b; reference:url,x.y; sid:1;)\n"
    "alert tls any any -> any any (tls.sni; dotprefix; content:\".evil.com\"; endswith; flowbits:set,a; sid:2;)\n"
    "pass dns any any -> any any (dns.query; content:\"ok\"; bsize:<9; flowbits:isset,a; sid:3;)\n"
    "drop ip any any -> 192.0.2.1 any (sid:4;)\n"
    "alert http any any -> any any (http.header; to_sha256; content:!\"x\"; isdataat:4; sid:5;)\n";

static void no_hit(void *ctx, const struct detect_hit *hit)
{
    volatile uint8_t sum = 0;
    (void)ctx;
    for (size_t i = 0; i < hit->rule.msg.n; i++)
        sum = (uint8_t)(sum + hit->rule.msg.p[i]);
    for (uint32_t i = 0; i < hit->rule.n_metadata; i++)
        sum = (uint8_t)(sum + ruleset_text(hit->rule.rs, hit->rule.metadata[i].value).n);
}

static void *base;
static size_t base_n;

static void build(void)
{
    struct rules r = { 0 };
    struct lang_vars vars;
    struct error err;
    lang_vars_default(&vars, NULL);
    rules_parse(&r, &vars, "fuzz.rules", SPAN(rules_text));
    if (r.n != 5 || rules_compile(&r, NULL, NULL, &base, &base_n, NULL, &err) != 0)
        abort();
    rules_free(&r);
}

static void match(const struct ruleset *rs)
{
    struct error err;
    struct config c = { .head_max = 1024, .body_max = 1024 };
    struct detect *d = detect_open(rs, &c, &err);
    if (d == NULL)
        return;
    struct flow_meta flow = { .id = 1, .proto = IPPROTO_TCP, .established = true };
    struct meta m = { .proto = IPPROTO_TCP, .flow = &flow, .dport = 80 };
    struct detect_flow df = { 0 };
    struct span none = SPAN_NONE;
    struct http_tx tx = { .has_request = true };
    tx.req = (struct http_request){ .line = none, .method = none, .uri = SPAN("/abc-dab"), .protocol = none, .host = none, .host_raw = none,
                                    .user_agent = none, .referer = none, .content_type = none, .accept = none, .cookie = none,
                                    .head = SPAN("A: b\r\n\r\n") };
    struct tls_session tls = { .sni = SPAN("www.evil.com"), .ja3 = none, .ja3_hash = none, .ja4 = none };
    struct dns_message dns = { .n_questions = 1, .question = { { .name = SPAN("ok.x") } } };
    detect_flow_start(d, &m, &df, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_HTTP_REQUEST, .http = &tx }, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_TLS_CLIENT, .tls = &tls }, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_DNS, .dns = &dns }, no_hit, NULL);
    detect_close(d);
}

/* Input: changes of four bytes each: where (24 bits), what. Blobs are left alone: they have checks
 * of their own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (base == NULL)
        build();
    uint8_t *image = aligned_alloc(64, base_n);
    memcpy(image, base, base_n);
    struct rs_head head;
    memcpy(&head, base, sizeof head);
    for (size_t i = 0; i + 4 <= size && i < 64; i += 4) {
        size_t at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % head.part[PART_BLOBS].at;
        image[at] = data[i + 3];
    }
    struct ruleset rs;
    struct error err;
    size_t n = size % 4 == 1 ? base_n - data[0] : base_n;      /* and a short one, now and then */
    if (ruleset_check(image, n, &rs, &err) == 0)
        match(&rs);
    free(image);
    return 0;
}
