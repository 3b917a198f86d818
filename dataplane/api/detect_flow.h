#ifndef API_DETECT_FLOW_H
#define API_DETECT_FLOW_H
/* What detection remembers of a flow; it stands inside the flow. */
#include <stdint.h>

struct detect_flow {
    uint32_t seen[4];           /* hashes of (rule, thing) that have alerted, a ring */
    uint16_t n_seen;            /* alerts so far, saturating */
    uint8_t passed, started;    /* a pass rule matched; bit per direction: address rules were run */
    uint32_t bits;
};

#endif
