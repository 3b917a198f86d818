#ifndef DETECT_LISTED_H
#define DETECT_LISTED_H
/* Is this value on that list? What is looked up depends on the list's kind: a name, a package with
 * its version, a digest as bytes or as text, an address of the packet. */
#include "detect/scene.h"
#include "detect/table.h"

/* The entry, or TABLE_NONE. `value` is not used for packages and addresses; for an address,
 * `of_source` says whose. */
uint32_t listed(const struct table *t, const struct scene *s, struct span value, bool of_source);

#endif
