#ifndef BASE_ERROR_H
#define BASE_ERROR_H
/* A failing system or a refused input of an operator: one sentence that names file, line, key and
 * remedy. Hostile packets never make one: they are results and counters. */

struct error { char text[512]; };

/* Writes the sentence (cut to fit) and returns -1, so that a caller can `return error_set(...)`. */
int error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
