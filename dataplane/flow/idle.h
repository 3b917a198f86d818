#ifndef FLOW_IDLE_H
#define FLOW_IDLE_H
/* Who has to leave, and when: a wheel of one-second slots of packet time, and a list of half-open
 * connections, oldest first, that pays when room is needed. */
#include "flow/flow.h"

enum { WHEEL = 1024, NS = 1000000000 };

static inline struct flow *flow_at(const struct flow_table *t, uint32_t slot)
{
    return slab_at(&t->slab, slot);
}

/* How long it may be idle, nanoseconds. */
uint64_t idle_time_ns(const struct flow_table *t, const struct flow *f);

/* Into the wheel's slot of that second, which is looked at when its time comes; and out of it. */
void idle_put(struct flow_table *t, struct flow *f, uint64_t expires_s);
void idle_take(struct flow_table *t, struct flow *f);

/* The least wanted of some flows that would expire soonest: idle longest, alerted ones spared. */
struct flow *idle_oldest(const struct flow_table *t);

void half_open_put(struct flow_table *t, struct flow *f);
void half_open_take(struct flow_table *t, struct flow *f);

#endif
