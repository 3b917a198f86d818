/* What requests name: every registry's and CDN's forms, with and without a scope, plain and encoded,
 * with versions that are hard to cut off; and what comes close and names nothing. */
#include "app/npm.h"
#include "test.h"

#include <stdio.h>

enum { SEEN_MAX = 40 };
struct seen { enum npm_kind kind; char name[256], version[280], spec[540], registry[600], client[64], session[64]; bool placeholder; };
struct result { unsigned n; struct seen s[SEEN_MAX]; };

static void text(char *out, size_t room, struct span s)
{
    CHECK(s.n < room);
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
}

static void on_fact(void *ctx, const struct npm_fact *f)
{
    struct result *r = ctx;
    CHECK(r->n < SEEN_MAX);
    struct seen *s = &r->s[r->n++];
    s->kind = f->kind;
    s->placeholder = f->placeholder;
    text(s->name, sizeof s->name, f->name);
    text(s->version, sizeof s->version, f->version);
    text(s->spec, sizeof s->spec, f->spec);
    text(s->registry, sizeof s->registry, f->registry);
    text(s->client, sizeof s->client, f->client);
    text(s->session, sizeof s->session, f->session);
}

static struct span over(const char *s)
{
    return (struct span){ (const uint8_t *)s, strlen(s) };
}

static struct result ask(const char *method, const char *host, const char *uri, const char *agent)
{
    static struct result r;
    r.n = 0;
    struct span u = exact_copy(over(uri), strlen(uri)), h = exact_copy(over(host), strlen(host));
    struct span a = exact_copy(over(agent), strlen(agent));
    struct http_request req = { .version = 11, .method = over(method), .uri = u, .host = h,
        .host_raw = h, .user_agent = a, .accept = SPAN("*/*"), .head = SPAN_NONE };
    npm_from_request(&req, on_fact, &r);
    exact_free(u);
    exact_free(h);
    exact_free(a);
    return r;
}

static const char npm[] = "npm/11.6.1 node/v22.1.0 linux x64 workspaces/false", yarn1[] =
    "yarn/1.22.22 npm/? node/v20 linux x64", got[] = "got (https://github.com/sindresorhus/got)",
    curl[] = "curl/8.5.0";

static bool is(const struct result *r, enum npm_kind kind, const char *name, const char *version,
               const char *registry)
{
    char spec[540];
    snprintf(spec, sizeof spec, "%s%s%s", name, version[0] != 0 ? "@" : "", version);
    bool right = r->n == 1 && r->s[0].kind == kind && strcmp(r->s[0].name, name) == 0 &&
                 strcmp(r->s[0].version, version) == 0 && strcmp(r->s[0].spec, spec) == 0 &&
                 strcmp(r->s[0].registry, registry) == 0;
    if (!right)
        print_message("wanted %s at %s: got %u, %s at %s\n", spec, registry, r->n,
                      r->n > 0 ? r->s[0].spec : "-", r->n > 0 ? r->s[0].registry : "-");
    return right;
}

/* ---- tarballs: a table of forms, times names, times versions, times encodings ---- */

static const char *const names[] = { "left-pad", "a", "base64-js", "JSONStream", "node-1.0.0", "lodash.merge",
    "@scope/name", "@babel/plugin-proposal-7", "@types/node", "@Org.x/UPPER_case~1", "-", "es5-ext" };
static const char *const versions[] = { "1.0.0", "0.0.1-security", "10.20.30-rc.1+build.123", "1.0.0-1-2-3",
    "2.0.0-next-1.0.0", "0.0.0-experimental-abc+x-y", "16.0.0-2024.1" };

