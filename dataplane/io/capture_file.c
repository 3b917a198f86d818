/* Replay of capture files. Our own readers and not libpcap's: libpcap refuses a pcapng file whose
 * interfaces differ in link type, knows no names of interfaces, and copies each packet after two
 * stdio calls. Here packets stay where a large read has put them. Files are read one after the
 * other; a bad one is told, and the others are still read. */
#include "io/capture.h"
#include "io/backend.h"
#include "io/file_list.h"
#include "io/filter.h"
#include "io/pcap_file.h"
#include "io/pcapng.h"
#include "io/window.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { WINDOW_ROOM = 1 << 20, IFACES_MAX = 255, IFACE_NAME_MAX = 64 };
static_assert(WINDOW_ROOM >= 2 * RECORD_LEN_MAX, "a record must fit behind what is left of another");

enum format { FORMAT_UNKNOWN, FORMAT_PCAP, FORMAT_PCAPNG };

struct capture_file {
    struct capture base;
    struct file_list files;
    unsigned next;              /* file to be opened; the open one is before it */
    bool begun, open;
    uint64_t read_before;       /* bytes of the files before */

    struct window window;
    enum format format;
    struct pcap_file pcap;
    struct pcapng pcapng;
    uint64_t pass_over;         /* bytes of a record that are of no interest */
    uint64_t number;            /* packets of this file so far */

    struct filter *filter;
    unsigned n_names;           /* packet.iface 1 is names[0] */
    char names[IFACES_MAX][IFACE_NAME_MAX];
};

/* Same name, same number, over all files; when there are too many, the rest goes without. */
static uint16_t intern_name(void *ctx, struct span name)
{
    struct capture_file *c = ctx;
    char text[IFACE_NAME_MAX];
    size_t n = name.n < sizeof text - 1 ? name.n : sizeof text - 1;
    for (size_t i = 0; i < n; i++)      /* it goes into events and on terminals */
        text[i] = name.p[i] > ' ' && name.p[i] < 0x7f ? (char)name.p[i] : '_';
    text[n] = 0;
    for (unsigned i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i], text) == 0)
            return (uint16_t)(i + 1);
    if (c->n_names == IFACES_MAX)
        return 0;
    memcpy(c->names[c->n_names], text, sizeof text);
    return (uint16_t)++c->n_names;
}

static const char *file_iface_name(const struct capture *base, unsigned iface)
{
    const struct capture_file *c = (const struct capture_file *)base;
    return iface > 0 && iface <= c->n_names ? c->names[iface - 1] : NULL;
}

static const char *path_of(const struct capture_file *c)
{
    return c->files.paths[c->next - 1];
}

static void close_file(struct capture_file *c)
{
    c->read_before += c->window.at;
    window_close(&c->window);
    pcapng_close(&c->pcapng);
    c->open = false;
}

static void refuse_file(struct capture_file *c, const char *why)
{
    c->base.count.bad_files++;
    capture_tell(&c->base, true, "%s: packet %llu at byte %llu: %s", path_of(c),
                 (unsigned long long)c->number + 1, (unsigned long long)c->window.at, why);
    close_file(c);
}

static bool open_file(struct capture_file *c)
{
    struct error e;
    const char *path = c->files.paths[c->next++];
    c->format = FORMAT_UNKNOWN;
    c->number = c->pass_over = 0;
    c->pcapng = (struct pcapng){ .name = intern_name, .ctx = c };
    c->open = window_open(&c->window, path, WINDOW_ROOM, &e) == 0;
    if (!c->open) {
        c->base.count.bad_files++;
        capture_tell(&c->base, true, "%s", e.text);
    }
    return c->open;
}

/* What people hand over that is no capture file, and what to do about it. */
static struct error remedy(struct span start)
{
    static const struct { const char *magic, *packer, *pipe; } packed[] = {
        { "\x1f\x8b", "gzip", "zcat" },
        { "\x28\xb5\x2f\xfd", "zstd", "zstdcat" },
        { "\xfd" "7zXZ", "xz", "xzcat" },
        { "BZh", "bzip2", "bzcat" },
        { "\x04\x22\x4d\x18", "lz4", "lz4cat" },
        { "PK\x03\x04", "zip", "unzip -p" },
    };
    struct error e;
    error_set(&e, "neither pcap nor pcapng; editcap -F pcapng (Wireshark) converts many formats");
    if (start.n == 0)
        error_set(&e, "it is empty");
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        if (span_starts(start, packed[i].magic))
            error_set(&e, "it is packed by %s: unpack it, or pipe it: %s FILE | excised -r -",
                      packed[i].packer, packed[i].pipe);
    return e;
}

/* Finds the format from the first bytes. False: more are needed, or the file was refused. */
static bool start_file(struct capture_file *c)
{
    struct span start = window_bytes(&c->window);
    if (start.n < 4 && !c->window.ended)
        return false;
    if (pcapng_is(start)) {
        c->format = FORMAT_PCAPNG;
        return true;
    }
    if (!pcap_file_is(start)) {
        c->base.count.bad_files++;
        capture_tell(&c->base, true, "%s: %s", path_of(c), remedy(start).text);
        close_file(c);
        return false;
    }
    struct record r = pcap_file_start(&c->pcap, start);
    if (r.kind == RECORD_BAD)
        refuse_file(c, r.why);
    if (r.kind != RECORD_OTHER)
        return false;
    window_take(&c->window, (size_t)r.len);
    c->format = FORMAT_PCAP;
    return true;
}

