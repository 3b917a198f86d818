/* Any text as a rule file: each refusal points into it and says what to do, and what was read
 * compiles to an image that passes its own check and can be matched with. */
#include "detect/detect.h"
#include "rules/compile.h"

#include <netinet/in.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_hit(void *ctx, const struct detect_hit *hit)
{
    (void)ctx;
    if (hit->rule.sid == 0)
        abort();
}

/* Lists would be read from disk, and long expressions take Hyperscan long to compile. */
static bool worth_compiling(const struct rules *r)
{
    if (r->n == 0 || r->n > 8 || r->n_datasets > 0)
        return false;
    for (uint32_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < r->v[i].n_opts; k++)
            if (r->v[i].opts[k].kind == OPT_PCRE && r->v[i].opts[k].text.n > 24)
                return false;
    return true;
}

static void match(const void *image, size_t n, struct span text)
{
    struct ruleset rs;
    struct error err;
    struct config c = { .head_max = 1024, .body_max = 1024 };
    if (ruleset_check(image, n, &rs, &err) != 0)
        abort();
    struct detect *d = detect_open(&rs, &c, &err);
    if (d == NULL)
        abort();
    struct flow_meta flow = { .id = 1, .proto = IPPROTO_TCP, .established = true };
    struct meta m = { .proto = IPPROTO_TCP, .flow = &flow };
    struct detect_flow df = { 0 };
    struct http_tx tx = { .has_request = true, .has_response = true };
    struct span none = SPAN_NONE;
    tx.req = (struct http_request){ .line = text, .method = none, .uri = text, .protocol = none, .host = text, .host_raw = text,
                                    .user_agent = text, .referer = none, .content_type = none, .accept = none, .cookie = none, .head = text };
    struct tls_session tls = { .sni = text, .ja3 = none, .ja3_hash = none, .ja4 = none };
    detect_flow_start(d, &m, &df, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_HTTP_REQUEST, .http = &tx }, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_TLS_CLIENT, .tls = &tls }, no_hit, NULL);
    detect_fact(d, &m, &df, &(struct fact){ .kind = FACT_HTTP_BODY, .http = &tx, .body = text, .body_end = true }, no_hit, NULL);
    detect_close(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lang_vars vars;
    if (vars.n == 0)
        lang_vars_default(&vars, NULL);
    if (size > 4096)
        return 0;
    struct rules r = { 0 };
    struct span text = { data, size };
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    rules_parse(&r, &vars, "fuzz.rules", text);
    for (uint32_t i = 0; i < r.n_refusals; i++) {
        const struct refusal *f = &r.refusals[i];
        if (f->line == 0 || f->line > lines || f->column == 0 || f->column > size + 2 || f->reason[0] == '\0' || f->remedy[0] == '\0')
            abort();
    }
    void *image;
    size_t n;
    struct error err;
    if (worth_compiling(&r) && rules_compile(&r, NULL, NULL, &image, &n, NULL, &err) == 0) {
        match(image, n, text);
        free(image);
    }
    rules_free(&r);
    return 0;
}
