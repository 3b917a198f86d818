/* Capture files of every variety, built here byte by byte, whole and cut. */
#include "io/capture.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- building files ---- */

struct bytes { uint8_t b[8192]; size_t n; bool big; };

static void put(struct bytes *o, uint64_t v, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        o->b[o->n++] = (uint8_t)(v >> 8 * (o->big ? width - 1 - i : i));
}

static void put_raw(struct bytes *o, const void *data, size_t n)
{
    memcpy(o->b + o->n, data, n);
    o->n += n;
}

static void pcap_head(struct bytes *o, uint32_t magic, uint32_t snaplen, uint32_t linktype)
{
    put(o, magic, 4);
    put(o, 2, 2);
    put(o, 4, 2);
    put(o, 0, 8);
    put(o, snaplen, 4);
    put(o, linktype, 4);
}

static void pcap_packet(struct bytes *o, uint32_t s, uint32_t fraction, const char *data, uint32_t wirelen)
{
    put(o, s, 4);
    put(o, fraction, 4);
    put(o, strlen(data), 4);
    put(o, wirelen, 4);
    put_raw(o, data, strlen(data));
}

static void block(struct bytes *o, uint32_t type, const struct bytes *body)
{
    size_t padded = (body->n + 3) & ~(size_t)3;
    put(o, type, 4);
    put(o, padded + 12, 4);
    put_raw(o, body->b, padded);
    put(o, padded + 12, 4);
}

static struct bytes body_of(const struct bytes *o)
{
    return (struct bytes){ .big = o->big };
}

static void option(struct bytes *o, uint16_t code, const void *value, uint16_t n)
{
    put(o, code, 2);
    put(o, n, 2);
    put_raw(o, value, n);
    o->n = (o->n + 3) & ~(size_t)3;
}

static void section(struct bytes *o)
{
    struct bytes b = body_of(o);
    put(&b, 0x1a2b3c4d, 4);
    put(&b, 1, 2);
    put(&b, 0, 2);
    put(&b, ~0ULL, 8);
    block(o, 0x0a0d0d0a, &b);
}

/* An interface; tsresol 0: none given. */
static void iface(struct bytes *o, uint16_t linktype, uint32_t snaplen, const char *name,
                  uint8_t tsresol, int64_t tsoffset)
{
    struct bytes b = body_of(o), offset = body_of(o);
    put(&b, linktype, 2);
    put(&b, 0, 2);
    put(&b, snaplen, 4);
    put(&offset, (uint64_t)tsoffset, 8);
    if (name != NULL)
        option(&b, 2, name, (uint16_t)strlen(name));
    if (tsresol != 0)
        option(&b, 9, &tsresol, 1);
    if (tsoffset != 0)
        option(&b, 14, offset.b, 8);
    option(&b, 0, "", 0);
    block(o, 1, &b);
}

static void enhanced(struct bytes *o, uint32_t at, uint64_t ticks, const char *data, uint32_t wirelen)
{
    struct bytes b = body_of(o);
    put(&b, at, 4);
    put(&b, ticks >> 32, 4);
    put(&b, ticks & 0xffffffff, 4);
    put(&b, strlen(data), 4);
    put(&b, wirelen, 4);
    put_raw(&b, data, strlen(data));
    block(o, 6, &b);
}

static void simple(struct bytes *o, const char *data, uint32_t wirelen)
{
    struct bytes b = body_of(o);
    put(&b, wirelen, 4);
    put_raw(&b, data, strlen(data));
    block(o, 3, &b);
}

static void obsolete(struct bytes *o, uint16_t at, uint64_t ticks, const char *data, uint32_t wirelen)
{
    struct bytes b = body_of(o);
    put(&b, at, 2);
    put(&b, 7, 2);
    put(&b, ticks >> 32, 4);
    put(&b, ticks & 0xffffffff, 4);
    put(&b, strlen(data), 4);
    put(&b, wirelen, 4);
    put_raw(&b, data, strlen(data));
    block(o, 2, &b);
}

/* ---- reading them ---- */

