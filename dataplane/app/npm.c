/* From a request to npm facts: whether it may be one at all, then its path in the order of how
 * certain the forms are. Most requests of a network have nothing to do with npm, so worth_a_look()
 * must send them away after a glance at the host, the end of the path and a few headers. */
#include "app/npm.h"
#include "app/npm_path.h"

enum { PATH_MAX_LEN = 8192 };   /* of a longer path only the end is read */

struct site_host { const char *host; uint8_t n; uint8_t site; };
#define HOST(name, site) { name, sizeof name - 1, site }

static const struct site_host hosts[] = {
    HOST("registry.npmjs.org", SITE_REGISTRY), HOST("registry.npmjs.com", SITE_REGISTRY),
    HOST("registry.yarnpkg.com", SITE_REGISTRY), HOST("npm.pkg.github.com", SITE_REGISTRY),
    HOST("npm.jsr.io", SITE_REGISTRY), HOST("registry.npm.taobao.org", SITE_NPMMIRROR),
    HOST("registry.npmmirror.com", SITE_NPMMIRROR), HOST("cdn.npmmirror.com", SITE_NPMMIRROR),
    HOST("unpkg.com", SITE_UNPKG), HOST("esm.unpkg.com", SITE_UNPKG),
    HOST("esm.run", SITE_UNPKG), HOST("esm.sh", SITE_ESM), HOST("cdn.esm.sh", SITE_ESM),
    HOST("cdn.skypack.dev", SITE_SKYPACK), HOST("ga.jspm.io", SITE_JSPM), HOST("jspm.dev", SITE_JSPM),
    HOST("codeload.github.com", SITE_CODELOAD),
};

/* Most hosts fail at the first letter. */
static enum npm_site site_of(struct span host)
{
    static const char jsdelivr[] = ".jsdelivr.net";     /* cdn., fastly., gcore., testingcf., ... */
    if (host.n < 6)
        return SITE_OTHER;
    if (memchr("rnucejg", host.p[0], 7) != NULL)
        for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
            if (hosts[i].n == host.n && memcmp(hosts[i].host, host.p, host.n) == 0)
                return (enum npm_site)hosts[i].site;
    return npm_strip_back(&host, jsdelivr) ? SITE_JSDELIVR : SITE_OTHER;
}

/* Origin form, or absolute form as proxies get it (RFC 9112 3.2); without query and fragment. */
static struct span path_of(struct span uri, struct span *query)
{
    *query = SPAN_NONE;
    if (uri.n > 0 && uri.p[0] != '/') {
        size_t scheme = npm_find(uri, "://");
        struct span authority = span_sub(uri, scheme + 3, uri.n);
        uri = span_sub(authority, span_find(authority, '/'), authority.n);
    }
    uri.n = span_find(uri, '#');
    size_t mark = span_find(uri, '?');
    *query = span_sub(uri, mark + 1, uri.n);
    uri.n = mark;
    while (uri.n > 0 && uri.p[uri.n - 1] == '/')
        uri.n--;
    return uri;
}

/* ---- who asks ---- */

static const char *const clients[] = { "npm/", "yarn/", "pnpm/", "bun/", "deno/", "pacote/", "cnpm/",
                                       "npminstall/", "npm-registry-fetch/", "lerna/" };

static bool starts_nocase(struct span s, const char *text)
{
    return span_is_nocase(span_sub(s, 0, strlen(text)), text);
}

/* The first word of a User-Agent that is a package manager's. */
static struct span client_of(struct span agent)
{
    if (agent.n < 4 || memchr("nypbdclNYPBDCL", agent.p[0], 14) == NULL)
        return SPAN_NONE;
    struct span first = span_sub(agent, 0, span_find(agent, ' '));
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        if (starts_nocase(first, clients[i]))
            return first;
    return span_is(first, "pnpm") ? first : SPAN_NONE;
}

static bool has_npm_header(const struct http_request *req)
{
    for (unsigned i = 0; req->headers != NULL && i < req->n_headers; i++) {
        struct span name = req->headers[i].name;
        uint8_t first = name.n > 6 ? ascii_lower(name.p[0]) : 0;
        if ((first == 'n' && starts_nocase(name, "npm-")) ||
            (first == 'p' && starts_nocase(name, "pacote-")))
            return true;
    }
    return false;
}

/* Browsers, most of what is seen, are not asked for npm's headers. */
static enum npm_sign sign_of(const struct http_request *req)
{
    struct span agent = req->user_agent;
    if (req->accept.n > 0 && (req->accept.p[0] | 0x20) == 'a' &&
        starts_nocase(req->accept, "application/vnd.npm."))
        return SIGN_SURE;
    if (agent.n > 8 && memcmp(agent.p, "Mozilla/", 8) == 0)
        return SIGN_NONE;
    if (client_of(agent).n > 0 || has_npm_header(req))
        return SIGN_SURE;
    return agent.n == 0 || starts_nocase(agent, "got") ? SIGN_POSSIBLE : SIGN_NONE;
}

