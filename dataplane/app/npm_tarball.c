/* Tarballs: a path names its package twice, in a folder and in the file, and where both agree it is
 * one, on any host and behind any routing. The version is what is left of the file's name once the
 * known name is taken off: names end in digits, and versions hold dashes. */
#include "app/npm_path.h"

static enum npm_kind kind_of(const struct npm_ask *a)
{
    return span_is(a->req->method, "PUT") ? NPM_PUBLISH : NPM_TARBALL;
}

/* "N-V.tgz"; "@S/N-V.tgz" (GitLab, Artifactory); "V/N-V.tgz" (Gitea). */
static bool version_of_file(struct span file, struct span name, struct span *version)
{
    struct span before, folder = SPAN_NONE, bare = npm_last_segment(name, &before);
    if (!npm_strip_back(&file, ".tgz"))
        return false;
    if (file.n > 0 && file.p[0] != '@' && span_find(file, '/') < file.n)
        folder = npm_take_segment(&file);
    if (!npm_strip_front(&file, name) && !npm_strip_front(&file, bare))
        return false;
    if (!npm_strip_front(&file, SPAN("-")) || !npm_version_ok(file))
        return false;
    *version = file;
    return folder.n == 0 || span_eq(folder, file);
}

/* ".../N/-/N-V.tgz" and npmmirror's ".../N/download/N-V.tgz". */
static bool divided(struct npm_ask *a, const char *divider)
{
    struct span name, version, prefix;
    size_t at = npm_find_last(a->path, divider);
    struct span file = span_sub(a->path, at + strlen(divider), a->path.n);
    if (at == a->path.n || !npm_name_at_end(span_sub(a->path, 0, at), &name, &prefix) ||
        !version_of_file(file, name, &version))
        return false;
    npm_tell(a, kind_of(a), name, version, prefix);
    return true;
}

/* npmmirror's storage ".../N/V/N-V.tgz", and JSR's "/~/11/@jsr/S__N/V.tgz". */
static bool stored(struct npm_ask *a)
{
    struct span name, version, prefix, folders, above;
    struct span file = npm_last_segment(a->path, &folders);
    struct span folder = npm_last_segment(folders, &above);
    if (npm_version_ok(folder) && npm_name_at_end(above, &name, &prefix) &&
        version_of_file(file, name, &version) && span_eq(version, folder)) {
        npm_tell(a, kind_of(a), name, version, prefix);
        return true;
    }
    if (npm_strip_back(&file, ".tgz") && npm_version_ok(file) &&
        npm_name_at_end(folders, &name, &prefix) && span_starts(name, "@jsr/")) {
        npm_tell(a, kind_of(a), name, file, prefix);
        return true;
    }
    return false;
}

static bool is_hex(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (memchr("0123456789abcdefABCDEF", s.p[i], 22) == NULL)
            return false;
    return s.n == 40 || s.n == 64;
}

/* GitHub Packages: "/download/@OWNER/N/V/<hash>", without a file name. */
static bool hashed(struct npm_ask *a)
{
    struct span name, prefix, folders, above, older;
    struct span hash = npm_last_segment(a->path, &folders);
    struct span version = npm_last_segment(folders, &above);
    if (!is_hex(hash) || !npm_version_ok(version) || !npm_name_at_end(above, &name, &prefix) ||
        name.p[0] != '@' || !span_is(npm_last_segment(prefix, &older), "download"))
        return false;
    npm_tell(a, kind_of(a), name, version, prefix);
    return true;
}

/* git dependencies: "/USER/REPO/tar.gz/REF" on codeload.github.com. */
static bool from_git(struct npm_ask *a)
{
    uint8_t text[NPM_NAME_MAX] = "github:";
    struct span ref = span_sub(a->path, 1, a->path.n);
    struct span user = npm_take_segment(&ref), repo = npm_take_segment(&ref);
    struct span form = npm_take_segment(&ref);
    size_t n = 7 + user.n + 1 + repo.n;
    bool tar = span_is(form, "tar.gz") || span_is(form, "legacy.tar.gz");
    if (!tar || ref.n == 0 || n > sizeof text || !npm_name_ok(user) || !npm_name_ok(repo))
        return false;
    for (size_t i = 0; i < ref.n; i++)
        if (ref.p[i] <= ' ' || ref.p[i] >= 0x7f)
            return false;
    memcpy(text + 7, user.p, user.n);
    text[7 + user.n] = '/';
    memcpy(text + 7 + user.n + 1, repo.p, repo.n);
    npm_tell(a, NPM_TARBALL, (struct span){ text, n }, ref, SPAN_NONE);
    return true;
}

bool npm_tarball(struct npm_ask *a)
{
    struct span method = a->req->method;
    if (!span_is(method, "GET") && !span_is(method, "HEAD") && !span_is(method, "PUT"))
        return false;
    if (a->site == SITE_CODELOAD)
        return from_git(a);
    struct span file = a->path;
    if (!npm_strip_back(&file, ".tgz"))
        return hashed(a);
    return divided(a, "/-/") || divided(a, "/download/") || stored(a);
}
