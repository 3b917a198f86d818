#ifndef DETECT_SEEN_H
#define DETECT_SEEN_H
/* What was reported of a flow already: three hashes in the flow itself, older ones in a table of
 * the worker, where the oldest of a bucket give way. */
#include "api/detect_flow.h"
#include "base/hash.h"

#include <stdbool.h>

struct seen { struct hash_key key; uint64_t *slots; uint32_t n, turn; };

int seen_open(struct seen *s);      /* -1: no memory */
void seen_close(struct seen *s);

/* True the first time for this flow; remembers. */
bool seen_first(struct seen *s, struct detect_flow *df, uint64_t flow_id, uint32_t hash);

#endif
