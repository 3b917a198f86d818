/* Content delivery networks that serve a package's files, in browsers and in Node. Their paths begin
 * with name@version; the version may be a range or a tag, which is then left out. */
#include "app/npm_path.h"

/* "[@S/]N[@V]" off the front, up to the next slash. */
static bool take_spec(struct span *rest, struct span *name, struct span *version)
{
    *version = SPAN_NONE;
    if (!npm_take_name(rest, name))
        return false;
    struct span wanted = span_sub(*rest, 0, span_find(*rest, '/'));
    *rest = span_sub(*rest, wanted.n, rest->n);
    if (!npm_strip_front(&wanted, SPAN("@")))
        return wanted.n == 0;
    npm_strip_front(&wanted, SPAN("v"));
    if (npm_version_exact(wanted))
        *version = wanted;
    return true;
}

static void tell_spec(struct npm_ask *a, struct span rest, struct span prefix)
{
    struct span name, version;
    if (take_spec(&rest, &name, &version))
        npm_tell(a, NPM_FILE, name, version, prefix);
}

/* "/npm/a@1/path" and "/combine/npm/a@1/path,npm/@s/b@2". */
static void jsdelivr(struct npm_ask *a, struct span rest)
{
    if (npm_strip_front(&rest, SPAN("npm/")))
        tell_spec(a, rest, SPAN("/npm"));
    if (!npm_strip_front(&rest, SPAN("combine/")))
        return;
    while (rest.n > 0 && a->n < NPM_FACTS_MAX) {
        struct span one = span_sub(rest, 0, span_find(rest, ','));
        rest = span_sub(rest, one.n + 1, rest.n);
        if (npm_strip_front(&one, SPAN("npm/")))
            tell_spec(a, one, SPAN("/npm"));
    }
}

/* JSR's packages have a name in npm's world: "@jsr/scope__name". */
static void esm_jsr(struct npm_ask *a, struct span rest)
{
    uint8_t text[NPM_NAME_MAX] = "@jsr/";
    struct span name, version;
    if (!take_spec(&rest, &name, &version) || name.p[0] != '@' || name.n + 5 > sizeof text)
        return;
    size_t slash = span_find(name, '/');
    uint8_t *end = mempcpy(text + 5, name.p + 1, slash - 1);
    end = mempcpy(end, "__", 2);
    end = mempcpy(end, name.p + slash + 1, name.n - slash - 1);
    npm_tell(a, NPM_FILE, (struct span){ text, (size_t)(end - text) }, version, SPAN_NONE);
}

/* "v135", the number of a build that was pinned. */
static bool is_build(struct span segment)
{
    struct span digits = segment;
    if (!npm_strip_front(&digits, SPAN("v")) || digits.n == 0 || digits.n > 4)
        return false;
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
    return true;
}

/* "?deps=a@1,b@2" exchanges dependencies. */
static void esm_deps(struct npm_ask *a, struct span query)
{
    uint8_t decoded[2048];
    while (query.n > 0) {
        struct span one = span_sub(query, 0, span_find(query, '&'));
        query = span_sub(query, one.n + 1, query.n);
        if (!npm_strip_front(&one, SPAN("deps=")))
            continue;
        struct span list = npm_decode(span_sub(one, 0, sizeof decoded), decoded);
        while (list.n > 0 && a->n < NPM_FACTS_MAX) {
            struct span dep = span_sub(list, 0, span_find(list, ','));
            list = span_sub(list, dep.n + 1, list.n);
            tell_spec(a, dep, SPAN_NONE);
        }
    }
}

/* "[/v135|/stable]/[*]N@V[&options]/path"; the star leaves dependencies to the importer. */
static void esm(struct npm_ask *a, struct span rest)
{
    struct span after = rest, first = npm_take_segment(&after);
    if (after.n > 0 && (is_build(first) || span_is(first, "stable")))
        rest = after;
    if (span_starts(rest, "gh/") || span_starts(rest, "pr/") || span_starts(rest, "pkg.pr.new/"))
        return;
    if (npm_strip_front(&rest, SPAN("jsr/"))) {
        esm_jsr(a, rest);
        esm_deps(a, a->query);
        return;
    }
    npm_strip_front(&rest, SPAN("*"));
    rest.n = span_find(rest, '&');
    tell_spec(a, rest, SPAN_NONE);
    esm_deps(a, a->query);
}

/* "/N@V", and pinned "/-/N@vV-HASH/...", "/pin/N@vV-HASH/...": the hash is 20 letters and digits. */
static void skypack(struct npm_ask *a, struct span rest)
{
    struct span name, version;
    bool pinned = npm_strip_front(&rest, SPAN("-/")) || npm_strip_front(&rest, SPAN("pin/"));
    if (!take_spec(&rest, &name, &version))
        return;
    size_t dash = npm_find_last(version, "-");
    if (pinned && version.n - dash == 21)
        version.n = dash;
    npm_tell(a, NPM_FILE, name, version, SPAN_NONE);
}

/* "/N/V/files/path" and "/packages/N/V/files/path". */
static void npmmirror(struct npm_ask *a, struct span rest)
{
    struct span name, prefix = SPAN_NONE;
    if (npm_strip_front(&rest, SPAN("packages/")))
        prefix = SPAN("/packages");
    if (!npm_take_name(&rest, &name) || !npm_strip_front(&rest, SPAN("/")))
        return;
    struct span version = npm_take_segment(&rest);
    if (span_is(npm_take_segment(&rest), "files"))
        npm_tell(a, NPM_FILE, name, npm_version_exact(version) ? version : SPAN_NONE, prefix);
}

void npm_cdn(struct npm_ask *a)
{
    struct span rest = span_sub(a->path, 1, a->path.n);
    if (!span_is(a->req->method, "GET") && !span_is(a->req->method, "HEAD"))
        return;
    if (a->site == SITE_JSDELIVR)
        jsdelivr(a, rest);
    if (a->site == SITE_UNPKG)
        tell_spec(a, rest, SPAN_NONE);
    if (a->site == SITE_ESM)
        esm(a, rest);
    if (a->site == SITE_SKYPACK)
        skypack(a, rest);
    if (a->site == SITE_JSPM && npm_strip_front(&rest, SPAN("npm:")))
        tell_spec(a, rest, SPAN_NONE);
    if (a->site == SITE_NPMMIRROR)
        npmmirror(a, rest);
}
