#ifndef APP_CLASSIFY_H
#define APP_CLASSIFY_H
/* Names the protocol of flows that none of our parsers claims: the one door to nDPI. It sees the
 * first few packets of such flows and nothing else. One per worker. */
#include "flow/flow.h"

struct classify;

/* `flows`: how many may be under its eyes at a time; more go without a name, counted. NULL when the
 * system has no room. */
struct classify *classify_open(uint32_t flows);
void classify_close(struct classify *c);

/* Shows it a packet of an unclaimed flow; sets f->classified when it knows. */
void classify_packet(struct classify *c, struct flow *f, const struct packet *p);
void classify_flow_closed(struct classify *c, struct flow *f);

/* "ssh", "rsync", ...; NULL for 0 and for protocols that our own parsers name. */
const char *classify_name(const struct classify *c, uint16_t protocol);

uint64_t classify_skipped(const struct classify *c);    /* flows that found no room */

#endif
