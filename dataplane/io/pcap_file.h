#ifndef IO_PCAP_FILE_H
#define IO_PCAP_FILE_H
/* Records of the classic pcap format (draft-ietf-opsawg-pcap): either byte order, micro- or
 * nanoseconds, and the longer record heads of Alexey Kuznetsov's patched libpcap. */
#include "io/record.h"
#include "packet.h"

struct pcap_file {
    bool swap;
    uint8_t head_len;       /* of a record: 16 or 24 bytes */
    uint32_t tick_ns;       /* 1000 or 1 */
    uint16_t linktype;
};

enum { PCAP_HEAD_LEN = 24 };

bool pcap_file_is(struct span start);       /* by its first four bytes */

/* Reads the file's head; RECORD_OTHER when it is sound. */
struct record pcap_file_start(struct pcap_file *f, struct span bytes);

/* Reads the record at the front of `bytes`; sets data, caplen, wirelen, ts_ns, iface, linktype. */
struct record pcap_file_next(const struct pcap_file *f, struct span bytes, struct packet *p);

#endif
