#ifndef APP_HTTP1_GATHER_H
#define APP_HTTP1_GATHER_H
/* The bytes of a body from its beginning, for rules: kept as they came, told decoded, first at 4 KiB and
 * then whenever they have doubled, so that the work stays in proportion to the body. */
#include "app/http1_body.h"

enum { GATHER_FIRST = 4096 };       /* bytes */

/* The next bytes of a body that is gathered. `all`: they are the whole body, no copy is needed. */
void http1_gather(struct http1_body *b, struct span part, bool all, const struct http1_owner *o);

/* No more will come, or nobody wants more. */
void http1_gather_finish(struct http1_body *b, const struct http1_owner *o);

#endif
