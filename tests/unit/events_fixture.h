#ifndef TESTS_UNIT_EVENTS_FIXTURE_H
#define TESTS_UNIT_EVENTS_FIXTURE_H
/* One flow's worth of things to say, and the way from a record to its line. */
#include "eve.h"
#include "test.h"

#include <stdio.h>

enum { FX_RING = 1 << 18 };

static inline struct addr fx_addr(const char *text)
{
    struct addr a = { { 0 } };
    CHECK(addr_read(text, &a));
    return a;
}

static inline struct span fx_span(const char *text)
{
    return (struct span){ (const uint8_t *)text, strlen(text) };
}

struct fixture {
    struct config config;
    struct flow_meta flow;
    struct meta meta;
    struct ring *ring;
    struct event event;
    uint8_t record[RECORD_MAX];
    char lines[EVE_ROOM + 1];
};

static inline struct fixture *fx_open(void)
{
    struct fixture *x = calloc(1, sizeof *x);
    x->config.eve_extensions = x->config.eve_community_id = true;
    strcpy(x->config.sensor_name, "gw-01");
    x->flow = (struct flow_meta){
        .id = 1676750115612680, .start_ns = 1764000000000001000, .last_ns = 1764000061500000999,
        .pkts = { 4, 3 }, .bytes = { 1980, 4102 }, .client = fx_addr("10.20.0.15"),
        .server = fx_addr("104.16.27.34"), .client_port = 50096, .server_port = 443, .proto = 6,
    };
    x->meta = (struct meta){
        .ts_ns = 1764000000123456789, .pcap_cnt = 17, .iface = "lan0", .pkt_src = "wire/pcap",
        .ip_version = 4, .proto = 6, .src = x->flow.server, .dst = x->flow.client, .sport = 443,
        .dport = 50096, .dir = TO_CLIENT, .flow = &x->flow,
    };
    x->ring = ring_open(FX_RING);
    CHECK(x->ring != NULL);
    return x;
}

static inline void fx_close(struct fixture *x)
{
    CHECK(ring_is_empty(x->ring) && ring_dropped(x->ring) == 0 && ring_torn(x->ring) == 0);
    ring_close(x->ring);
    free(x);
}

/* With EVE_LINES=FILE in the environment, lines also go to FILE.yes or FILE.no, after the setting of
 * extensions, where eve_schema.py can look at them. */
static inline void fx_keep(const struct fixture *x)
{
    const char *name = getenv("EVE_LINES");
    char path[512];
    if (name == NULL)
        return;
    snprintf(path, sizeof path, "%s.%s", name, x->config.eve_extensions ? "yes" : "no");
    FILE *out = fopen(path, "a");
    CHECK(out != NULL);
    fputs(x->lines, out);
    fclose(out);
}

/* The line or lines of the record that was just written, read from an exact-size copy. */
static inline const char *fx_lines(struct fixture *x)
{
    size_t n = ring_take(x->ring, x->record, sizeof x->record);
    CHECK(n > 0);
    struct span copy = exact_copy((struct span){ x->record, n }, n);
    struct eve *v = eve_open(&x->config);
    CHECK(record_read(copy, &x->event));
    n = eve_format(v, &x->event, x->lines);
    CHECK(n <= EVE_LINE_MAX);
    x->lines[n] = '\0';
    fx_keep(x);
    eve_close(v);
    exact_free(copy);
    return x->lines;
}

/* Whether the line's part after the common header is `want`; shows both when not. */
static inline bool fx_tail(const char *line, const char *want)
{
    const char *host = strstr(line, ",\"host\":\"gw-01\"");
    const char *tail = host != NULL ? host + strlen(",\"host\":\"gw-01\"") : line;
    if (strcmp(tail, want) == 0)
        return true;
    fprintf(stderr, "is   %swant %s", tail, want);
    return false;
}

#endif
