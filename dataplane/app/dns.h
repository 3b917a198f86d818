#ifndef APP_DNS_H
#define APP_DNS_H
/* DNS (RFC 1035) over UDP and TCP, also mDNS and LLMNR, which share the format. Each message
 * makes one FACT_DNS, or one FACT_ANOMALY when not even its questions can be read. A message that
 * breaks or is cut off behind the questions is told as far as it goes. */
#include "app/field.h"

/* Is this datagram DNS? By content alone the test is strict: one question with a printable name,
 * a known class, sound counts. `likely` (a port of DNS) asks only for a header and a first
 * question. */
enum app_probe dns_udp_probe(struct span datagram, bool likely);

void dns_udp(struct span datagram, enum dir dir, struct app_out *out);

struct dns_tcp_way {
    uint8_t *held;          /* the beginning of a message, from the pool */
    uint16_t n_held;
    uint16_t want;          /* the message's length */
    uint8_t state;          /* enum of dns_tcp.c */
    uint8_t high;           /* the length's first byte, when the second has not come */
};

/* Zeroed is fresh. */
struct dns_tcp { struct dns_tcp_way way[2]; };

/* Either end may be heard first; only what stands behind a plausible length prefix counts. `likely`
 * as for datagrams. */
enum app_probe dns_tcp_probe(enum dir dir, struct span first, bool likely);

struct app_result dns_tcp_feed(struct dns_tcp *t, enum dir dir, struct span bytes,
                               struct app_out *out);

/* n bytes of this direction are lost. */
void dns_tcp_gap(struct dns_tcp *t, enum dir dir, uint64_t n, struct app_out *out);

/* Tells the beginning of unfinished messages and gives all memory back. */
void dns_tcp_close(struct dns_tcp *t, struct app_out *out);

#endif
