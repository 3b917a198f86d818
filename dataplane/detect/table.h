#ifndef DETECT_TABLE_H
#define DETECT_TABLE_H
/* Look-ups in exact tables (api/table.h): no memory is taken, each costs well under 100 ns in cache.
 * All answers are entry numbers, TABLE_NONE when nothing is listed; an entry has columns. */
#include "api/table.h"
#include "base/addr.h"
#include "base/cursor.h"

struct table {
    const struct table_head *head;
    const uint8_t *base;
    const uint32_t *slots, *keys, *first, *specs, *rows, *cells, *names;
    uint32_t n_slots;
    uint32_t index_mask;
};

/* Holds a block from another process against its own sizes: after NULL every look-up stays inside.
 * Otherwise a sentence's end: "its pool runs past the end". */
const char *table_check(const void *block, size_t size);

/* A view of a block that table_check() passed; the block must stay and be aligned to 8. */
void table_open(struct table *t, const void *block);

static inline enum table_kind table_kind(const struct table *t)
{
    return (enum table_kind)t->head->kind;
}

/* The most specific entry that covers the name: listed itself, or below a listed domain that isn't
 * marked exact. Letters' case and one trailing dot don't matter. */
uint32_t table_domain(const struct table *t, struct span name);

/* The same for a name that is looked up in many tables: lowered, cut and hashed once. */
struct table_name {
    uint64_t seed;
    uint32_t len, n;                    /* n: endings at label borders, shortest first */
    uint64_t hash[TABLE_LABELS_MAX];
    uint8_t start[TABLE_LABELS_MAX];
    uint8_t text[TABLE_NAME_MAX];
};

void table_name_set(struct table_name *n, struct span name);
uint32_t table_domain_named(const struct table *t, struct table_name *n);

enum table_listed { LISTED_NOT, LISTED_VERSION, LISTED_ALL };

/* A package. A request that names no exact version (metadata) has an empty `version`, and then only
 * a wholly listed name answers, LISTED_ALL. The placeholder 0.0.1-security is never listed. The
 * name is compared as it is: npm's names are case-sensitive. */
enum table_listed table_npm(const struct table *t, struct span name, struct span version,
                            uint32_t *entry);

/* A whole buffer in a set of strings. */
uint32_t table_string(const struct table *t, struct span bytes);

/* A binary digest; one of another length than the table's is not listed. */
uint32_t table_digest(const struct table *t, struct span digest);

/* The longest prefix that holds the address and, if it lists ports, this port. A negative port (a
 * packet without ports) is held by entries without ports only. */
uint32_t table_address(const struct table *t, const struct addr *a, int32_t port);

/* The same for an address that is looked up in many tables: as a whole, which is how most lists have
 * it, it is hashed once. */
struct table_addr { uint8_t key[17]; uint64_t hash; };

void table_addr_set(struct table_addr *n, const struct addr *a);
uint32_t table_address_named(const struct table *t, const struct table_addr *n, int32_t port);

/* The hash by which key k (0 to head->n_keys - 1) is found. */
uint64_t table_key_hash(const struct table *t, uint32_t k);

/* ---- what is known of an entry ---- */

static inline uint32_t table_columns(const struct table *t)
{
    return t->head->n_columns;
}

struct span table_column_name(const struct table *t, uint32_t column);

/* -1 when there is no such column. */
int32_t table_column(const struct table *t, const char *name);

/* Empty when the entry has nothing in this column. */
struct span table_cell(const struct table *t, uint32_t entry, uint32_t column);

/* The key as listed (lower-cased domain, package name, string); digests and addresses are binary. */
struct span table_key(const struct table *t, uint32_t entry);

#endif
