#ifndef RULES_COMPILE_H
#define RULES_COMPILE_H
/* From parsed rules to the flat image that the dataplane reads (api/ruleset.h). */
#include "rules/lang.h"

struct compile_stats {
    uint32_t rules, refused;            /* refused: by the compiler, on top of the parser's */
    uint32_t patterns, endings, databases, tables, always;
    uint64_t list_entries;
    uint64_t image_size;
};

/* Reads the lists that the rules name and writes the image: 64-byte aligned, for the caller to
 * free. Rules whose lists can't be read are refused (r->refusals), bad lines of lists are told to
 * `told` (may be NULL) and the rest is used. -1 when nothing could be built at all. */
typedef void compile_list_refusal(void *ctx, const char *file, uint32_t line, const char *reason);

int rules_compile(struct rules *r, compile_list_refusal *told, void *ctx, void **image,
                  size_t *n, struct compile_stats *stats, struct error *err);

#endif
