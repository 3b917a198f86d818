#ifndef IO_CAPTURE_H
#define IO_CAPTURE_H
/* Where packets come from: capture files or live interfaces, by one interface. One struct capture
 * belongs to one worker; only capture_stop() and capture_counters() may be
 * called from elsewhere. */
#include "base/error.h"
#include "packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

struct capture_counters {
    uint64_t packets, bytes;        /* delivered (after the filter); bytes as captured */
    uint64_t kernel_drops;          /* packets the kernel had no room for, live only */
    uint64_t iface_drops;           /* packets the interface or its driver lost, live only; all
                                       workers see the same, so don't add them up */
    uint64_t bad_files;             /* files refused, unreadable or malformed, truncated ones too */
    uint64_t truncated_files;       /* files that end inside a packet */
    uint64_t other_files;           /* files of a folder that are no captures */
    uint64_t lost_ifaces;           /* interfaces that failed while running */
};

struct capture_progress {
    uint64_t read, total;           /* bytes of files; total 0 when not known */
    unsigned file, files;           /* 1-based; 0 when live */
    const char *name;               /* of the file; NULL when live */
};

/* Gets a sentence for whatever goes wrong while others carry on: a bad file, an interface lost.
 * `failure` is false for what is only worth knowing, and has no effect on the end result. */
typedef void capture_trouble_fn(void *ctx, bool failure, const char *sentence);

/* Reads pcap and pcapng files in the order given: a file, "-" for the standard input, or a folder,
 * of which all capture files are read, sorted by name. `filter` is a tcpdump expression or NULL.
 * NULL when the filter is refused or there is no memory. */
struct capture *capture_open_files(const char *const *paths, unsigned n, const char *filter,
                                   struct error *e);

struct capture_live {
    const char *filter;             /* tcpdump expression, NULL for all packets */
    size_t buffer;                  /* bytes of kernel ring per interface; 0: 32 MiB. More where
                                       kernel_drops rises in bursts */
    bool no_promiscuous;
    unsigned workers, worker;       /* of how many worker threads this capture serves which one,
                                       0-based. More than one: see capture_pcap.h */
    uint16_t fanout_group;          /* the same for all workers of a process; others differ by at
                                       least the number of interfaces */
};

/* Opens interfaces for reading. Needs root or CAP_NET_RAW; privileges may be dropped afterwards. */
struct capture *capture_open_live(const char *const *ifaces, unsigned n,
                                  const struct capture_live *live, struct error *e);

void capture_on_trouble(struct capture *c, capture_trouble_fn *fn, void *ctx);

/* Fills b with up to BATCH_MAX packets and sets b->n; 0 packets means none right now (the call
 * waits for at most CAPTURE_WAIT_MS). Only the capture part of each packet is written: data,
 * caplen, wirelen, ts_ns, number, iface, linktype. THE REST IS STALE and the decoder's to set. Data
 * stays readable until the next call. Returns 1 when more may come, 0 at the end (or after
 * capture_stop), -1 at the end when something failed; capture_error() then has the first failure's
 * sentence, which also went to the trouble function. b->n is 0 with 0 and -1. */
int capture_batch(struct capture *c, struct batch *b);

enum { CAPTURE_WAIT_MS = 50 };

const struct error *capture_error(const struct capture *c);

/* The name of packet.iface: an interface, or what a pcapng file calls it. NULL without a name. */
const char *capture_iface_name(const struct capture *c, unsigned iface);

/* May be called from another thread. The kernel's drop counts are a second old at most while
 * capture_batch is being called, and up to date once it has said that the end has come. */
struct capture_counters capture_counters(const struct capture *c);

struct capture_progress capture_progress(const struct capture *c);

/* Makes capture_batch end within CAPTURE_WAIT_MS. May be called from a signal handler or another
 * thread. */
void capture_stop(struct capture *c);

void capture_close(struct capture *c);      /* NULL is allowed */

#endif
