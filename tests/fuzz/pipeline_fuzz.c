/* The whole worker over any packets: nothing of the pool and the tables is left in use at the end,
 * each packet was either forwarded or dropped, and every event that was made reads back and is
 * sound JSON.
 *
 * The input's first byte says how the worker is set up and what the rest is: a capture file, or a
 * script of segments and datagrams of a few flows. A step of the script is four bytes (see enum
 * step_kind), and the payload. */
#include "eve.h"
#include "firmware/load.h"
#include "io/backend.h"
#include "json_check.h"
#include "pipeline.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_PCAP = 1, SMALL_POOL = 2, CLASSIFY = 4, LOSE_EVENTS = 8, CHECKSUMS = 16, NO_MIDSTREAM = 32,
       ENFORCE = 64, LONG_BODIES = 128 };
enum { PACKETS_MAX = 2048, FLOWS = 4, UDP_FLOW = 3, PAYLOAD_MAX = 1400, LINKTYPE_RAW = 101 };

static const char rules_text[] =
    "alert http any any -> any any (http.uri; content:\"/evil\"; nocase; sid:1;)\n"
    "reject tls any any -> any any (tls.sni; dotprefix; content:\".evil.com\"; endswith; sid:2;)\n"
    "drop dns any any -> any any (dns.query; content:\"evil\"; sid:3;)\n"
    "drop npm any any -> any any (npm.package; content:\"left-pad\"; sid:4;)\n"
    "alert http any any -> any any (file.data; content:\"HexEval\"; sid:5;)\n"
    "alert ip any any -> 10.0.0.66 any (sid:6;)\n"
    "alert tcp any any -> any 8080 (flow:established; threshold:type limit, track by_src, count 1, seconds 60; sid:7;)\n"
    "alert tcp any any -> any any (app-layer-protocol:smtp; sid:8;)\n"
    "alert http any any -> any any (http.request_body; pcre:\"/a(b|c)+d/\"; sid:9;)\n"
    "alert quic any any -> any any (quic.sni; content:\"evil\"; sid:10;)\n"
    "alert http any any -> any any (http.header; content:\"x-evil\"; nocase; flowbits:set,odd; sid:11;)\n";
enum { RULES = 11 };

static void must(bool claim)
{
    if (!claim)
        abort();
}

static const struct ruleset *rules(void)
{
    static struct loaded_rules loaded;
    const struct config cfg = config_defaults();
    if (loaded.image != NULL)
        return &loaded.rs;
    struct error e;
    char path[64];
    int fd = memfd_create("rules", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct options o = { .rules = { path }, .n_rules = 1, .test = true };
    must(write(fd, rules_text, sizeof rules_text - 1) == sizeof rules_text - 1);
    must(load_rules(&o, &cfg, &loaded, &e) == 0 && loaded.rules == RULES && loaded.refused == 0);
    close(fd);
    return &loaded.rs;
}

/* ---- a capture out of a script ---- */

struct script {
    struct capture base;
    struct { uint8_t *b; uint32_t n; uint64_t ts_ns; } packets[PACKETS_MAX];
    unsigned n, at;
    uint64_t now_ns;
    struct { bool begun; uint32_t next[2]; } flow[FLOWS];
};

/* What a step does; its bytes are kind << 3 | direction << 2 | flow, an amount, the payload's length. */
enum step_kind {
    DATA,           /* in order */
    LOST,           /* counted, never sent */
    AGAIN,          /* the payload stands `amount` bytes before its turn */
    AHEAD,          /* and here beyond, without moving on */
    SYN, FIN, RST,
    PAUSE           /* `amount` squared milliseconds, and an ACK of all that was sent */
};
enum { NO_HANDSHAKE = 64 };

static void put16(uint8_t *p, uint32_t v) { p[0] = (uint8_t)(v >> 8); p[1] = (uint8_t)v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16); put16(p + 2, v); }