/* In a form: %N name, %B the name without its scope, %V version. */
static const struct form { const char *host, *path, *registry; bool scoped, unscoped; } forms[] = {
    { "registry.npmjs.org", "/%N/-/%B-%V.tgz", "registry.npmjs.org", true, true },
    { "registry.npmjs.org.", "/%N/-/%B-%V.tgz", "registry.npmjs.org", true, true },
    { "registry.yarnpkg.com", "/%N/-/%B-%V.tgz?commit=1#x", "registry.yarnpkg.com", true, true },
    { "registry.npmmirror.com", "/%N/-/%B-%V.tgz", "registry.npmmirror.com", true, true },
    { "registry.npmmirror.com", "/%N/download/%B-%V.tgz", "registry.npmmirror.com", true, true },
    { "registry.npmmirror.com", "/%N/download/%N-%V.tgz", "registry.npmmirror.com", true, true },
    { "cdn.npmmirror.com", "/packages/%N/%V/%B-%V.tgz", "cdn.npmmirror.com/packages", true, true },
    { "npm.corp.example", "/%N/-/%B-%V.tgz", "npm.corp.example", true, true },
    { "npm.corp.example", "http://npm.corp.example:4873/%N/-/%B-%V.tgz", "npm.corp.example", true, true },
    { "10.0.0.7", "/verdaccio/npm/%N/-/%B-%V.tgz", "10.0.0.7/verdaccio/npm", true, true },
    { "gitlab.example", "/api/v4/projects/42/packages/npm/%N/-/%N-%V.tgz", "gitlab.example/api/v4/projects/42/packages/npm", true, true },
    { "gitlab.example", "/api/v4/projects/g%2Fp/packages/npm/%N/-/%N-%V.tgz", "gitlab.example/api/v4/projects/g/p/packages/npm", true, true },
    { "jfrog.example", "/artifactory/api/npm/main/%N/-/%B-%V.tgz", "jfrog.example/artifactory/api/npm/main", true, true },
    { "jfrog.example", "/artifactory/api/npm/main/%N/-/%N-%V.tgz", "jfrog.example/artifactory/api/npm/main", true, true },
    { "nexus.example", "/repository/npm-all/%N/-/%B-%V.tgz", "nexus.example/repository/npm-all", true, true },
    { "nexus.example", "/nexus/content/groups/npm/%N/-/%B-%V.tgz", "nexus.example/nexus/content/groups/npm", true, true },
    { "d-123456789012.d.codeartifact.eu-central-1.amazonaws.com", "/npm/main/%N/-/%B-%V.tgz",
      "d-123456789012.d.codeartifact.eu-central-1.amazonaws.com/npm/main", true, true },
    { "pkgs.dev.azure.com", "/o/p/_packaging/f/npm/registry/%N/-/%B-%V.tgz", "pkgs.dev.azure.com/o/p/_packaging/f/npm/registry", true, true },
    { "europe-npm.pkg.dev", "/project/repo/%N/-/%B-%V.tgz", "europe-npm.pkg.dev/project/repo", true, true },
    { "gitea.example", "/api/packages/o/npm/%N/-/%V/%B-%V.tgz", "gitea.example/api/packages/o/npm", true, true },
    { "npm.pkg.github.com", "/download/%N/%V/0123456789abcdef0123456789abcdef01234567", "npm.pkg.github.com", true, false },
    { "npm.pkg.github.com", "/download/%N/%V/0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF", "npm.pkg.github.com", true, false },
};

enum encoding { PLAIN, SLASH_LOWER, SLASH_UPPER, AT_TOO, ENCODINGS };

static size_t put_name(char *out, const char *name, enum encoding how)
{
    static const char *const slashes[] = { "/", "%2f", "%2F", "%2f" };
    size_t n = 0;
    for (; *name != 0; name++) {
        if (*name == '/')
            n += (size_t)sprintf(out + n, "%s", slashes[how]);
        else if (*name == '@' && how == AT_TOO)
            n += (size_t)sprintf(out + n, "%%40");
        else
            out[n++] = *name;
    }
    out[n] = 0;
    return n;
}

