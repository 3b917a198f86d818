/* The way of an event from the worker's record to a line in the buffer: nanoseconds per event, for
 * worker and reporter apart. */
#include "api/event.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 100 };

static int rounds = 5000;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct bench { struct ring *ring; struct report *report; struct meta meta; struct flow_meta flow; };

static void one_http(struct bench *b)
{
    static struct http_tx tx = { .has_request = true, .has_response = true, .resp_body_len = 1234 };
    tx.req = (struct http_request){ .version = 11, .method = SPAN("GET"),
                                    .uri = SPAN("/left-pad/-/left-pad-1.3.0.tgz"),
                                    .protocol = SPAN("HTTP/1.1"), .host = SPAN("registry.npmjs.org"),
                                    .user_agent = SPAN("npm/11.6.1 node/v22.1.0 linux x64 workspaces/false") };
    tx.resp = (struct http_response){ .version = 11, .status = 200,
                                      .content_type = SPAN("application/octet-stream") };
    record_http(b->ring, &b->meta, &tx);
}

static void one_flow(struct bench *b)
{
    struct flow_end e = { .state = FLOW_END_CLOSED, .tcp_state = FLOW_TCP_CLOSED,
                          .tcp_flags = { 0x1b, 0x1b }, .max_regions = { 1, 1 } };
    record_flow(b->ring, &b->meta, &e);
}

static void one_dns(struct bench *b)
{
    struct dns_message d = { .id = 7, .flags = 0x8180, .response = true, .n_questions = 1,
                             .n_records = 2 };
    d.question[0] = (struct dns_question){ SPAN("registry.npmjs.org"), 1, 1 };
    for (int i = 0; i < 2; i++)
        d.record[i] = (struct dns_record){ SPAN("registry.npmjs.org"), 1, 1, 300, DNS_ANSWER,
                                           SPAN("104.16.27.34") };
    record_dns(b->ring, &b->meta, &d, 0);
}

static void measure(struct bench *b, const char *name, void (*one)(struct bench *))
{
    double write = 0, format = 0;
    for (int r = 0; r < rounds; r++) {
        double t0 = now_ns();
        for (int i = 0; i < BATCH; i++) {
            b->flow.id = (uint64_t)(r * BATCH + i);
            b->flow.client_port = (uint16_t)i;
            b->meta.ts_ns += 1000000;
            one(b);
        }
        double t1 = now_ns();
        while (report_drain(b->report, b->ring) > 0)
            continue;
        double t2 = now_ns();
        write += t1 - t0;
        format += t2 - t1;
    }
    printf("%-5s %6.0f ns to record, %6.0f ns to read and format\n", name,
           write / rounds / BATCH, format / rounds / BATCH);
}

int main(int argc, char **argv)
{
    struct config c = { .eve_extensions = true, .eve_community_id = true, .sensor_name = "gw-01" };
    struct error err;
    struct bench b = { .ring = ring_open(1 << 18), .report = report_open(NULL, &c, &err) };
    const uint8_t client[4] = { 10, 20, 0, 15 }, server[4] = { 104, 16, 27, 34 };
    const char *only = argc > 1 ? argv[1] : NULL;   /* usage: eve_bench [http|flow|dns [rounds]] */
    rounds = argc > 2 ? atoi(argv[2]) : rounds;
    b.flow = (struct flow_meta){ .pkts = { 4, 3 }, .bytes = { 1980, 4102 }, .client = addr_v4(client),
                                 .server = addr_v4(server), .server_port = 443, .proto = 6,
                                 .start_ns = 1764000000000001000, .last_ns = 1764000061500000999 };
    b.meta = (struct meta){ .ts_ns = 1764000000123456789, .pcap_cnt = 17, .pkt_src = "wire/pcap",
                            .ip_version = 4, .proto = 6, .src = b.flow.client, .dst = b.flow.server,
                            .app_proto = "http", .flow = &b.flow };
    if (only == NULL || strcmp(only, "http") == 0)
        measure(&b, "http", one_http);
    if (only == NULL || strcmp(only, "flow") == 0)
        measure(&b, "flow", one_flow);
    if (only == NULL || strcmp(only, "dns") == 0)
        measure(&b, "dns", one_dns);
    report_close(b.report);
    ring_close(b.ring);
    return 0;
}
