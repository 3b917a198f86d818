#ifndef APP_NPM_H
#define APP_NPM_H
/* What an HTTP request asks of an npm registry or of a CDN that serves npm packages.
 *
 * A tarball is known by the shape of its path, on any host. Metadata, publishing and searching have
 * paths like any other, so they are only believed on a known registry's host, when the request says
 * of itself that it is a package manager's (User-Agent, Accept, npm-* headers), or when the path has
 * a form that nothing else uses: a scope with an encoded slash, Azure's, Artifactory's and GitLab's
 * routing. What this leaves out: yarn 2 and later calls itself "got" and sends no other sign, so
 * its metadata requests for unscoped names at a private registry with plain paths stay unknown; the
 * tarballs that follow do not. */
#include "app/field.h"

enum { NPM_FACTS_MAX = 32 };    /* of one request; a CDN's combined request names several */

typedef void npm_emit_fn(void *ctx, const struct npm_fact *fact);

/* Calls emit for each package that the request names, or once without a name for an audit or a
 * search. The spans of a fact are good during that call. Names keep their case; a version is only
 * given when it is an exact one; a tarball of codeload.github.com, where git dependencies come
 * from, is called "github:user/repo" with the commit or the branch as its version. */
void npm_from_request(const struct http_request *req, npm_emit_fn *emit, void *ctx);

#endif
