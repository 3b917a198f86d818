#ifndef RULES_TABLE_SLOTS_H
#define RULES_TABLE_SLOTS_H
/* Puts the keys of a block, whose other parts are written, into its slots. */
#include "api/table.h"

/* Sets seed and probes too. -1 when memory is short or no seed keeps every way under
 * TABLE_PROBES_MAX slots, which happens to keys that were made to collide. */
int table_slots_fill(struct table_head *h);

#endif
