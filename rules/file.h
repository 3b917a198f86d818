#ifndef RULES_FILE_H
#define RULES_FILE_H
/* A whole file in memory. */
#include "base/cursor.h"
#include "base/error.h"

/* -1 and a sentence when it can't be read or is larger than 1 GiB. */
int file_read(const char *path, struct span *out, struct error *why);
void file_free(struct span text);

#endif
