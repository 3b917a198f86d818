#ifndef DECODE_CHECKSUM_H
#define DECODE_CHECKSUM_H
/* The Internet checksum (RFC 1071): a folded one's complement sum; 0xffff over data that includes
 * a correct checksum. */
#include "base/addr.h"
#include "base/cursor.h"

static inline uint32_t checksum_sum(struct span s, uint64_t start)
{
    uint64_t sum = start;
    size_t i = 0;
    for (; i + 2 <= s.n; i += 2)
        sum += (uint32_t)s.p[i] << 8 | s.p[i + 1];
    if (i < s.n)
        sum += (uint32_t)s.p[i] << 8;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

/* With the pseudo header of RFC 9293 3.1 and RFC 8200 8.1. The ten fixed bytes of an IPv4 address
 * in IPv6 form are zero, and its two 0xff bytes are a zero in this arithmetic. */
static inline bool checksum_right(const struct addr *src, const struct addr *dst, uint8_t proto,
                                  struct span s)
{
    uint32_t sum = checksum_sum((struct span){ src->b, 16 }, s.n + proto);
    sum = checksum_sum((struct span){ dst->b, 16 }, sum);
    return checksum_sum(s, sum) == 0xffff;
}

#endif