static struct span session_of(const struct http_request *req)
{
    for (unsigned i = 0; req->headers != NULL && i < req->n_headers; i++)
        if (span_is_nocase(req->headers[i].name, "npm-session"))
            return req->headers[i].value;
    struct span head = req->headers == NULL ? req->head : SPAN_NONE;
    while (head.n > 0) {
        struct span line = span_sub(head, 0, span_find(head, '\n'));
        head = span_sub(head, line.n + 1, head.n);
        if (starts_nocase(line, "npm-session:")) {
            npm_strip_back(&line, "\r");
            return span_trim(span_sub(line, 12, line.n));
        }
    }
    return SPAN_NONE;
}

/* ---- whether it is worth a look ---- */

static bool is_hash_len(size_t n)
{
    return n == 40 || n == 64;
}

/* "/@scope%2fname" as last segment: no other protocol writes that. */
static bool is_encoded_scope(struct span segment)
{
    if (segment.n < 6 || (segment.p[0] != '@' && memcmp(segment.p, "%40", 3) != 0))
        return false;
    return npm_find(segment, "%2f") < segment.n || npm_find(segment, "%2F") < segment.n;
}

/* ".tg%7a", "\\x.tgz" was seen above, "x.tgz/.": no client of npm's writes that, but servers read it. */
static bool ends_in_disguise(struct span last)
{
    struct span end = span_sub(last, last.n > 12 ? last.n - 12 : 0, 12);
    return span_is(last, ".") || span_find(end, '%') < end.n;
}

static bool worth_a_look(const struct npm_ask *a, struct span path)
{
    if (path.n < 2)
        return false;
    if (a->site != SITE_OTHER || a->sign == SIGN_SURE)
        return true;
    struct span before, last = npm_last_segment(path, &before);
    if (npm_strip_back(&last, ".tgz") || is_hash_len(last.n) || is_encoded_scope(last))
        return true;
    if (ends_in_disguise(last))
        return true;
    if (a->sign == SIGN_POSSIBLE && npm_find(path, "npm/") < path.n)
        return true;
    return a->req->method.n == 4 && npm_find(path, "/-/npm/v1/security") < path.n;
}

/* ---- the answer ---- */

/* The routing in front of a name, without what belongs to the form of the URL and not to the place:
 * GitHub's /download, JSR's /~/11. */
static struct span routing(struct span prefix)
{
    struct span before, last = npm_last_segment(prefix, &before), older;
    if (span_is(last, "download"))
        return before;
    return span_is(npm_last_segment(before, &older), "~") ? older : prefix;
}

void npm_tell(struct npm_ask *a, enum npm_kind kind, struct span name, struct span version,
              struct span prefix)
{
    uint8_t spec[NPM_NAME_MAX + 1 + NPM_VERSION_MAX], registry[512];
    if (a->n == NPM_FACTS_MAX || name.n > NPM_NAME_MAX || version.n > NPM_VERSION_MAX)
        return;
    memcpy(spec, name.p, name.n);
    spec[name.n] = '@';
    memcpy(spec + name.n + 1, version.p, version.n);

    prefix = routing(prefix);
    size_t host_len = a->host.n < sizeof registry ? a->host.n : 0;
    size_t prefix_len = prefix.n <= sizeof registry - host_len ? prefix.n : 0;
    memcpy(registry, a->host.p, host_len);
    memcpy(registry + host_len, prefix.p, prefix_len);

    struct npm_fact f = {
        .kind = kind,
        .name = { spec, name.n },
        .version = { spec + name.n + 1, version.n },
        .spec = { spec, version.n > 0 ? name.n + 1 + version.n : name.n },
        .registry = { registry, host_len + prefix_len },
        .client = client_of(a->req->user_agent),
        .session = session_of(a->req),
        .placeholder = npm_version_placeholder(version),
    };
    a->n++;
    a->emit(a->ctx, &f);
}

static void read_path(struct npm_ask *a, struct span path)
{
    uint8_t decoded[PATH_MAX_LEN];
    if (path.n > sizeof decoded)
        path = span_sub(path, path.n - sizeof decoded, path.n);
    struct span before;
    if (is_encoded_scope(npm_last_segment(path, &before)))
        a->sign = SIGN_SURE;
    a->path = npm_decode(path, decoded);
    a->path = npm_tidy(decoded, a->path.n);
    if (a->path.n < 2)
        return;
    if (npm_tarball(a))
        return;
    if (a->site == SITE_OTHER || a->site == SITE_REGISTRY || a->site == SITE_NPMMIRROR)
        npm_metadata(a);
    if (a->site > SITE_REGISTRY)
        npm_cdn(a);
}

void npm_from_request(const struct http_request *req, npm_emit_fn *emit, void *ctx)
{
    struct npm_ask a = { .req = req, .host = req->host, .emit = emit, .ctx = ctx };
    npm_strip_back(&a.host, ".");
    a.site = site_of(a.host);
    a.sign = sign_of(req);
    struct span path = path_of(req->uri, &a.query);
    if (worth_a_look(&a, path))
        read_path(&a, path);
}
