#ifndef DETECT_MATCH_H
#define DETECT_MATCH_H
/* Hyperscan at run time, behind one door: which patterns of a probe occur in a value. */
#include "api/ruleset.h"

struct matcher;

struct matcher *matcher_open(const struct ruleset *rs, struct error *err);
void matcher_close(struct matcher *m);

/* Calls `found` once for each pattern (numbered within the probe) that occurs. */
typedef void match_fn(void *ctx, uint32_t pattern);
void matcher_scan(struct matcher *m, uint32_t probe, struct span value, match_fn *found, void *ctx);

#endif