static void expand(char *out, const char *form, const char *name, const char *version, enum encoding how)
{
    const char *slash = strchr(name, '/');
    for (; *form != 0; form++) {
        if (form[0] == '%' && form[1] == 'N')
            out += put_name(out, name, how);
        else if (form[0] == '%' && form[1] == 'B')
            out += sprintf(out, "%s", slash != NULL ? slash + 1 : name);
        else if (form[0] == '%' && form[1] == 'V')
            out += sprintf(out, "%s", version);
        else {
            *out++ = *form;
            continue;
        }
        form++;
    }
    *out = 0;
}

static void every_tarball_form_of_every_registry(void **state)
{
    (void)state;
    unsigned rows = 0;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++)
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++)
                for (enum encoding e = PLAIN; e < ENCODINGS; e++, rows++) {
                    char uri[1024];
                    if (names[n][0] == '@' ? !forms[f].scoped : !forms[f].unscoped)
                        continue;
                    expand(uri, forms[f].path, names[n], versions[v], e);
                    struct result r = ask("GET", forms[f].host, uri, rows % 2 ? curl : yarn1);
                    CHECK(is(&r, NPM_TARBALL, names[n], versions[v], forms[f].registry));
                    CHECK(r.s[0].placeholder == (v == 1));
                    CHECK(strcmp(r.s[0].client, rows % 2 ? "" : "yarn/1.22.22") == 0);
                }
    CHECK(rows > 5000);
}

static void a_cut_tarball_path_names_no_tarball(void **state)
{
    (void)state;
    static const char uri[] = "/@scope%2fname/-/name-1.0.0-rc.1.tgz";
    for (size_t n = 0; n < sizeof uri - 1; n++) {
        char cut[64];
        snprintf(cut, sizeof cut, "%.*s", (int)n, uri);
        struct result r = ask("GET", "npm.corp.example", cut, curl);
        CHECK(r.n == 0 || (r.n == 1 && r.s[0].kind == NPM_METADATA && r.s[0].version[0] == 0));
    }
}

static void near_misses_name_nothing(void **state)
{
    (void)state;
    static const char *const uris[] = {
        "/", "", "*", "/-/", "/left-pad/-/", "/left-pad/-/.tgz", "/left-pad/-/left-pad.tgz", "/left-pad/-/left-pad-.tgz",
        "/left-pad/-/right-pad-1.0.0.tgz", "/left-pad/-/left-padd-1.0.0.tgz", "/left-pad/-/left-pad-latest.tgz",
        "/left-pad/-/left-pad-1.0.0.zip", "/left-pad/-/left-pad-1.0.0.tgz.sig", "/left-pad/-/left-pad-1.0 0.tgz",
        "/left-pad/-/left-pad-1.0.0%00.tgz", "/left%20pad/-/left%20pad-1.0.0.tgz", "/.left/-/.left-1.0.0.tgz",
        "/_left/-/_left-1.0.0.tgz", "/@s/-/s-1.0.0.tgz", "/@/n/-/n-1.0.0.tgz", "/@s%252fn/-/n-1.0.0.tgz",
        "/@s/n/-/@t/n-1.0.0.tgz", "/n/-/1.0.0/n-1.0.1.tgz", "/packages/n/1.0.0/n-1.0.1.tgz", "/packages/n/1.0.0/m-1.0.0.tgz",
        "/download/@o/n/1.0.0/0123456789abcdef", "/download/o/n/1.0.0/0123456789abcdef0123456789abcdef01234567",
        "/other/@o/n/1.0.0/0123456789abcdef0123456789abcdef01234567",
        "/download/@o/n/1.0.0/0123456789abcdef0123456789abcdef0123456g", "/backup.tgz", "/a/b/c/d-1.0.0.tgz",
        "/left-pad", "/left-pad/1.0.0", "/@scope/name", "/npm/left-pad", "/index.html?x=/left-pad/-/left-pad-1.0.0.tgz",
        "/index.html#/left-pad/-/left-pad-1.0.0.tgz", "/@/%2f", "/@%2f", "/@a%2f", "/%40", "/~/11/@jsr/a__b/x.tgz", "%2f", "/%", "/%2",
    };
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        struct result r = ask("GET", "www.example.com", uris[i], curl);
        if (r.n != 0)
            print_message("%s gave %s\n", uris[i], r.s[0].spec);
        CHECK(r.n == 0);
    }
    CHECK(ask("POST", "registry.npmjs.org", "/left-pad/-/left-pad-1.0.0.tgz", npm).n == 0);
    CHECK(ask("CONNECT", "registry.npmjs.org", "registry.npmjs.org:443", npm).n == 0);
}

