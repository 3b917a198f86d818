#ifndef DETECT_BUFFER_H
#define DETECT_BUFFER_H
/* The bytes that a rule's buffer stands for. Most lie in the fact; some are written to scratch. */
#include "detect/scene.h"

/* Memory that is reset for each fact. */
struct scratch { uint8_t *p; size_t used, n; uint64_t refused; };

uint8_t *scratch_take(struct scratch *s, size_t n);     /* NULL when it does not fit; counted */

/* False when the fact has no such thing (an empty one is none). */
bool buffer_get(const struct scene *s, enum buffer b, struct scratch *mem, struct span *out);

/* How many instances the facts of this trigger have of their repeated buffer. */
unsigned buffer_instances(const struct scene *s);

/* Applies one transform; false when the result does not fit. */
bool transform_apply(enum transform t, struct span in, struct scratch *mem, struct span *out);

/* The path and query of a request target as Suricata shows them: percent signs decoded, slashes
 * joined, dot segments resolved (RFC 3986 5.2.4), a scheme and authority left out. */
bool uri_normalise(struct span raw, struct scratch *mem, struct span *out);

/* Header lines from what a parser kept: all that `http.header` and its like are made of. */
enum header_form { HEADERS_NORMAL, HEADERS_NAMES, HEADERS_START };
bool headers_write(const struct scene *s, enum header_form form, struct scratch *mem, struct span *out);
/* All values of one name, with ", " between them. */
bool headers_join(const struct scene *s, const char *name, struct scratch *mem, struct span *out);
bool header_find(const struct scene *s, const char *name, struct span *out);

#endif