struct seen { uint64_t ts_ns, number; uint32_t caplen, wirelen; uint16_t linktype; char data[64], name[32]; };
struct result { int end; unsigned n; struct seen p[128]; struct error error; struct capture_counters count; };

static struct result read_paths(const char *const *paths, unsigned n, const char *filter)
{
    static struct batch b;
    struct result r = { 0 };
    struct capture *c = capture_open_files(paths, n, filter, &r.error);
    CHECK(c != NULL);
    while ((r.end = capture_batch(c, &b)) == 1)
        for (unsigned i = 0; i < b.n; i++) {
            const struct packet *p = &b.p[i];
            const char *name = capture_iface_name(c, p->iface);
            CHECK(r.n < 128 && p->caplen < sizeof r.p[0].data);
            struct seen *s = &r.p[r.n++];
            *s = (struct seen){ p->ts_ns, p->number, p->caplen, p->wirelen, p->linktype, "", "" };
            memcpy(s->data, p->data, p->caplen);
            snprintf(s->name, sizeof s->name, "%s", name != NULL ? name : "-");
        }
    CHECK(b.n == 0);
    if (r.end < 0)
        r.error = *capture_error(c);
    r.count = capture_counters(c);
    capture_close(c);
    return r;
}

static void write_all(int fd, const void *data, size_t n)
{
    CHECK(write(fd, data, n) == (ssize_t)n);
}

static struct result read_bytes(const void *data, size_t n, const char *filter)
{
    char path[64];
    const char *const paths[] = { path };
    int fd = memfd_create("capture", 0);
    write_all(fd, data, n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct result r = read_paths(paths, 1, filter);
    close(fd);
    return r;
}

static bool is(const struct seen *s, uint64_t number, uint64_t ts_ns, const char *data, uint32_t wirelen,
               uint16_t linktype, const char *name)
{
    return s->number == number && s->ts_ns == ts_ns && s->caplen == strlen(data) &&
           strcmp(s->data, data) == 0 && s->wirelen == wirelen && s->linktype == linktype &&
           strcmp(s->name, name) == 0;
}

/* ---- pcap ---- */

static void pcap_in_either_order_and_resolution(void **state)
{
    (void)state;
    for (int v = 0; v < 4; v++) {
        struct bytes o = { .big = v & 1 };
        pcap_head(&o, v & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 65535, 1);
        pcap_packet(&o, 1700000000, 5, "first", 5);
        pcap_packet(&o, 4294967295, 999, "second", 60);
        struct result r = read_bytes(o.b, o.n, NULL);
        uint64_t tick = v & 2 ? 1 : 1000;
        CHECK(r.end == 0 && r.n == 2 && r.count.packets == 2 && r.count.bytes == 11);
        CHECK(is(&r.p[0], 1, 1700000000000000000ULL + 5 * tick, "first", 5, 1, "-"));
        CHECK(is(&r.p[1], 2, 4294967295000000000ULL + 999 * tick, "second", 60, 1, "-"));
    }
}

static void patched_pcap_has_longer_heads(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct bytes o = { .big = big };
        pcap_head(&o, 0xa1b2cd34, 65535, 113);
        for (uint32_t i = 1; i <= 2; i++) {
            put(&o, i, 4);
            put(&o, 0, 4);
            put(&o, 3, 4);
            put(&o, 3, 4);
            put(&o, 0xdeadbeefdeadbeef, 8);
            put_raw(&o, "abc", 3);
        }
        struct result r = read_bytes(o.b, o.n, NULL);
        CHECK(r.end == 0 && r.n == 2 && is(&r.p[1], 2, 2000000000, "abc", 3, 113, "-"));
    }
}

