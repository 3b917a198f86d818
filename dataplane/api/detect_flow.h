#ifndef API_DETECT_FLOW_H
#define API_DETECT_FLOW_H
/* What detection remembers of a flow. It stands inside the flow, so it is here and not in detect/. */
#include <stdint.h>

/* Of each flow, zeroed when it opens: what has been reported already. */
struct detect_flow {
    uint32_t seen[3];       /* hashes of (rule, thing), the newest three; older ones move to a table
                               of the worker */
    uint32_t bits;          /* flowbits: which of the rules' first 32 are set */
    uint32_t pass_tx;       /* transaction + 1 that a pass rule let through */
    uint8_t next;           /* of seen[] */
    uint8_t flags;          /* DETECT_* */
    uint8_t asked;          /* detect_flow_due(): 1 << (dir + 2 * established) */
    uint8_t reserved;
};
enum {
    DETECT_PASSED = 1, DETECT_SPILLED = 2,
    DETECT_PASSED_HELLO = 4     /* by the name in a hello, so until another hello comes */
};

#endif