static struct record next_record(struct capture_file *c, struct packet *p)
{
    struct span rest = window_bytes(&c->window);
    return c->format == FORMAT_PCAP ? pcap_file_next(&c->pcap, rest, p)
                                    : pcapng_next(&c->pcapng, rest, p);
}

static void pass_over(struct capture_file *c)
{
    size_t shown = window_bytes(&c->window).n;
    size_t n = c->pass_over < shown ? (size_t)c->pass_over : shown;
    window_take(&c->window, n);
    c->pass_over -= n;
}

/* Whether the filter lets the packet pass; -1: it can't be judged, and has to wait until the packets
 * before it are done with, for the file is refused then. */
static int judge(struct capture_file *c, const struct packet *p, bool first)
{
    struct error e;
    int pass = filter_match(c->filter, p, &e);
    if (pass < 0 && first)
        refuse_file(c, e.text);
    return pass;
}

/* Takes packets out of the window until the batch is full, the window has no more, or the file is
 * found to be bad. A bad record behind good ones waits until these are done with. */
static void take_packets(struct capture_file *c, struct batch *b)
{
    while (c->open && b->n < BATCH_MAX) {
        if (c->pass_over > 0)
            pass_over(c);
        struct packet *p = &b->p[b->n];
        struct record r = next_record(c, p);
        if (r.kind == RECORD_PACKET) {
            int pass = c->filter != NULL ? judge(c, p, b->n == 0) : 1;
            if (pass < 0)
                return;
            p->number = ++c->number;
            b->n += (unsigned)pass;
            window_take(&c->window, (size_t)r.len);
        } else if (r.kind == RECORD_OTHER) {
            c->pass_over = r.len;
        } else {
            if (r.kind == RECORD_BAD && b->n == 0)
                refuse_file(c, r.why);
            return;
        }
    }
}

/* The window has ended: at the border of two records, or inside one. */
static void end_file(struct capture_file *c)
{
    bool whole = window_bytes(&c->window).n == 0 && c->pass_over == 0 && c->format != FORMAT_UNKNOWN;
    if (whole) {
        close_file(c);
        return;
    }
    c->base.count.truncated_files++;
    refuse_file(c, "the file is cut short here");
}

/* More bytes, as no packet points into the window. False: none right now. */
static bool refill(struct capture_file *c)
{
    int got = window_fill(&c->window, CAPTURE_WAIT_MS);
    if (got < 0) {
        refuse_file(c, strerror(errno));
        return true;
    }
    if (got == 0 && c->window.ended) {
        if (c->format == FORMAT_UNKNOWN && window_bytes(&c->window).n < 4)
            start_file(c);      /* says what is wrong with it */
        if (c->open)
            end_file(c);
        return true;
    }
    return got > 0;
}

/* What has been found out when the list was made, now that somebody listens. */
static void begin(struct capture_file *c)
{
    c->begun = true;
    if (c->files.others > 0)
        capture_tell(&c->base, false, "%s: no capture file, left out%s", c->files.other,
                     c->files.others > 1 ? ", as are others of its folder" : "");
    if (c->files.n == 0)
        capture_tell(&c->base, true, "there is no capture file in what was given to read");
}

static int file_batch(struct capture *base, struct batch *b)
{
    struct capture_file *c = (struct capture_file *)base;
    if (!c->begun)
        begin(c);
    while (b->n == 0 && !capture_stopped(base)) {
        if (!c->open && c->next == c->files.n)
            return 0;
        if (!c->open && !open_file(c))
            continue;
        if (c->format != FORMAT_UNKNOWN || start_file(c))
            take_packets(c, b);
        if (c->open && b->n == 0 && !refill(c))
            return 1;
    }
    return b->n > 0;
}

static struct capture_progress file_progress(const struct capture *base)
{
    const struct capture_file *c = (const struct capture_file *)base;
    return (struct capture_progress){
        .read = c->read_before + (c->open ? c->window.at : 0), .total = c->files.bytes,
        .file = c->next, .files = c->files.n, .name = c->next > 0 ? path_of(c) : NULL,
    };
}

static void file_close(struct capture *base)
{
    struct capture_file *c = (struct capture_file *)base;
    if (c->open)
        close_file(c);
    filter_close(c->filter);
    file_list_free(&c->files);
    free(c);
}

static const struct capture_backend backend = {
    .batch = file_batch, .iface_name = file_iface_name, .progress = file_progress,
    .close = file_close,
};

struct capture *capture_open_files(const char *const *paths, unsigned n, const char *filter,
                                   struct error *e)
{
    struct capture_file *c = calloc(1, sizeof *c);
    if (c == NULL) {
        error_set(e, "capture: no memory");
        return NULL;
    }
    c->base.backend = &backend;
    if (filter != NULL && filter[0] != 0 && (c->filter = filter_open(filter, e)) == NULL)
        goto close_capture;
    if (file_list_make(&c->files, paths, n, e) != 0)
        goto close_capture;
    c->base.count.other_files = c->files.others;
    return &c->base;
close_capture:
    file_close(&c->base);
    return NULL;
}
