#ifndef FIRMWARE_RUN_H
#define FIRMWARE_RUN_H
/* The two ways in which the dataplane runs in one process: over capture files in this thread, and
 * live with a thread per worker. */
#include "firmware/options.h"

#include "api/ruleset.h"

/* Both return the process's exit status, 0 or 1. */
int run_files(const struct options *o, const struct config *cfg, const struct ruleset *rs);
int run_live(const struct options *o, const struct config *cfg, const struct ruleset *rs);

#endif