static void names_and_versions_have_limits(void **state)
{
    (void)state;
    char name[300], uri[20000];
    for (int n = 213; n <= 216; n++) {
        memset(name, 'n', (size_t)n);
        name[n] = 0;
        snprintf(uri, sizeof uri, "/%s/-/%s-1.0.0.tgz", name, name);
        CHECK(ask("GET", "r.example", uri, curl).n == (n <= 214));
    }
    memset(name, '1', 257);
    name[256] = 0;
    snprintf(uri, sizeof uri, "/n/-/n-%s.tgz", name);
    CHECK(ask("GET", "r.example", uri, curl).n == 1);
    name[256] = '1', name[257] = 0;
    snprintf(uri, sizeof uri, "/n/-/n-%s.tgz", name);
    CHECK(ask("GET", "r.example", uri, curl).n == 0);
    memset(uri, 'x', 15000);        /* long routing hides nothing */
    uri[0] = '/';
    strcpy(uri + 15000, "/n/-/n-1.0.0.tgz");
    struct result r = ask("GET", "r.example", uri, curl);
    CHECK(is(&r, NPM_TARBALL, "n", "1.0.0", "r.example"));
}

/* ---- one row, one request ---- */

static const struct row { const char *method, *host, *uri, *agent; enum npm_kind kind; const char *name, *version, *registry; } rows[] = {
    /* metadata at known registries, whoever asks */
    { "GET", "registry.npmjs.org", "/left-pad", curl, NPM_METADATA, "left-pad", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.org", "/left-pad/", curl, NPM_METADATA, "left-pad", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.com", "/left-pad/1.0.0", curl, NPM_METADATA, "left-pad", "1.0.0", "registry.npmjs.com" },
    { "GET", "registry.npmjs.org", "/left-pad/latest", curl, NPM_METADATA, "left-pad", "", "registry.npmjs.org" },
    { "HEAD", "registry.npmjs.org", "/@s%2fn", got, NPM_METADATA, "@s/n", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.org", "/@s%2Fn?write=true", got, NPM_METADATA, "@s/n", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.org", "/%40s%2fn", got, NPM_METADATA, "@s/n", "", "registry.npmjs.org" },
    { "GET", "registry.yarnpkg.com", "/@s/n", got, NPM_METADATA, "@s/n", "", "registry.yarnpkg.com" },
    { "GET", "registry.npmmirror.com", "/@s/n/2.0.0-b", got, NPM_METADATA, "@s/n", "2.0.0-b", "registry.npmmirror.com" },
    { "GET", "registry.npmjs.org", "http://registry.npmjs.org/left-pad", npm, NPM_METADATA, "left-pad", "", "registry.npmjs.org" },
    { "GET", "npm.pkg.github.com", "/@o%2fn", npm, NPM_METADATA, "@o/n", "", "npm.pkg.github.com" },
    { "GET", "npm.jsr.io", "/@jsr/std__path", npm, NPM_METADATA, "@jsr/std__path", "", "npm.jsr.io" },
    { "GET", "npm.jsr.io", "/~/11/@jsr/std__path/1.0.8.tgz", npm, NPM_TARBALL, "@jsr/std__path", "1.0.8", "npm.jsr.io" },
    /* metadata elsewhere, by the client */
    { "GET", "r.example", "/left-pad", npm, NPM_METADATA, "left-pad", "", "r.example" },
    { "GET", "r.example", "/left-pad", "pnpm/9.1.0 npm/? node/v20", NPM_METADATA, "left-pad", "", "r.example" },
    { "GET", "r.example", "/left-pad", "Bun/1.1.0", NPM_METADATA, "left-pad", "", "r.example" },
    { "GET", "r.example", "/left-pad", "Deno/2.0.0", NPM_METADATA, "left-pad", "", "r.example" },
    { "GET", "r.example", "/left-pad", "pacote/18 node/v20", NPM_METADATA, "left-pad", "", "r.example" },
    { "GET", "r.example", "/x/y/@s/n", npm, NPM_METADATA, "@s/n", "", "r.example/x/y" },
    { "GET", "r.example", "/x/y/@s%2fn", curl, NPM_METADATA, "@s/n", "", "r.example/x/y" },
    { "GET", "r.example", "/x/left-pad/1.2.3", npm, NPM_METADATA, "left-pad", "1.2.3", "r.example/x" },
    { "GET", "r.example", "/npm/left-pad", npm, NPM_METADATA, "left-pad", "", "r.example/npm" },
    { "GET", "r.example", "/npm/@s/n", npm, NPM_METADATA, "@s/n", "", "r.example/npm" },
    { "GET", "r.example", "/npm/left-pad/1.0.0", npm, NPM_METADATA, "left-pad", "1.0.0", "r.example/npm" },
    { "GET", "r.example", "/npm/repo/left-pad/1.0.0", npm, NPM_METADATA, "left-pad", "1.0.0", "r.example/npm/repo" },
    { "GET", "r.example", "/repository/all/left-pad", npm, NPM_METADATA, "left-pad", "", "r.example/repository/all" },
    { "GET", "r.example", "/nexus/content/groups/all/left-pad", npm, NPM_METADATA, "left-pad", "", "r.example/nexus/content/groups/all" },
    { "GET", "r.example", "/api/packages/o/npm/left-pad", npm, NPM_METADATA, "left-pad", "", "r.example/api/packages/o/npm" },
    { "GET", "r.example", "/api/packages/o/npm/@s%2fn", npm, NPM_METADATA, "@s/n", "", "r.example/api/packages/o/npm" },
    /* routing that is nobody else's: yarn 2 and later is seen too */
    { "GET", "r.example", "/artifactory/api/npm/all/left-pad", got, NPM_METADATA, "left-pad", "", "r.example/artifactory/api/npm/all" },
    { "GET", "r.example", "/api/v4/packages/npm/left-pad", got, NPM_METADATA, "left-pad", "", "r.example/api/v4/packages/npm" },
    { "GET", "r.example", "/api/v4/groups/7/-/packages/npm/left-pad", got, NPM_METADATA, "left-pad", "", "r.example/api/v4/groups/7/-/packages/npm" },
    { "GET", "r.example", "/api/v4/projects/g%2fp/packages/npm/@s%2fn", got, NPM_METADATA, "@s/n", "", "r.example/api/v4/projects/g/p/packages/npm" },
    { "GET", "pkgs.dev.azure.com", "/o/_packaging/f/npm/registry/left-pad", got, NPM_METADATA, "left-pad", "", "pkgs.dev.azure.com/o/_packaging/f/npm/registry" },
    { "GET", "d-1.d.codeartifact.x.amazonaws.com", "/npm/r/left-pad", got, NPM_METADATA, "left-pad", "", "d-1.d.codeartifact.x.amazonaws.com/npm/r" },
    { "GET", "us-npm.pkg.dev", "/p/r/left-pad", npm, NPM_METADATA, "left-pad", "", "us-npm.pkg.dev/p/r" },
    { "GET", "us-npm.pkg.dev", "/p/r/@s%2fn", got, NPM_METADATA, "@s/n", "", "us-npm.pkg.dev/p/r" },
    /* other requests of a registry */
    { "PUT", "registry.npmjs.org", "/left-pad", npm, NPM_PUBLISH, "left-pad", "", "registry.npmjs.org" },
    { "PUT", "registry.npmjs.org", "/@s%2fn", npm, NPM_PUBLISH, "@s/n", "", "registry.npmjs.org" },
    { "PUT", "r.example", "/api/npm/all/n/-/n-1.0.0.tgz", curl, NPM_PUBLISH, "n", "1.0.0", "r.example/api/npm/all" },
    { "POST", "registry.npmjs.org", "/-/npm/v1/security/advisories/bulk", npm, NPM_AUDIT, "", "", "registry.npmjs.org" },
    { "POST", "r.example", "/api/npm/all/-/npm/v1/security/audits/quick", got, NPM_AUDIT, "", "", "r.example/api/npm/all" },
    { "GET", "registry.npmjs.org", "/-/v1/search?text=left-pad&size=20", npm, NPM_SEARCH, "", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.org", "/-/package/left-pad/dist-tags", npm, NPM_METADATA, "left-pad", "", "registry.npmjs.org" },
    { "PUT", "registry.npmjs.org", "/-/package/@s%2fn/dist-tags/beta", npm, NPM_METADATA, "@s/n", "", "registry.npmjs.org" },
    { "GET", "registry.npmjs.org", "/-/npm/v1/attestations/@s%2fn@1.2.3", npm, NPM_METADATA, "@s/n", "1.2.3", "registry.npmjs.org" },
    { "GET", "codeload.github.com", "/user/repo/tar.gz/0123456789abcdef0123456789abcdef01234567", npm, NPM_TARBALL, "github:user/repo", "0123456789abcdef0123456789abcdef01234567", "codeload.github.com" },
    { "GET", "codeload.github.com", "/user/repo/legacy.tar.gz/refs/heads/main", npm, NPM_TARBALL, "github:user/repo", "refs/heads/main", "codeload.github.com" },
    /* CDNs */
    { "GET", "cdn.jsdelivr.net", "/npm/left-pad@1.3.0/index.js", curl, NPM_FILE, "left-pad", "1.3.0", "cdn.jsdelivr.net/npm" },
    { "GET", "fastly.jsdelivr.net", "/npm/@s/n@1.3.0/+esm", curl, NPM_FILE, "@s/n", "1.3.0", "fastly.jsdelivr.net/npm" },
    { "GET", "cdn.jsdelivr.net", "/npm/left-pad@1/index.js", curl, NPM_FILE, "left-pad", "", "cdn.jsdelivr.net/npm" },
    { "GET", "cdn.jsdelivr.net", "/npm/left-pad", curl, NPM_FILE, "left-pad", "", "cdn.jsdelivr.net/npm" },
    { "GET", "unpkg.com", "/left-pad@1.3.0", curl, NPM_FILE, "left-pad", "1.3.0", "unpkg.com" },
    { "GET", "unpkg.com", "/@s/n@%5E1.3.0/dist/x.js?module", curl, NPM_FILE, "@s/n", "", "unpkg.com" },
    { "GET", "unpkg.com", "/left-pad@latest/x", curl, NPM_FILE, "left-pad", "", "unpkg.com" },
    { "GET", "unpkg.com", "/left-pad@1.2/x", curl, NPM_FILE, "left-pad", "", "unpkg.com" },
    { "GET", "unpkg.com", "/left-pad@1.2.x/x", curl, NPM_FILE, "left-pad", "", "unpkg.com" },
    { "GET", "esm.sh", "/react@18.2.0", curl, NPM_FILE, "react", "18.2.0", "esm.sh" },
    { "GET", "esm.sh", "/v135/react@18.2.0/es2022/react.mjs", curl, NPM_FILE, "react", "18.2.0", "esm.sh" },
    { "GET", "esm.sh", "/stable/@s/n@18.2.0/x.js", curl, NPM_FILE, "@s/n", "18.2.0", "esm.sh" },
    { "GET", "esm.sh", "/*swr@1.3.0", curl, NPM_FILE, "swr", "1.3.0", "esm.sh" },
    { "GET", "esm.sh", "/swr@1.3.0&dev/x", curl, NPM_FILE, "swr", "1.3.0", "esm.sh" },
    { "GET", "esm.sh", "/jsr/@std/encoding@1.0.0/base64", curl, NPM_FILE, "@jsr/std__encoding", "1.0.0", "esm.sh" },
    { "GET", "esm.sh", "/v8@1.0.0", curl, NPM_FILE, "v8", "1.0.0", "esm.sh" },
    { "GET", "cdn.skypack.dev", "/canvas-confetti@1.4.0", curl, NPM_FILE, "canvas-confetti", "1.4.0", "cdn.skypack.dev" },
    { "GET", "cdn.skypack.dev", "/-/react@v17.0.1-yH0aYV1FOvoIPeKBbHxg/dist=es2020/react.js", curl, NPM_FILE, "react", "17.0.1", "cdn.skypack.dev" },
    { "GET", "cdn.skypack.dev", "/pin/@s/n@v1.0.0-b1-yH0aYV1FOvoIPeKBbHxg/n.js", curl, NPM_FILE, "@s/n", "1.0.0-b1", "cdn.skypack.dev" },
    { "GET", "ga.jspm.io", "/npm:@s/n@1.0.0/index.js", curl, NPM_FILE, "@s/n", "1.0.0", "ga.jspm.io" },
    { "GET", "registry.npmmirror.com", "/left-pad/1.3.0/files/index.js", curl, NPM_FILE, "left-pad", "1.3.0", "registry.npmmirror.com" },
    { "GET", "cdn.npmmirror.com", "/packages/%40s/n/1.3.0/files/index.js", curl, NPM_FILE, "@s/n", "1.3.0", "cdn.npmmirror.com/packages" },
};

static void each_row_names_its_package(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *w = &rows[i];
        struct result r = ask(w->method, w->host, w->uri, w->agent);
        if (!is(&r, w->kind, w->name, w->version, w->registry))
            fail_msg("%s http://%s%s", w->method, w->host, w->uri);
    }
}