/* From 10.0.0.1 to 10.0.0.66 for the first flow, and to its neighbours for the others. */
static void emit(struct script *s, unsigned flow, enum dir dir, uint8_t flags, uint32_t seq, struct span payload)
{
    static const uint16_t service[FLOWS] = { 8080, 443, 25, 53 };
    bool udp = flow == UDP_FLOW;
    uint32_t head = udp ? 28 : 40, n = head + (uint32_t)payload.n;
    if (s->n == PACKETS_MAX)
        return;
    uint8_t *b = calloc(1, n), *t = b + 20;
    s->packets[s->n].b = b;
    s->packets[s->n].n = n;
    s->packets[s->n++].ts_ns = s->now_ns += 1000000;
    b[0] = 0x45;
    put16(b + 2, n);
    b[8] = 64;
    b[9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
    put32(b + 12 + 4 * dir, 0x0a000001);
    put32(b + 16 - 4 * dir, 0x0a000042 + flow);
    put16(t + 2 * dir, 40000 + flow);
    put16(t + 2 - 2 * dir, service[flow]);
    if (udp) {
        put16(t + 4, n - 20);
    } else {
        put32(t + 4, seq);
        put32(t + 8, s->flow[flow].next[!dir]);
        t[12] = 0x50;
        t[13] = flags;
        put16(t + 14, 0xffff);
    }
    memcpy(b + head, payload.p, payload.n);
}

static void handshake(struct script *s, unsigned flow)
{
    const struct span none = SPAN_NONE;
    uint32_t *next = s->flow[flow].next;
    s->flow[flow].begun = true;
    next[0] = 0xffffff00;           /* wraps soon */
    next[1] = 7000;
    emit(s, flow, TO_SERVER, TH_SYN, next[0]++, none);
    emit(s, flow, TO_CLIENT, TH_SYN | TH_ACK, next[1]++, none);
    emit(s, flow, TO_SERVER, TH_ACK, next[0], none);
}

static void play(struct script *s, uint8_t how, uint8_t amount, struct span payload)
{
    unsigned flow = how & 3;
    enum dir dir = how >> 2 & 1;
    uint32_t *next = &s->flow[flow].next[dir], n = (uint32_t)payload.n;
    if (flow != UDP_FLOW && !s->flow[flow].begun && !(how & NO_HANDSHAKE))
        handshake(s, flow);
    s->flow[flow].begun = true;
    switch ((enum step_kind)(how >> 3 & 7)) {
    case DATA:  emit(s, flow, dir, TH_ACK, *next, payload); *next += n; break;
    case LOST:  *next += n + amount; break;
    case AGAIN: emit(s, flow, dir, TH_ACK, *next - amount, payload); break;
    case AHEAD: emit(s, flow, dir, TH_ACK, *next + amount, payload); break;
    case SYN:   emit(s, flow, dir, amount & 1 ? TH_SYN | TH_ACK : TH_SYN, *next, payload); *next += n + 1; break;
    case FIN:   emit(s, flow, dir, TH_FIN | TH_ACK, *next, payload); *next += n + 1; break;
    case RST:   emit(s, flow, dir, TH_RST, *next + amount, payload); break;
    case PAUSE:
        s->now_ns += (uint64_t)amount * amount * 1000000;
        emit(s, flow, dir, TH_ACK, *next, (struct span){ payload.p, 0 });
        break;
    }
}

static int script_batch(struct capture *c, struct batch *b)
{
    struct script *s = (struct script *)c;
    while (b->n < BATCH_MAX && s->at < s->n) {
        struct packet *p = &b->p[b->n++];
        p->data = s->packets[s->at].b;
        p->caplen = p->wirelen = s->packets[s->at].n;
        p->ts_ns = s->packets[s->at].ts_ns;
        p->number = ++s->at;
        p->iface = 0;
        p->linktype = LINKTYPE_RAW;
    }
    return b->n > 0;
}

static const char *no_name(const struct capture *c, unsigned iface)
{
    (void)c;
    (void)iface;
    return NULL;
}

static void script_close(struct capture *c)
{
    struct script *s = (struct script *)c;
    for (unsigned i = 0; i < s->n; i++)
        free(s->packets[i].b);
    free(s);
}

static struct capture *open_script(struct span text)
{
    static const struct capture_backend backend = { .batch = script_batch, .iface_name = no_name, .close = script_close };
    struct script *s = calloc(1, sizeof *s);
    s->base.backend = &backend;
    s->now_ns = 1700000000ULL * 1000000000;
    struct cursor c = cur_over(text);
    while (c.left > 0) {
        uint8_t how = (uint8_t)cur_be(&c, 1), amount = (uint8_t)cur_be(&c, 1);
        size_t n = (size_t)cur_be(&c, 2) % (PAYLOAD_MAX + 1);
        play(s, how, amount, cur_take(&c, n < c.left ? n : c.left));
    }
    return &s->base;
}

static struct capture *open_pcap(struct span bytes)
{
    static int fd = -1;
    static char path[64];
    const char *const paths[] = { path };
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    struct error e;
    must(ftruncate(fd, 0) == 0 && pwrite(fd, bytes.p, bytes.n, 0) == (ssize_t)bytes.n);
    return capture_open_files(paths, 1, NULL, &e);
}

/* ---- what comes out ---- */

struct output {
    struct worker *w;
    struct eve *eve;
    uint64_t n[32];         /* by enum event_type */
};

static void check_line(const char *out, size_t n)
{
    struct reader r = { (const uint8_t *)out, (const uint8_t *)out + n };
    while (r.p < r.end)
        must(rd_value(&r, 0) && rd_char(&r, '\n'));
}

static void drain(void *ctx)
{
    struct output *o = ctx;
    static uint8_t record[RECORD_MAX];
    static struct event event;
    static char out[EVE_ROOM];
    for (size_t n; (n = ring_take(o->w->events, record, sizeof record)) != RING_EMPTY;) {
        must(record_read((struct span){ record, n }, &event));
        n = eve_format(o->eve, &event, out);
        must(n != EVE_TOO_LONG && n <= EVE_LINE_MAX);
        check_line(out, n);
        o->n[event.type]++;
    }
}

static void check_end(const struct output *o)
{
    const struct worker *w = o->w;
    must(pool_in_use(w->pool) == 0 && w->flows.slab.used == 0 && w->app.parsers.used == 0);
    must(w->n.packets == w->n.forwarded + w->n.dropped && w->n.packets == w->capture->count.packets);
    must(w->cfg->enforce ? w->n.would_drop == 0 : w->n.dropped == 0);
    must(ring_torn(w->events) == 0 && ring_dropped(w->events) >= w->n.events_lost);
    if (w->n.events_lost > 0)
        return;
    must(o->n[EVENT_FLOW] + w->n.syn_only_unlogged == w->flows.n.opened);
    must(o->n[EVENT_ALERT] == w->n.alerts && o->n[EVENT_HTTP] == w->n.http_tx && o->n[EVENT_DNS] == w->n.dns_messages);
    must(o->n[EVENT_ANOMALY] == w->n.anomalies - w->n.anomalies_suppressed);
}

static struct config config_of(uint8_t how)
{
    struct config c = config_defaults();
    c.flows_max = 1024;
    c.fragments_max = 64;
    c.stream_memory = how & SMALL_POOL ? 1 << 18 : 8 << 20;
    c.head_max = how & LONG_BODIES ? 65536 - 256 : 4096;
    c.body_max = how & LONG_BODIES ? 102400 : 4096;
    c.reasm_flow_max = 65536;
    c.classify = false;
    c.checksums = how & CHECKSUMS;
    c.midstream = !(how & NO_MIDSTREAM);
    c.enforce = how & ENFORCE;
    return c;
}

/* One for all inputs: nDPI takes its time to start. */
static struct classify *classifier(void)
{
    static struct classify *c;
    if (c == NULL)
        must((c = classify_open(64)) != NULL);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct error e;
    struct config cfg = config_of(data[0]);
    struct worker_plan plan = { .workers = 1, .key = { 1, 2 }, .ring_bytes = 1 << 20 };
    struct span rest = { data + 1, size - 1 };
    struct capture *c = data[0] & AS_PCAP ? open_pcap(rest) : open_script(rest);
    struct output o = { .w = worker_open(&cfg, rules(), c, &plan, &e), .eve = eve_open(&cfg) };
    must(c != NULL && o.w != NULL && o.eve != NULL);
    if (!(data[0] & LOSE_EVENTS)) {
        o.w->relieve = drain;
        o.w->relieve_ctx = &o;
    }
    if (data[0] & CLASSIFY)
        o.w->classify = classifier();
    while (pipeline_turn(o.w) > 0)
        ;
    pipeline_finish(o.w);
    drain(&o);
    decode_close(&o.w->decode);         /* fragments may still have waited */
    check_end(&o);
    eve_close(o.eve);
    o.w->classify = NULL;
    worker_close(o.w);
    capture_close(c);
    return 0;
}
