#ifndef SUMMARY_H
#define SUMMARY_H
/* The table that a replay leaves on a terminal: what was found, for whom, how often; then what went
 * by and what could not be seen. Memory is bounded: alerts beyond the table are counted only. */
#include "record.h"

#include <stdio.h>

struct summary;

enum { SUMMARY_GROUPS = 10000 };

struct summary *summary_open(void);     /* NULL: no memory */
void summary_close(struct summary *s);

/* Fits report_watch(): summary_add(s, event) for each event. */
void summary_add(void *summary, const struct event *e);

/* `counters` are the last stats: decoder.*, flow.*, excise.*; those that the table knows are told in
 * words. `width`: columns of the terminal, 0 when unknown. */
void summary_print(const struct summary *s, FILE *out, bool colour, unsigned width,
                   const struct stat_value *counters, unsigned n);

/* Whether `out` is a terminal that wants colour (no-color.org), and how wide it is. */
bool summary_wants_colour(FILE *out);
unsigned summary_width(FILE *out);

uint64_t summary_alerts(const struct summary *s);

#endif
