#ifndef DETECT_THRESHOLD_H
#define DETECT_THRESHOLD_H
/* threshold and detection_filter: how often a rule may speak. A bounded table; when it is full, the
 * counter that was started first in its bucket begins anew. */
#include "api/ruleset.h"
#include "base/hash.h"

struct threshold { struct hash_key key; struct threshold_slot *slots; };

int threshold_open(struct threshold *t);    /* -1: no memory */
void threshold_close(struct threshold *t);

enum threshold_answer {
    LIMIT_SPEAK,
    LIMIT_SILENT,       /* no alert, but what the rule does is done */
    LIMIT_NO_MATCH,     /* as if the rule had not matched */
};

/* Counts a match of r between these addresses at this time. */
enum threshold_answer threshold_count(struct threshold *t, const struct rs_rule *r, const struct addr *src,
                                      const struct addr *dst, uint64_t now_ns);

#endif
