#ifndef EVE_H
#define EVE_H
/* Events as lines of EVE JSON, in the conventions of Suricata 7, so that what reads its eve.json
 * reads ours. docs: excise-eve(5). */
#include "api/config.h"
#include "record.h"

enum { EVE_LINE_MAX = 60000, EVE_ROOM = EVE_LINE_MAX + 1 };

#define EVE_TOO_LONG SIZE_MAX

struct eve;

struct eve *eve_open(const struct config *c);
void eve_close(struct eve *v);

/* Writes the event's line or lines, each ended by a line feed, to `out`, which has EVE_ROOM bytes;
 * returns their length. 0: this event is not told (npm events without extensions). May sort the
 * values of a stats event. EVE_TOO_LONG: only a hostile record can be; `out` holds nothing. */
size_t eve_format(struct eve *v, struct event *e, char *out);

#endif
