/* Any request: names and versions that come out satisfy the grammar, spec is made of both, and a
 * request never names more than it may. Input: one letter for method and client, then host, path and
 * User-Agent, each ended by a line feed. */
#include "app/npm.h"
#include "app/npm_path.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim)
{
    if (!claim)
        abort();
}

static void on_fact(void *ctx, const struct npm_fact *f)
{
    unsigned *n = ctx;
    must(++*n <= NPM_FACTS_MAX && f->kind <= NPM_SEARCH);
    bool nameless = f->kind == NPM_AUDIT || f->kind == NPM_SEARCH;
    bool git = span_starts(f->name, "github:");
    must(nameless ? f->name.n == 0 : git || npm_name_ok(f->name));
    must(f->version.n == 0 || git || npm_version_ok(f->version));
    must(f->version.n <= NPM_VERSION_MAX && f->registry.n <= 512);
    if (f->version.n == 0) {
        must(span_eq(f->spec, f->name));
        return;
    }
    must(f->spec.n == f->name.n + 1 + f->version.n && f->spec.p[f->name.n] == '@');
    must(span_eq(span_sub(f->spec, 0, f->name.n), f->name));
    must(span_eq(span_sub(f->spec, f->name.n + 1, f->spec.n), f->version));
}

static struct span take_line(struct span *rest)
{
    struct span line = span_sub(*rest, 0, span_find(*rest, '\n'));
    *rest = span_sub(*rest, line.n + 1, rest->n);
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = { "GET", "PUT", "POST", "HEAD" };
    struct span rest = { data, size };
    struct span flags = span_sub(rest, 0, 1);
    uint8_t flag = flags.n > 0 ? flags.p[0] : 0;
    const char *method = methods[flag & 3];
    rest = span_sub(rest, 1, rest.n);
    struct http_request req = { .version = 11, .method = { (const uint8_t *)method, strlen(method) } };
    req.host = take_line(&rest);
    req.uri = take_line(&rest);
    req.user_agent = take_line(&rest);
    req.accept = flag & 4 ? SPAN("application/vnd.npm.install-v1+json") : SPAN_NONE;
    req.head = rest;
    unsigned n = 0;
    npm_from_request(&req, on_fact, &n);
    return 0;
}
