/* The one place where a monitor turns drop into would-drop. */
#include "verdict.h"

struct verdict verdict_settle(struct verdict asked, bool enforce)
{
    if (enforce || asked.action < ACT_DROP)
        return asked;
    asked.action = ACT_FORWARD;
    asked.would = true;
    return asked;
}

const char *verdict_reason_text(enum reason why)
{
    switch (why) {
    case WHY_NONE: return "";
    case WHY_RULE: return "rules";
    case WHY_FLOW_DROPPED: return "flow drop";
    case WHY_BYPASS: return "bypass";
    }
    return "";
}
