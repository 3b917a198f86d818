#ifndef REPORT_FILE_H
#define REPORT_FILE_H
/* eve.json on disk: whole lines are appended; at a size it is renamed to eve.json.<unix time> and
 * begun anew; the oldest of these go when all together pass a quota. */
#include "base/cursor.h"
#include "base/error.h"

struct report_file {
    int dir, file;                  /* descriptors; file is -1 while it can't be opened */
    uint64_t size, file_max, total_max;     /* bytes; 0: no limit */
    bool regular, warned;
    uint64_t lost, bytes, rotations;        /* lines; written; renamed */
    char path[512];                 /* for messages */
};

int report_file_open(struct report_file *f, const char *dir, uint64_t file_max, uint64_t total_max,
                     struct error *err);

/* Appends lines, each with its line feed. What the disk does not take is lost and counted; no line
 * is left cut. */
void report_file_write(struct report_file *f, struct span lines);

/* Closes eve.json and opens what has that name now. */
void report_file_reopen(struct report_file *f);
void report_file_close(struct report_file *f);

#endif
