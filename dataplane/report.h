#ifndef REPORT_H
#define REPORT_H
/* The reporter: takes records out of the workers' rings, formats them as EVE lines and writes them
 * to eve.json, in large pieces. A disk that is full or slow costs lines, which are counted, and
 * never inspection; a line is written whole or not at all. Not on the packet path: it may allocate.
 *
 * A replay calls report_drain() between batches from its own thread. Live, report_start() does so
 * from a thread of its own. */
#include "api/config.h"
#include "base/error.h"
#include "record.h"

struct report;

/* Opens `dir`/eve.json for appending; dir NULL formats and watches, but writes nothing. */
struct report *report_open(const char *dir, const struct config *c, struct error *err);

/* `seen` is called for each event before it is formatted, from whichever thread drains. */
void report_watch(struct report *p, void (*seen)(void *ctx, const struct event *e), void *ctx);

/* Formats what stands in the ring (a bounded number of records); returns how many there were. */
unsigned report_drain(struct report *p, struct ring *r);

/* Writes out what is formatted. */
void report_flush(struct report *p);

/* Asks for eve.json to be closed and opened anew before the next write; safe in a signal handler. */
void report_reopen(struct report *p);

/* A thread that drains all the rings, flushes twice a second and sleeps when idle. -1 when the
 * system refuses one. */
int report_start(struct report *p, struct ring *const *rings, unsigned n, struct error *err);

/* Drains everything that is left, flushes and ends the thread. */
void report_stop(struct report *p);

struct report_counts {
    uint64_t events;        /* formatted */
    uint64_t lines_lost;    /* formatted, but the disk did not take them */
    uint64_t bad_records;   /* that made no sense */
    uint64_t bytes;         /* written */
    uint64_t rotations;
};
struct report_counts report_counts(const struct report *p);

/* Flushes and closes; the thread must have been stopped. */
void report_close(struct report *p);

#endif