static void odd_but_harmless_pcap_is_read(void **state)
{
    (void)state;
    struct bytes o = { .big = false };
    pcap_head(&o, 0xa1b2c3d4, 0, 0xf4000001);       /* no snap length; frame check sequence of 4 */
    pcap_packet(&o, 1, 0, "longer than the wire", 3);
    pcap_packet(&o, 1, 0, "", 0);
    struct result r = read_bytes(o.b, o.n, NULL);
    CHECK(r.end == 0 && r.n == 2 && r.p[0].linktype == 1);
    CHECK(r.p[0].caplen == 20 && r.p[0].wirelen == 20 && r.p[1].caplen == 0);

    struct bytes raw = { .big = false };
    pcap_head(&raw, 0xa1b2c3d4, 65535, 12);
    pcap_packet(&raw, 1, 0, "E", 1);
    r = read_bytes(raw.b, raw.n, NULL);
    CHECK(r.end == 0 && r.n == 1 && r.p[0].linktype == 101);
}

static void an_absurd_length_is_refused(void **state)
{
    (void)state;
    struct bytes o = { .big = false };
    pcap_head(&o, 0xa1b2c3d4, 65535, 1);
    pcap_packet(&o, 1, 0, "good", 4);
    put(&o, 1, 8);
    put(&o, 262145, 4);
    put(&o, 262145, 4);
    struct result r = read_bytes(o.b, o.n, NULL);
    CHECK(r.end == -1 && r.n == 1 && r.count.bad_files == 1 && r.count.truncated_files == 0);
    CHECK(strstr(r.error.text, "packet 2 at byte 44") != NULL && strstr(r.error.text, "/proc/self/fd"));
}

static void the_longest_packets_fit(void **state)
{
    (void)state;
    enum { LEN = 262144, N = 9 };
    char path[64], *data = malloc(LEN);
    const char *const paths[] = { path };
    struct bytes head = { .big = false };
    pcap_head(&head, 0xa1b2c3d4, 262144, 1);
    int fd = memfd_create("long", 0);
    write_all(fd, head.b, head.n);
    for (uint32_t i = 0; i < N; i++) {
        struct bytes h = { .big = false };
        put(&h, i, 8);
        put(&h, LEN, 4);
        put(&h, LEN, 4);
        memset(data, (int)i, LEN);
        write_all(fd, h.b, h.n);
        write_all(fd, data, LEN);
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct error e;
    static struct batch b;
    struct capture *c = capture_open_files(paths, 1, NULL, &e);
    unsigned n = 0;
    while (capture_batch(c, &b) == 1)
        for (unsigned i = 0; i < b.n; i++, n++)
            CHECK(b.p[i].caplen == LEN && b.p[i].data[0] == n && b.p[i].data[LEN - 1] == n);
    struct capture_progress done = capture_progress(c);
    CHECK(n == N && capture_batch(c, &b) == 0 && done.read == done.total && done.total > N * LEN);
    capture_close(c);
    close(fd);
    free(data);
}

/* ---- pcapng ---- */

/* Two interfaces with link types and clocks of their own, every packet block, blocks to be passed
 * over, and a second section in the other byte order. */
static struct bytes rich_pcapng(bool big)
{
    struct bytes o = { .big = big }, other = { .big = big, .n = 20 };
    section(&o);
    iface(&o, 1, 6, "eth0", 0, 0);
    block(&o, 0x0bad, &other);
    iface(&o, 101, 0, "tun 1", 9, 3600);
    enhanced(&o, 0, 1700000000000001, "micro", 5);
    enhanced(&o, 1, 1700000000000000001, "nano", 4);
    block(&o, 5, &other);
    obsolete(&o, 1, 7000000000, "old", 3);
    simple(&o, "simple", 99);
    o.big = !big;
    section(&o);
    iface(&o, 113, 0, NULL, 0x8a, -1);
    enhanced(&o, 0, 1024 * 100 + 512, "binary", 6);
    return o;
}

static void every_kind_of_block_is_read(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct bytes o = rich_pcapng(big);
        struct result r = read_bytes(o.b, o.n, NULL);
        CHECK(r.end == 0 && r.n == 5);
        CHECK(is(&r.p[0], 1, 1700000000000001000, "micro", 5, 1, "eth0"));
        CHECK(is(&r.p[1], 2, 1700003600000000001, "nano", 4, 101, "tun_1"));
        CHECK(is(&r.p[2], 3, 3607000000000, "old", 3, 101, "tun_1"));
        CHECK(is(&r.p[3], 4, 3607000000000, "simple", 99, 1, "eth0"));
        CHECK(is(&r.p[4], 5, 99500000000, "binary", 6, 113, "-"));
    }
}

