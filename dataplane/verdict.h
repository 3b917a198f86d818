#ifndef VERDICT_H
#define VERDICT_H
/* What happens to a packet. Weakest first; verdicts of several stages are joined by strength. An
 * alert is an event, not an action. */
#include <stdbool.h>
#include <stdint.h>

enum action { ACT_FORWARD, ACT_BYPASS, ACT_DROP, ACT_REJECT };

enum reason { WHY_NONE, WHY_RULE, WHY_FLOW_DROPPED, WHY_BYPASS };

struct verdict {
    enum action action;
    enum reason reason;
    uint32_t rule;          /* index in the rule set that asked for it */
    bool would;             /* asked for, but not carried out: a monitor never drops */
};

static inline struct verdict verdict_join(struct verdict old, struct verdict new)
{
    return new.action > old.action ? new : old;     /* the first of equals keeps its reason */
}

/* The verdict that is carried out: outside inline use, a drop becomes a would-drop here and
 * nowhere else. */
struct verdict verdict_settle(struct verdict asked, bool enforce);

const char *verdict_reason_text(enum reason why);

#endif