static void requests_that_name_no_package(void **state)
{
    (void)state;
    static const struct { const char *method, *host, *uri, *agent; } t[] = {
        { "GET", "registry.npmjs.org", "/", npm }, { "GET", "registry.npmjs.org", "/-/ping", npm },
        { "GET", "registry.npmjs.org", "/-/whoami", npm }, { "GET", "registry.npmjs.org", "/favicon.ico", curl },
        { "PUT", "registry.npmjs.org", "/left-pad/-rev/1-abc", npm }, { "DELETE", "registry.npmjs.org", "/left-pad", npm },
        { "GET", "registry.npmjs.org", "/@scope", npm }, { "GET", "registry.npmjs.org", "/a/b/c", npm },
        { "GET", "registry.npmjs.org", "/le%20ft", npm }, { "GET", "r.example", "/left-pad", got },
        { "GET", "r.example", "/left-pad", "Mozilla/5.0" }, { "PUT", "r.example", "/left-pad", curl },
        { "GET", "r.example", "/npm/repo/left-pad", got }, { "GET", "r.example", "/dist/x-1.0.0.tgz", npm },
        { "GET", "r.example", "/dist/node-v20.tar.gz", npm }, { "GET", "cdn.jsdelivr.net", "/gh/u/r@1/x.js", curl },
        { "GET", "esm.sh", "/gh/u/r@1", curl }, { "GET", "unpkg.com", "/", curl }, { "GET", "unpkg.com", "/@s", curl },
        { "POST", "unpkg.com", "/left-pad", curl }, { "GET", "codeload.github.com", "/user/repo/zip/main", npm },
        { "GET", "codeload.github.com", "/user/repo/tar.gz", npm }, { "GET", "xjsdelivr.net", "/npm/a", curl },
        { "GET", "registry.npmjs.org.evil.example", "/left-pad", curl }, { "GET", "", "", "" },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct result r = ask(t[i].method, t[i].host, t[i].uri, t[i].agent);
        if (r.n != 0)
            fail_msg("http://%s%s gave %s", t[i].host, t[i].uri, r.s[0].spec);
    }
}