static void resolutions_from_seconds_to_absurd(void **state)
{
    (void)state;
    static const struct { uint8_t tsresol; uint64_t ticks, ns; } t[] = {
        { 1, 17, 1700000000 }, { 3, 1700000000123, 1700000000123000000 }, { 9, 42, 42 },
        { 12, 5000, 5 }, { 18, 5000000000, 5 }, { 127, 5000, 0 }, { 0x80, 3, 3000000000 },
        { 0xff, 1, 0 }, { 0xa0, 0x180000000, 1500000000 },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct bytes o = { .big = false };
        section(&o);
        iface(&o, 1, 0, NULL, t[i].tsresol, 0);
        enhanced(&o, 0, t[i].ticks, "x", 1);
        struct result r = read_bytes(o.b, o.n, NULL);
        CHECK(r.end == 0 && r.n == 1 && r.p[0].ts_ns == t[i].ns);
    }
}

static void broken_blocks_are_refused_behind_the_good_ones(void **state)
{
    (void)state;
    for (int what = 0; what < 6; what++) {
        struct bytes o = { .big = false }, b = { .big = false };
        section(&o);
        iface(&o, 1, 0, NULL, 0, 0);
        enhanced(&o, 0, 1, "good", 4);
        size_t at = o.n;
        if (what == 0)
            enhanced(&o, 1, 1, "of no interface", 15);
        else
            enhanced(&o, 0, 1, "bad", 3);
        if (what == 1)
            o.b[at + 4] = 8;                /* shorter than its frame */
        if (what == 2)
            o.b[at + 4] += 2;               /* no multiple of four */
        if (what == 3)
            o.b[o.n - 4] ^= 4;              /* two lengths */
        if (what == 4)
            o.b[at + 20] = 5;               /* longer than its block */
        if (what == 5) {
            o.n = at;
            block(&o, 0x0a0d0d0a, &b);      /* a section without its magic */
            put(&o, 0, 8);
            put(&o, 0, 8);
        }
        struct result r = read_bytes(o.b, o.n, NULL);
        CHECK(r.end == -1 && r.n == 1 && r.count.bad_files == 1 && r.count.truncated_files == 0);
        CHECK(strstr(r.error.text, "packet 2 at byte 88: ") != NULL);
    }
}

static void a_huge_unknown_block_is_passed_over(void **state)
{
    (void)state;
    enum { HUGE = 3 << 20 };
    struct bytes o = { .big = false };
    section(&o);
    iface(&o, 1, 0, NULL, 0, 0);
    put(&o, 0x40000bad, 4);
    put(&o, HUGE, 4);
    size_t head = o.n;
    put(&o, HUGE, 4);
    enhanced(&o, 0, 1, "behind", 6);
    uint8_t *all = calloc(1, o.n + HUGE);
    memcpy(all, o.b, head);
    memcpy(all + head + HUGE - 12, o.b + head, o.n - head);
    struct result r = read_bytes(all, o.n + HUGE - 12, NULL);
    CHECK(r.end == 0 && r.n == 1 && strcmp(r.p[0].data, "behind") == 0);
    r = read_bytes(all, head + HUGE / 2, NULL);
    CHECK(r.end == -1 && r.n == 0 && r.count.truncated_files == 1);
    free(all);
}

/* ---- cuts ---- */

/* The packets before the cut come, then the cut is told; unless it is between two records. */
static void check_cuts(const struct bytes *o, const size_t *borders, unsigned n_borders,
                       const unsigned *packets)
{
    for (size_t n = 0; n <= o->n; n++) {
        struct result r = read_bytes(o->b, n, NULL);
        unsigned k = 0;
        while (k < n_borders && borders[k] <= n)
            k++;
        bool clean = k > 0 && borders[k - 1] == n;
        CHECK(r.n == (k > 0 ? packets[k - 1] : 0));
        CHECK(r.end == (clean ? 0 : -1) && r.count.bad_files == !clean);
        CHECK(clean || n < 4 || (r.count.truncated_files == 1 && strstr(r.error.text, "cut short")));
    }
}

