#ifndef SUMMARY_GROUPS_H
#define SUMMARY_GROUPS_H
/* What summary.c gathers and summary_print.c shows. Texts are escaped: printable ASCII only. */
#include "summary.h"

struct group {
    uint64_t hash, count, first_ns;
    uint32_t sid;
    uint8_t severity;
    bool blocked;
    struct addr client;
    char found[96], campaign[48], msg[112];
};

struct summary {
    uint32_t n;                                 /* groups in use */
    uint64_t alerts, beyond;                    /* beyond: alerts that found no group */
    uint64_t events[EVENT_TYPES];
    struct group group[SUMMARY_GROUPS];         /* in the order of their first alert */
    uint32_t slot[SUMMARY_GROUPS * 2];          /* 1 + index into `group`; 0: free */
};

#endif
