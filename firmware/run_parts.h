#ifndef FIRMWARE_RUN_PARTS_H
#define FIRMWARE_RUN_PARTS_H
/* What both kinds of run share. */
#include "firmware/options.h"

#include "pipeline.h"
#include "report.h"
#include "summary.h"

/* For capture_on_trouble(); ctx is the struct options. */
void run_trouble(void *ctx, bool failure, const char *sentence);

/* What each worker has reserved, unless -q. */
void run_print_memory(const struct options *o, const struct worker *w, unsigned workers);

/* Adds the workers' counters up, with the reporter's own; v has room for STATS_MAX. */
unsigned run_stats(struct worker *const *workers, unsigned n, struct report *report,
                   struct stat_value *v);

#endif
