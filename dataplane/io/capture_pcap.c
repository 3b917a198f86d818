/* Live capture through libpcap's TPACKET_V3 ring.
 *
 * The ring is asked to hand over a block after 10 ms at the latest. libpcap's immediate mode would
 * be quicker still, but falls back to TPACKET_V2, whose fixed frames of the snap length's size leave
 * a ring of the same memory with a hundred packets. libpcap gives a block back to the kernel once
 * its last packet has been through the callback, before pcap_dispatch returns; so packets are
 * copied, once, into a buffer of ours that lasts until the next batch. Who can't afford that copy
 * has AF_XDP. */
#include "io/capture_pcap.h"
#include "io/backend.h"
#include "io/linktype.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SNAPLEN = 262144, BUFFER_DEFAULT = 32 << 20, RING_WAIT_MS = 10 };
enum { COPIES_LEN = 1 << 20 };      /* with less than SNAPLEN of it left a batch ends early */
static_assert((int)COPIES_LEN >= (int)SNAPLEN, "one packet of any length fits");

struct live_iface {
    pcap_t *pcap;               /* NULL once it is lost */
    char name[64];
    uint16_t linktype;
    bool nano;
    uint32_t seen_drops, seen_iface_drops;  /* libpcap's counters wrap at 32 bits */
};

struct capture_pcap {
    struct capture base;
    unsigned n, live, turn;     /* turn: whose packets come first in the next batch */
    struct live_iface ifaces[CAPTURE_IFACES_MAX];
    struct batch *batch;        /* while a callback runs */
    unsigned current;           /* interface whose packets it gets */
    size_t used;
    uint8_t *copies;
    time_t counted_s;           /* when drops were last asked for */
};

static void on_packet(u_char *ctx, const struct pcap_pkthdr *h, const u_char *data)
{
    struct capture_pcap *c = (struct capture_pcap *)(void *)ctx;
    const struct live_iface *i = &c->ifaces[c->current];
    if (c->batch->n == BATCH_MAX || h->caplen > COPIES_LEN - c->used) {
        c->base.count.kernel_drops++;   /* libpcap has gone on after all; what it gave is lost */
        return;
    }
    struct packet *p = &c->batch->p[c->batch->n++];
    uint8_t *copy = c->copies + c->used;
    memcpy(copy, data, h->caplen);
    c->used += ((size_t)h->caplen + 15) & ~(size_t)15;
    p->data = copy;
    p->caplen = h->caplen;
    p->wirelen = h->len;
    p->ts_ns = (uint64_t)h->ts.tv_sec * 1000000000ULL +
               (uint64_t)h->ts.tv_usec * (i->nano ? 1 : 1000);
    p->number = 0;
    p->iface = (uint16_t)c->current;
    p->linktype = i->linktype;
    if (c->used + SNAPLEN > COPIES_LEN)
        pcap_breakloop(i->pcap);
}

static void count_drops(struct capture_pcap *c, struct live_iface *i)
{
    struct pcap_stat s;
    if (i->pcap == NULL || pcap_stats(i->pcap, &s) != 0)
        return;
    c->base.count.kernel_drops += (uint32_t)(s.ps_drop - i->seen_drops);
    c->base.count.iface_drops += (uint32_t)(s.ps_ifdrop - i->seen_iface_drops);
    i->seen_drops = s.ps_drop;
    i->seen_iface_drops = s.ps_ifdrop;
}

static void live_count(struct capture *base)
{
    struct capture_pcap *c = (struct capture_pcap *)base;
    for (unsigned k = 0; k < c->n; k++)
        count_drops(c, &c->ifaces[k]);
}

/* By the thread that captures, because it may close an interface at any time. */
static void count_each_second(struct capture_pcap *c)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec != c->counted_s)
        live_count(&c->base);
    c->counted_s = now.tv_sec;
}

static void lose_iface(struct capture_pcap *c, struct live_iface *i)
{
    count_drops(c, i);
    c->base.count.lost_ifaces++;
    capture_tell(&c->base, true, "%s: capturing stopped: %s", i->name, pcap_geterr(i->pcap));
    pcap_close(i->pcap);
    i->pcap = NULL;
    c->live--;
}

/* Takes what the rings hold, a batch at most, the interfaces in turn. */
static void take_packets(struct capture_pcap *c, struct batch *b)
{
    c->batch = b;
    c->used = 0;
    for (unsigned k = 0; k < c->n; k++) {
        c->current = (c->turn + k) % c->n;
        struct live_iface *i = &c->ifaces[c->current];
        if (b->n == BATCH_MAX || c->used + SNAPLEN > COPIES_LEN)
            break;
        if (i->pcap != NULL &&
            pcap_dispatch(i->pcap, (int)(BATCH_MAX - b->n), on_packet, (u_char *)c) == PCAP_ERROR)
            lose_iface(c, i);
    }
    c->turn = c->turn + 1 < c->n ? c->turn + 1 : 0;
}

/* An error on a socket is an interface that went down, or for good: libpcap will say which of them,
 * and carries on by itself with one that comes up again. */