static void one_request_may_name_several(void **state)
{
    (void)state;
    struct result r = ask("GET", "cdn.jsdelivr.net", "/combine/npm/a@1.0.0/x.js,npm/@s/b@2,gh/u/r@1,npm/c", curl);
    CHECK(r.n == 3 && strcmp(r.s[0].spec, "a@1.0.0") == 0 && strcmp(r.s[1].spec, "@s/b") == 0 &&
          strcmp(r.s[2].spec, "c") == 0);
    r = ask("GET", "esm.sh", "/swr@1.3.0?target=es2022&deps=react@18.2.0,%40s%2fb@1.0.0", curl);
    CHECK(r.n == 3 && strcmp(r.s[1].spec, "react@18.2.0") == 0 && strcmp(r.s[2].spec, "@s/b@1.0.0") == 0);
    char uri[2000] = "/combine/npm/p0";
    for (int i = 1; i < 100; i++)
        sprintf(uri + strlen(uri), ",npm/p%d", i);
    CHECK(ask("GET", "cdn.jsdelivr.net", uri, curl).n == NPM_FACTS_MAX);
}

static void headers_tell_a_package_manager(void **state)
{
    (void)state;
    static struct result r;
    const struct http_header h[] = { { SPAN("Host"), SPAN("r.example") }, { SPAN("NPM-Session"), SPAN("4f2a") } };
    struct http_request req = { .version = 11, .method = SPAN("GET"), .uri = SPAN("/left-pad"),
        .host = SPAN("r.example"), .user_agent = SPAN("custom"), .accept = SPAN_NONE, .headers = h, .n_headers = 2 };
    r.n = 0;
    npm_from_request(&req, on_fact, &r);
    CHECK(r.n == 1 && strcmp(r.s[0].session, "4f2a") == 0 && strcmp(r.s[0].client, "") == 0);

    req.headers = NULL;         /* a parser that kept no headers still has the head */
    req.head = SPAN("Host: r.example\r\nnpm-session:  77aa \r\nX: y\r\n");
    req.accept = SPAN("application/vnd.npm.install-v1+json; q=1.0");
    r.n = 0;
    npm_from_request(&req, on_fact, &r);
    CHECK(r.n == 1 && strcmp(r.s[0].session, "77aa") == 0);

    req.accept = SPAN("application/json");
    r.n = 0;
    npm_from_request(&req, on_fact, &r);
    CHECK(r.n == 0);
}

