#ifndef IO_RECORD_H
#define IO_RECORD_H
/* What a capture file's reader says of the bytes at the front of its window. Readers see borrowed
 * bytes and hold no buffer, so they can be asked again once there are more. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A packet longer than this is no packet but damage; libpcap's MAXIMUM_SNAPLEN. */
enum { RECORD_DATA_MAX = 262144 };

/* The longest record that must stand in the window whole: a packet, its header and its options, or
 * the description of an interface. */
enum { RECORD_LEN_MAX = 512 * 1024 };

enum record_kind {
    RECORD_PACKET,      /* len bytes; the packet points into them */
    RECORD_OTHER,       /* len bytes to be passed over, perhaps more than are in the window */
    RECORD_SHORT,       /* not whole yet: at least len bytes are needed, never over RECORD_LEN_MAX */
    RECORD_BAD,         /* `why` says what is wrong; the file can't be followed any more */
};

struct record {
    enum record_kind kind;
    uint64_t len;
    const char *why;
};

static inline struct record record_bad(const char *why)
{
    return (struct record){ RECORD_BAD, 0, why };
}

/* Numbers stand in the byte order of the machine that wrote the file. */
static inline uint16_t order16(bool swap, uint16_t v)
{
    return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t order32(bool swap, uint32_t v)
{
    return swap ? __builtin_bswap32(v) : v;
}

#endif
