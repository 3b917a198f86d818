/* What is asked of a registry besides tarballs: a package's document, publishing, an audit, a search.
 * The path has to be cut into the routing to the registry and the name, and only some registries'
 * routing can be told from a name. */
#include "app/npm_path.h"

/* Routing that ends in front of the name: `marker`, then so many segments. `certain` routing is
 * nobody else's; the rest needs a request that is a package manager's. */
static const struct { const char *marker; uint8_t segments; bool certain; } routes[] = {
    { "/npm/registry/", 0, true },          /* Azure: /ORG/_packaging/FEED/npm/registry/ */
    { "/api/npm/", 1, true },               /* Artifactory: /artifactory/api/npm/REPO/ */
    { "/packages/npm/", 0, true },          /* GitLab: /api/v4/projects/ID/packages/npm/ */
    { "/api/packages/", 2, false },         /* Gitea: /api/packages/OWNER/npm/ */
    { "/content/repositories/", 1, false }, /* Nexus 2 */
    { "/content/groups/", 1, false },
    { "/content/npm/", 1, false },
    { "/repository/", 1, false },           /* Nexus 3 */
    { "/npm/", 1, false },                  /* CodeArtifact: /npm/REPO/ */
};

/* "N", "N/V" or a tag, with or without a scope, and nothing else. */
static bool whole_name(struct span rest, struct span *name, struct span *version)
{
    *version = SPAN_NONE;
    if (!npm_take_name(&rest, name) || span_is(*name, "favicon.ico") || span_is(*name, "-"))
        return false;
    if (rest.n == 0)
        return true;
    if (!npm_strip_front(&rest, SPAN("/")) || rest.n == 0 || span_find(rest, '/') < rest.n ||
        rest.p[0] == '-')
        return false;
    if (npm_version_exact(rest))
        *version = rest;
    return true;
}

static void tell_named(struct npm_ask *a, struct span name, struct span version)
{
    size_t at = (size_t)(name.p - a->path.p);
    struct span prefix = span_sub(a->path, 0, at > 0 ? at - 1 : 0);
    bool put = span_is(a->req->method, "PUT");
    npm_tell(a, put ? NPM_PUBLISH : NPM_METADATA, name, version, prefix);
}

/* True when the path has known routing, and a name or not behind it. */
static bool routed(struct npm_ask *a)
{
    bool any = a->sign == SIGN_SURE || npm_find(a->host, ".codeartifact.") < a->host.n;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        size_t at = npm_find(a->path, routes[i].marker);
        if (at == a->path.n || (!routes[i].certain && !any))
            continue;
        struct span name, version, rest = span_sub(a->path, at + strlen(routes[i].marker), a->path.n);
        bool scoped = false;
        for (unsigned k = 0; k < routes[i].segments && !scoped; k++) {
            scoped = rest.n > 0 && rest.p[0] == '@';    /* no repository is called that */
            if (!scoped)
                npm_take_segment(&rest);
        }
        if (whole_name(rest, &name, &version) && !npm_version_exact(name)) {
            tell_named(a, name, version);
            return true;
        }
    }
    return false;
}

/* Google: "LOCATION-npm.pkg.dev/PROJECT/REPO/N". */
static bool google(struct npm_ask *a)
{
    struct span host = a->host, name, version, rest = span_sub(a->path, 1, a->path.n);
    if (!npm_strip_back(&host, "-npm.pkg.dev"))
        return false;
    npm_take_segment(&rest);
    npm_take_segment(&rest);
    if (whole_name(rest, &name, &version))
        tell_named(a, name, version);
    return true;
}

static bool is_archive(struct span name)
{
    return npm_strip_back(&name, ".tgz") || npm_strip_back(&name, ".gz") ||
           npm_strip_back(&name, ".zip") || npm_strip_back(&name, ".xz");
}

/* Routing that nobody told us of: a scope shows where the name begins; else it is the last segment,
 * or the one before when that is a version or npm's commonest tag. */
static void unrouted(struct npm_ask *a)
{
    struct span name, before, version = SPAN_NONE;
    size_t scope = npm_find_last(a->path, "/@");
    if (scope < a->path.n) {
        if (whole_name(span_sub(a->path, scope + 1, a->path.n), &name, &version))
            tell_named(a, name, version);
        return;
    }
    name = npm_last_segment(a->path, &before);
    bool tag = npm_version_exact(name) || span_is(name, "latest");
    if (tag && before.n > 1) {
        version = npm_version_exact(name) ? name : SPAN_NONE;
        name = npm_last_segment(before, &before);
    }
    if (npm_name_ok(name) && !is_archive(name) && !span_is(name, "-"))
        tell_named(a, name, version);
}

/* What stands under "/-/" is no package's document, but may name one. */
static bool special(struct npm_ask *a)
{
    size_t at = npm_find(a->path, "/-/");
    struct span prefix = span_sub(a->path, 0, at);
    struct span name, rest = span_sub(a->path, at + 3, a->path.n);
    if (at == a->path.n || span_starts(rest, "packages/npm/"))
        return false;       /* GitLab: /api/v4/groups/ID/-/packages/npm/N */
    if (span_starts(rest, "npm/v1/security/") && span_is(a->req->method, "POST"))
        npm_tell(a, NPM_AUDIT, SPAN_NONE, SPAN_NONE, prefix);
    if (a->site != SITE_REGISTRY && a->site != SITE_NPMMIRROR && a->sign != SIGN_SURE)
        return true;
    if (span_is(rest, "v1/search") || span_is(rest, "all"))
        npm_tell(a, NPM_SEARCH, SPAN_NONE, SPAN_NONE, prefix);
    if (npm_strip_front(&rest, SPAN("package/")) && npm_take_name(&rest, &name) && rest.n > 0)
        npm_tell(a, NPM_METADATA, name, SPAN_NONE, prefix);
    if (npm_strip_front(&rest, SPAN("npm/v1/attestations/")) && npm_take_name(&rest, &name)) {
        npm_strip_front(&rest, SPAN("@"));
        npm_tell(a, NPM_METADATA, name, npm_version_exact(rest) ? rest : SPAN_NONE, prefix);
    }
    return true;
}

void npm_metadata(struct npm_ask *a)
{
    struct span method = a->req->method, name, version;
    if (special(a))
        return;
    if (!span_is(method, "GET") && !span_is(method, "HEAD") && !span_is(method, "PUT"))
        return;
    if (a->site == SITE_REGISTRY || a->site == SITE_NPMMIRROR) {
        if (whole_name(span_sub(a->path, 1, a->path.n), &name, &version))
            tell_named(a, name, version);
        return;
    }
    if (!google(a) && !routed(a) && a->sign == SIGN_SURE)
        unrouted(a);
}