static void later_prints_of_the_placeholder_are_placeholders(void **state)
{
    (void)state;
    static const struct { const char *uri; bool placeholder; } t[] = {
        { "/n/-/n-0.0.1-security.tgz", true }, { "/n/-/n-0.0.1-security.0.tgz", true },
        { "/n/-/n-0.0.1-security.12.tgz", true }, { "/n/-/n-0.0.1-security.x.tgz", false },
        { "/n/-/n-0.0.1-security2.tgz", false }, { "/n/-/n-10.0.1-security.tgz", false },
        { "/n/-/n-0.0.1-security..tgz", false },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct result r = ask("GET", "r.example", t[i].uri, npm);
        CHECK(r.n == 1 && r.s[0].placeholder == t[i].placeholder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tarball_form_of_every_registry),
        cmocka_unit_test(a_cut_tarball_path_names_no_tarball),
        cmocka_unit_test(near_misses_name_nothing),
        cmocka_unit_test(names_and_versions_have_limits),
        cmocka_unit_test(each_row_names_its_package),
        cmocka_unit_test(requests_that_name_no_package),
        cmocka_unit_test(one_request_may_name_several),
        cmocka_unit_test(headers_tell_a_package_manager),
        cmocka_unit_test(later_prints_of_the_placeholder_are_placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