static void wait_for_packets(struct capture_pcap *c)
{
    struct pollfd fds[CAPTURE_IFACES_MAX];
    for (unsigned k = 0; k < c->n; k++) {
        pcap_t *pcap = c->ifaces[k].pcap;
        fds[k] = (struct pollfd){ pcap != NULL ? pcap_get_selectable_fd(pcap) : -1, POLLIN, 0 };
    }
    if (poll(fds, c->n, CAPTURE_WAIT_MS) <= 0)
        return;
    for (unsigned k = 0; k < c->n; k++)
        if (fds[k].fd >= 0 && fds[k].revents & POLLERR)
            capture_tell(&c->base, false, "%s: is down; capturing goes on once it is up again",
                         c->ifaces[k].name);
}

static int live_batch(struct capture *base, struct batch *b)
{
    struct capture_pcap *c = (struct capture_pcap *)base;
    count_each_second(c);
    take_packets(c, b);
    if (b->n == 0 && c->live > 0) {
        wait_for_packets(c);
        take_packets(c, b);
    }
    return c->live > 0 || b->n > 0;
}

static const char *live_iface_name(const struct capture *base, unsigned iface)
{
    const struct capture_pcap *c = (const struct capture_pcap *)base;
    return iface < c->n ? c->ifaces[iface].name : NULL;
}

static void live_close(struct capture *base)
{
    struct capture_pcap *c = (struct capture_pcap *)base;
    for (unsigned k = 0; k < c->n; k++)
        if (c->ifaces[k].pcap != NULL)
            pcap_close(c->ifaces[k].pcap);
    free(c->copies);
    free(c);
}

static const struct capture_backend backend = {
    .batch = live_batch, .iface_name = live_iface_name, .count = live_count, .close = live_close,
};

static int set_filter(struct live_iface *i, const char *filter, struct error *e)
{
    struct bpf_program code;
    if (pcap_compile(i->pcap, &code, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return error_set(e, "%s: filter \"%s\": %s", i->name, filter, pcap_geterr(i->pcap));
    int result = pcap_setfilter(i->pcap, &code);
    pcap_freecode(&code);
    return result == 0 ? 0 : error_set(e, "%s: filter \"%s\": %s", i->name, filter,
                                       pcap_geterr(i->pcap));
}

static int activate(struct live_iface *i, const struct capture_live *live, struct error *e)
{
    pcap_set_snaplen(i->pcap, SNAPLEN);
    pcap_set_promisc(i->pcap, !live->no_promiscuous);
    pcap_set_timeout(i->pcap, RING_WAIT_MS);
    pcap_set_buffer_size(i->pcap, (int)(live->buffer > 0 ? live->buffer : BUFFER_DEFAULT));
    i->nano = pcap_set_tstamp_precision(i->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int result = pcap_activate(i->pcap);
    const char *detail = pcap_geterr(i->pcap);
    if (result == PCAP_ERROR_PERM_DENIED)
        return error_set(e, "%s: no permission to capture: run as root, or with CAP_NET_RAW",
                         i->name);
    if (result < 0)
        return error_set(e, "%s: %s", i->name, detail[0] != 0 ? detail : pcap_statustostr(result));
    i->linktype = linktype_of_dlt(pcap_datalink(i->pcap));
    return 0;
}

static void discard(u_char *ctx, const struct pcap_pkthdr *h, const u_char *data)
{
    (void)ctx, (void)h, (void)data;
}

/* Until a socket joins, it gets every packet; these belong to the others of the group, or to
 * nobody yet, and are thrown away. */
static int join_group(struct live_iface *i, uint16_t group, struct error *e)
{
    unsigned fanout = group | (uint32_t)(PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG) << 16;
    if (setsockopt(pcap_fileno(i->pcap), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout) != 0)
        return error_set(e, "%s: can't be shared among workers (PACKET_FANOUT group %u): %s",
                         i->name, group, strerror(errno));
    while (pcap_dispatch(i->pcap, -1, discard, NULL) > 0)
        ;
    return 0;
}

static int open_iface(struct live_iface *i, const char *name, uint16_t group,
                      const struct capture_live *live, struct error *e)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    snprintf(i->name, sizeof i->name, "%s", name);
    i->pcap = pcap_create(name, text);
    if (i->pcap == NULL)
        return error_set(e, "%s: %s", name, text);
    if (activate(i, live, e) != 0)
        return -1;
    if (pcap_setnonblock(i->pcap, 1, text) != 0)
        return error_set(e, "%s: %s", name, text);
    if (live->filter != NULL && live->filter[0] != 0 && set_filter(i, live->filter, e) != 0)
        return -1;
    if (pcap_get_selectable_fd(i->pcap) < 0)
        return error_set(e, "%s: can't be waited for", name);
    return live->workers > 1 ? join_group(i, group, e) : 0;
}

struct capture *capture_open_live(const char *const *ifaces, unsigned n,
                                  const struct capture_live *live, struct error *e)
{
    if (n == 0 || n > CAPTURE_IFACES_MAX) {
        error_set(e, "%u interfaces to capture from: 1 to %d are possible", n, CAPTURE_IFACES_MAX);
        return NULL;
    }
    struct capture_pcap *c = calloc(1, sizeof *c);
    if (c == NULL || (c->copies = malloc(COPIES_LEN)) == NULL) {
        error_set(e, "capture: no memory");
        free(c);
        return NULL;
    }
    c->base.backend = &backend;
    for (c->live = 0; c->live < n; c->live++) {
        c->n = c->live + 1;
        if (open_iface(&c->ifaces[c->live], ifaces[c->live],
                       (uint16_t)(live->fanout_group + c->live), live, e) != 0) {
            live_close(&c->base);
            return NULL;
        }
    }
    return &c->base;
}
