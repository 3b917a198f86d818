#ifndef IO_FILTER_H
#define IO_FILTER_H
/* tcpdump's filter expressions, held against packets of files. An expression compiles differently
 * for each link type, so there is a program for each that turns up. */
#include "base/error.h"
#include "packet.h"

struct filter;

/* Checks the expression. NULL when it is refused; the error names it. */
struct filter *filter_open(const char *expression, struct error *e);
void filter_close(struct filter *f);        /* NULL is allowed */

/* 1: passes, 0: does not, -1: the expression has no meaning for the packet's link type. */
int filter_match(struct filter *f, const struct packet *p, struct error *e);

#endif
