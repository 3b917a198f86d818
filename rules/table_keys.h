#ifndef RULES_TABLE_KEYS_H
#define RULES_TABLE_KEYS_H
/* How the text of a list becomes a table's key: lowered, checked, in the bytes that look-ups
 * compare. */
#include "api/table.h"
#include "base/cursor.h"
#include "base/error.h"

struct table_text { uint8_t p[TABLE_TEXT_MAX]; size_t n; };

/* Each returns -1 and a reason that reads after "refused: ". */
int key_domain(struct span text, struct table_text *key, uint32_t *labels, struct error *why);
int key_package(struct span text, struct table_text *key, struct error *why);
int key_digest(struct span text, size_t bytes, struct table_text *key, struct error *why);

/* 16 bytes of address, bits past the prefix cleared, and the prefix's length (of the mapped form:
 * 96 more for IPv4). */
int key_address(struct span text, struct table_text *key, struct error *why);

enum spec_result { SPEC_BAD, SPEC_VERSION, SPEC_ALL, SPEC_PLACEHOLDER };

/* One version, range or "*" from between commas. */
enum spec_result spec_package(struct span text, struct error *why);

/* One port or span of ports, "80" or "1200-1300": first | last << 16. */
int spec_port(struct span text, uint32_t *spec, struct error *why);

#endif
