#ifndef OBSERVE_H
#define OBSERVE_H
/* What a worker says about what it sees: event records, and counters of what it could not see. */
#include "pipeline.h"

/* Where a fact or a hit was seen. */
struct sighting { struct worker *worker; const struct meta *meta; const struct fact *fact; };

/* Of the packet under inspection and w->flow; between batches, of the flow alone. */
void observe_meta(const struct worker *w, struct meta *m, struct flow_meta *fm);

/* The events and counters of a fact. `m` has the fact's direction. */
void observe_fact(struct worker *w, const struct meta *m, const struct fact *f);

/* A flow whose first packet is an answer was opened by the other end: true when that is seen now. */
bool observe_dns_direction(struct worker *w, const struct fact *f);

void observe_hit(const struct sighting *s, const struct detect_hit *hit);
void observe_flow_end(struct worker *w, const struct flow *f, enum flow_why why);
void observe_bad_packet(struct worker *w, const struct packet *p);

#endif