static void a_cut_pcap_gives_what_is_whole(void **state)
{
    (void)state;
    struct bytes o = { .big = false };
    pcap_head(&o, 0xa1b2c3d4, 65535, 1);
    size_t a = o.n;
    pcap_packet(&o, 1, 1, "one", 3);
    size_t b = o.n;
    pcap_packet(&o, 1, 2, "two and more", 12);
    check_cuts(&o, (size_t[]){ a, b, o.n }, 3, (unsigned[]){ 0, 1, 2 });
}

static void a_cut_pcapng_gives_what_is_whole(void **state)
{
    (void)state;
    struct bytes o = rich_pcapng(true);
    size_t borders[16];
    unsigned packets[16], n = 0, seen = 0;
    bool big = true;
    for (size_t at = 0; at < o.n; n++) {    /* the lengths tell where the blocks end */
        const uint8_t *h = o.b + at;
        if (h[0] == 0x0a)
            big = h[8] == 0x1a;
        uint32_t type = big ? h[3] : h[0];
        at += big ? (uint32_t)(h[6] << 8 | h[7]) : (uint32_t)(h[5] << 8 | h[4]);
        seen += (h[0] != 0x0a && (type == 2 || type == 3 || type == 6)) ? 1 : 0;
        borders[n] = at;
        packets[n] = seen;
    }
    CHECK(seen == 5);
    check_cuts(&o, borders, n, packets);
}

/* ---- several files, pipes, filters ---- */

static void one_bad_file_does_not_hide_the_others(void **state)
{
    (void)state;
    char folder[] = "/tmp/excise-capture-XXXXXX", path[5][64], sub[64], missing[64];
    CHECK(mkdtemp(folder) != NULL);
    struct bytes good = { .big = false }, cut;
    pcap_head(&good, 0xa1b2c3d4, 65535, 1);
    pcap_packet(&good, 1, 1, "one", 3);
    pcap_packet(&good, 1, 2, "two", 3);
    cut = good;
    cut.n--;
    const struct { const char *name; const void *data; size_t n; } files[] = {
        { "b.pcap", good.b, good.n }, { "a.pcap", cut.b, cut.n }, { "notes.txt", "# no", 4 },
        { ".hidden", good.b, good.n }, { "empty", "", 0 },
    };
    for (int i = 0; i < 5; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", folder, files[i].name);
        int fd = open(path[i], O_WRONLY | O_CREAT, 0600);
        write_all(fd, files[i].data, files[i].n);
        close(fd);
    }
    snprintf(sub, sizeof sub, "%s/sub", folder);
    snprintf(missing, sizeof missing, "%s/missing", folder);
    CHECK(mkdir(sub, 0700) == 0);

    struct result r = read_paths((const char *const[]){ missing, folder }, 2, NULL);
    CHECK(r.end == -1 && r.n == 3 && strstr(r.error.text, "missing") != NULL);
    CHECK(r.count.bad_files == 2 && r.count.truncated_files == 1 && r.count.other_files == 2);
    CHECK(r.p[0].number == 1 && r.p[1].number == 1 && r.p[2].number == 2);
    r = read_paths((const char *const[]){ path[0], path[0] }, 2, NULL);
    CHECK(r.end == 0 && r.n == 4);
    r = read_paths((const char *const[]){ sub }, 1, NULL);
    CHECK(r.end == -1 && r.n == 0 && strstr(r.error.text, "no capture file") != NULL);
    for (int i = 0; i < 5; i++)
        unlink(path[i]);
    rmdir(sub);
    rmdir(folder);
}

