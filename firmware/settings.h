#ifndef FIRMWARE_SETTINGS_H
#define FIRMWARE_SETTINGS_H
/* Settings by name: one table serves the YAML file, --set on the command line, --dump-config and
 * the checks. The file is checked whole; an error names file, line, key and what was expected. */
#include "api/config.h"
#include "base/error.h"

#include <stdio.h>

/* Reads a YAML file over what stands in *c. -1: nothing in *c is to be used. */
int settings_load(struct config *c, const char *path, struct error *e);

/* One "memory.flows=200000". `where` stands in the error: "--set". */
int settings_set(struct config *c, const char *assignment, const char *where, struct error *e);

/* All settings as YAML with a comment on each, ready to be a file. */
void settings_dump(const struct config *c, FILE *out);

#endif
