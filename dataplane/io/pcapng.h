#ifndef IO_PCAPNG_H
#define IO_PCAPNG_H
/* Blocks of the pcapng format (draft-ietf-opsawg-pcapng): sections in either byte order, any number
 * of interfaces with link types and clocks of their own, all three packet blocks; what carries no
 * packets is passed over. */
#include "io/record.h"
#include "packet.h"

enum { PCAPNG_IFACES_MAX = 1024 };      /* in a section; more is a refusal */

struct pcapng_iface {
    uint16_t linktype;
    uint16_t name;                      /* what `name` of struct pcapng said */
    uint32_t snaplen;
    bool binary;                        /* a tick is 2^-exponent seconds, else 10^-exponent */
    uint8_t exponent;
    int64_t offset_s;                   /* if_tsoffset */
};

struct pcapng {
    bool in_section, swap;
    unsigned n_ifaces;
    struct pcapng_iface *ifaces;        /* grown as needed, see pcapng_close */
    uint64_t last_ns;                   /* of the last packet with a time */
    uint16_t (*name)(void *ctx, struct span if_name);   /* makes packet.iface; NULL: always 0 */
    void *ctx;
};

bool pcapng_is(struct span start);      /* by its first four bytes */

/* Reads the block at the front of `bytes`; a packet gets data, caplen, wirelen, ts_ns, iface,
 * linktype. A simple packet block has no time, so it gets that of the packet before it. */
struct record pcapng_next(struct pcapng *f, struct span bytes, struct packet *p);

void pcapng_close(struct pcapng *f);

#endif
