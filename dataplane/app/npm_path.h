#ifndef APP_NPM_PATH_H
#define APP_NPM_PATH_H
/* Names, versions and paths as npm writes them; for the files of app/npm* alone. */
#include "app/npm.h"

enum { NPM_NAME_MAX = 214, NPM_VERSION_MAX = 256 };

/* A name, with or without a scope, as one that exists may look: old ones have capitals. */
bool npm_name_ok(struct span name);

/* Something like 1.2.3-rc.1+build, at least a digit in front. */
bool npm_version_ok(struct span version);

/* With all three numbers of SemVer 2.0.0, so that it can be no range. */
bool npm_version_exact(struct span version);

/* 0.0.1-security and 0.0.1-security.N: what npm puts in place of a package it has taken down. */
bool npm_version_placeholder(struct span version);

/* Takes "name" or "@scope/name" off the front, up to a slash, the end, or an @ that begins a
 * version. False, and nothing taken, when there is no sound name. */
bool npm_take_name(struct span *rest, struct span *name);

/* The name in the last segment of `path`, or in the last two when the first begins with @; `before`
 * is what stands in front, without a slash at its end. */
bool npm_name_at_end(struct span path, struct span *name, struct span *before);

bool npm_strip_front(struct span *s, struct span front);

static inline bool npm_strip_back(struct span *s, const char *back)
{
    size_t n = strlen(back);
    if (s->n < n || memcmp(s->p + s->n - n, back, n) != 0)
        return false;
    s->n -= n;
    return true;
}

/* What follows the last slash; `before` without the slash. */
struct span npm_last_segment(struct span path, struct span *before);

/* Takes what stands before the first slash, and the slash. */
struct span npm_take_segment(struct span *rest);

/* Index of the first or the last `text` in s; s.n when there is none. */
size_t npm_find(struct span s, const char *text);
size_t npm_find_last(struct span s, const char *text);

/* Decodes %XX once (RFC 3986 2.1) into `out`, which must have room for s.n bytes. What is no two hex
 * digits stays as it is, and + is a plus. */
struct span npm_decode(struct span s, uint8_t *out);

/* Resolves . and .. and joins slashes in place, a backslash being one, as servers do (RFC 3986 5.2.4);
 * a path without any of those is not touched. */
struct span npm_tidy(uint8_t *path, size_t n);

/* ---- a request that is being read ---- */

enum npm_site {
    SITE_OTHER, SITE_REGISTRY, SITE_NPMMIRROR, SITE_JSDELIVR, SITE_UNPKG, SITE_ESM, SITE_SKYPACK,
    SITE_JSPM, SITE_CODELOAD,
};

/* How far a request at an unknown host is a package manager's. */
enum npm_sign { SIGN_NONE, SIGN_POSSIBLE, SIGN_SURE };

struct npm_ask {
    const struct http_request *req;
    struct span host, path;         /* path: decoded; begins with a slash, ends without one */
    struct span query;              /* as sent, without the question mark */
    enum npm_site site;
    enum npm_sign sign;
    unsigned n;                     /* facts so far */
    npm_emit_fn *emit;
    void *ctx;
};

/* Makes the fact. `prefix` is the routing in front of the name; a version that is none is left out. */
void npm_tell(struct npm_ask *a, enum npm_kind kind, struct span name, struct span version,
              struct span prefix);

bool npm_tarball(struct npm_ask *a);        /* app/npm_tarball.c; true when it told of one */
void npm_metadata(struct npm_ask *a);       /* app/npm_metadata.c */
void npm_cdn(struct npm_ask *a);            /* app/npm_cdn.c */

#endif
