#ifndef IO_LINKTYPE_H
#define IO_LINKTYPE_H
/* Link types in files (LINKTYPE_*) and in libpcap's calls (DLT_*) are the same numbers but for a few
 * old ones (tcpdump.org/linktypes.html). */
#include <stdint.h>

enum { LINK_ETHERNET = 1, LINK_RAW = 101, LINK_ATM = 100, LINK_IEEE802_11 = 105 };

/* The low half of the field; the upper bits hold the length of a frame check sequence. 12 and 14
 * are what raw IP was called in old files. */
static inline uint16_t linktype_of_file(uint32_t field)
{
    uint16_t t = (uint16_t)field;
    return t == 12 || t == 14 ? LINK_RAW : t;
}

static inline uint16_t linktype_of_dlt(int dlt)
{
    return dlt == 12 ? LINK_RAW : dlt == 11 ? LINK_ATM : (uint16_t)dlt;
}

static inline int linktype_to_dlt(uint16_t linktype)
{
    return linktype == LINK_RAW ? 12 : linktype == LINK_ATM ? 11 : linktype;
}

#endif
