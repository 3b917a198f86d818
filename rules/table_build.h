#ifndef RULES_TABLE_BUILD_H
#define RULES_TABLE_BUILD_H
/* Collects entries and writes them as one flat block (api/table.h). Off the packet path: it takes
 * memory as it goes, about 64 bytes an entry. */
#include "api/table.h"
#include "base/cursor.h"
#include "base/error.h"

struct table_builder;

/* `columns` are copied; there are at most TABLE_COLUMNS_MAX. NULL when memory is short. */
struct table_builder *table_builder_open(enum table_kind kind, const struct span *columns,
                                         uint32_t n_columns);
void table_builder_close(struct table_builder *b);

/* One entry, as the text of a list has it:
 *   domain    key "example.com", "*.example.com" or ".example.com"; spec "suffix" (also when empty)
 *             or "exact". Letters are lowered, one trailing dot goes
 *   npm       key a package's name; spec "*" (also when empty), or versions and ranges between
 *             commas or `||`: "1.0.0,1.0.1", ">=1.0.0 <1.0.3". The placeholder 0.0.1-security is
 *             left out, and refused where it stands alone
 *   string    key any bytes
 *   digest    key in hexadecimal
 *   address   key an address or a prefix ("192.0.2.0/24"); spec its ports: "80,1200-1300", or empty
 * `cells` has one span per column, NULL when there are none. A second entry for the same key and
 * spec is dropped: the first keeps its cells; a domain listed both ways is a suffix. -1 and a
 * reason when refused; then nothing was added. */
int table_builder_add(struct table_builder *b, struct span key, struct span spec,
                      const struct span *cells, struct error *why);

/* The block, for the caller to free, and its size. NULL and a reason when it would be too large or
 * memory is short. Afterwards the builder can only be closed. */
void *table_builder_finish(struct table_builder *b, size_t *size, struct error *why);

#endif
