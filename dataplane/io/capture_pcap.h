#ifndef IO_CAPTURE_PCAP_H
#define IO_CAPTURE_PCAP_H
/* Live capture through libpcap: capture_open_live() of io/capture.h is implemented here.
 *
 * Several workers: each opens every interface once, and the sockets of one interface form a
 * PACKET_FANOUT group (packet(7)) that spreads packets by the kernel's flow hash. That hash is the
 * same in both directions since Linux 4.7, so a flow stays with one worker; IPv4 fragments are put
 * together by the kernel first (PACKET_FANOUT_FLAG_DEFRAG), as they would hash apart otherwise.
 * Where this does not hold, one worker has to do: a mirror of tunnelled traffic (the kernel hashes
 * the outer headers, and VXLAN's source port differs by direction), the two directions of a flow on
 * two interfaces, and fragmented IPv6. */
#include "io/capture.h"

enum { CAPTURE_IFACES_MAX = 16 };

#endif
