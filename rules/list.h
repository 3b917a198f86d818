#ifndef RULES_LIST_H
#define RULES_LIST_H
/* List files, as rules name them in `dataset:...,load FILE` and operators write them.
 *
 * With a header: tab-separated; the first line that is no comment names the columns, the first of
 * them by the kind of list. Of the others, one may have a meaning; the rest are facts that alerts
 * show (campaign, wave, osv, source, date, ...).
 *     domain    match      "suffix" or "exact"
 *     package   versions   "*", "1.0.0,1.0.1", ">=1.0.0 <1.0.3"
 *     address   ports      "80,1200-1300"
 *     string    md5        sha1      sha256
 *
 * Without: one key a line. A package may be "name@version", an address "192.0.2.1:80" or
 * "[2001:db8::1]:80", a string is in base64, as Suricata writes its datasets; digests and domains
 * are as above. Suricata's reputation value after a comma is passed over for digests and strings.
 *
 * Lines that begin with '#' and empty lines are comments; a line may end in CR LF. */
#include "rules/table_build.h"

struct list_counts { uint32_t lines, taken, refused; };

/* Told once per refused line, 1-based; the rest of the list is read. */
typedef void list_refusal(void *ctx, const char *file, uint32_t line, const char *reason);

/* The list's table, for the caller to free; `file` is only for messages. NULL and a reason when no
 * table can be made. `refusal` may be NULL. */
void *list_parse(struct span text, const char *file, enum table_kind kind, list_refusal *refusal,
                 void *ctx, struct list_counts *counts, size_t *size, struct error *why);

/* The same from a file. */
void *list_load(const char *path, enum table_kind kind, list_refusal *refusal, void *ctx,
                struct list_counts *counts, size_t *size, struct error *why);

#endif
