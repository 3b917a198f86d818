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

/* A worker's counters at one moment. */
struct stats_snapshot { struct stat_value v[STATS_MAX]; unsigned n; };
void run_snapshot(struct worker *w, struct stats_snapshot *s);

/* Adds snapshots of n workers up, with the reporter's own counters; v has room for STATS_MAX. */
unsigned run_stats(const struct stats_snapshot *each, unsigned n, struct report *report,
                   struct stat_value *v);

#endif