static void what_is_no_capture_is_refused_with_a_remedy(void **state)
{
    (void)state;
    CHECK(strstr(read_bytes("\x1f\x8b\x08\0\0", 5, NULL).error.text, "zcat") != NULL);
    CHECK(strstr(read_bytes("\x28\xb5\x2f\xfd\0", 5, NULL).error.text, "zstdcat") != NULL);
    CHECK(strstr(read_bytes("snoop\0\0\0", 8, NULL).error.text, "editcap") != NULL);
    CHECK(strstr(read_bytes("", 0, NULL).error.text, "empty") != NULL);
}

static void a_pipe_gives_what_it_has_and_stops_on_request(void **state)
{
    (void)state;
    int fds[2], old = dup(STDIN_FILENO);
    CHECK(pipe(fds) == 0 && dup2(fds[0], STDIN_FILENO) == STDIN_FILENO);
    struct bytes o = rich_pcapng(false);
    struct error e;
    static struct batch b;
    struct capture *c = capture_open_files((const char *const[]){ "-" }, 1, NULL, &e);
    unsigned n = 0;
    for (size_t i = 0; i < o.n; i += 100) {     /* in pieces; nothing waits for the next piece */
        size_t piece = o.n - i < 100 ? o.n - i : 100;
        write_all(fds[1], o.b + i, piece);
        do {
            CHECK(capture_batch(c, &b) == 1);
            n += b.n;
        } while (b.n > 0);
    }
    CHECK(n == 5 && capture_progress(c).total == 0);
    capture_stop(c);
    CHECK(capture_batch(c, &b) == 0);
    capture_close(c);
    CHECK(dup2(old, STDIN_FILENO) == STDIN_FILENO);
    close(old);
    close(fds[0]);
    close(fds[1]);
}

static void a_filter_knows_each_link_type(void **state)
{
    (void)state;
    static const char ip[] = "\x45\x01\x01\x22\x01\x01\x40\x01\x40\x11\x01\x01\x0a\x01\x01\x01\x0a"
                             "\x01\x01\x02\x01\x35\x01\x35\x01\x0e\x01\x01";
    char ethernet[64] = "\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x08\x01";
    strcat(ethernet, ip);
    struct bytes o = { .big = false };
    section(&o);
    iface(&o, 1, 0, NULL, 0, 0);
    iface(&o, 101, 0, NULL, 0, 0);
    enhanced(&o, 1, 1, ip, 28);
    enhanced(&o, 0, 2, ethernet, 42);       /* not IP: its type is 0x0801 */
    enhanced(&o, 1, 3, ip, 28);
    struct result r = read_bytes(o.b, o.n, "src host 10.1.1.1");
    CHECK(r.end == 0 && r.n == 2 && r.p[0].number == 1 && r.p[1].number == 3);
    r = read_bytes(o.b, o.n, "ether host 02:02:02:02:02:02");  /* means nothing on raw IP */
    CHECK(r.end == -1 && strstr(r.error.text, "filter \"ether host 02") != NULL);

    struct error e;
    CHECK(capture_open_files((const char *const[]){ "-" }, 1, "tcp prot 80", &e) == NULL);
    CHECK(strstr(e.text, "tcp prot 80") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_in_either_order_and_resolution),
        cmocka_unit_test(patched_pcap_has_longer_heads),
        cmocka_unit_test(odd_but_harmless_pcap_is_read),
        cmocka_unit_test(an_absurd_length_is_refused),
        cmocka_unit_test(the_longest_packets_fit),
        cmocka_unit_test(every_kind_of_block_is_read),
        cmocka_unit_test(resolutions_from_seconds_to_absurd),
        cmocka_unit_test(broken_blocks_are_refused_behind_the_good_ones),
        cmocka_unit_test(a_huge_unknown_block_is_passed_over),
        cmocka_unit_test(a_cut_pcap_gives_what_is_whole),
        cmocka_unit_test(a_cut_pcapng_gives_what_is_whole),
        cmocka_unit_test(one_bad_file_does_not_hide_the_others),
        cmocka_unit_test(what_is_no_capture_is_refused_with_a_remedy),
        cmocka_unit_test(a_pipe_gives_what_it_has_and_stops_on_request),
        cmocka_unit_test(a_filter_knows_each_link_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
