/* flow{} and tcp{} of a flow's end, and the smaller flow{} of an alert. */
#include "eve_parts.h"
#include "packet.h"

#include <netinet/in.h>

static void counts(struct json *j, const struct flow_meta *f)
{
    JS(j, ",\"flow\":{\"pkts_toserver\":");
    js_u64(j, f->pkts[TO_SERVER]);
    JS_NUMBER(j, "pkts_toclient", f->pkts[TO_CLIENT]);
    JS_NUMBER(j, "bytes_toserver", f->bytes[TO_SERVER]);
    JS_NUMBER(j, "bytes_toclient", f->bytes[TO_CLIENT]);
}

static void time_field(struct json *j, struct stamp *s, uint64_t ts_ns)
{
    eve_time(j, s, ts_ns);
    JS(j, "\"");
}

static void text_field(struct json *j, const char *text)
{
    js_raw(j, text, strlen(text));
    JS(j, "\"");
}

void eve_alert_flow(struct json *j, struct stamp *s, const struct event *e)
{
    const struct flow_meta *f = e->meta.flow;
    bool six = e->meta.ip_version == 6;
    counts(j, f);
    JS(j, ",\"start\":\"");
    time_field(j, s, f->start_ns);
    JS(j, ",\"src_ip\":\"");
    eve_address(j, &f->client, six);
    JS(j, "\",\"dest_ip\":\"");
    eve_address(j, &f->server, six);
    JS(j, "\"");
    if (f->proto == IPPROTO_TCP || f->proto == IPPROTO_UDP || f->proto == IPPROTO_SCTP) {
        JS_NUMBER(j, "src_port", f->client_port);
        JS_NUMBER(j, "dest_port", f->server_port);
    }
    JS(j, "}");
}

static void flags_hex(struct json *j, uint8_t flags)
{
    static const char hex[] = "0123456789abcdef";
    char text[3] = { hex[flags >> 4], hex[flags & 15], '"' };
    js_raw(j, text, sizeof text);
}

static void flag_names(struct json *j, uint8_t flags)
{
    if (flags & TH_SYN)
        JS(j, ",\"syn\":true");
    if (flags & TH_FIN)
        JS(j, ",\"fin\":true");
    if (flags & TH_RST)
        JS(j, ",\"rst\":true");
    if (flags & TH_PUSH)
        JS(j, ",\"psh\":true");
    if (flags & TH_ACK)
        JS(j, ",\"ack\":true");
    if (flags & TH_URG)
        JS(j, ",\"urg\":true");
    if (flags & TH_ECE)
        JS(j, ",\"ecn\":true");
    if (flags & TH_CWR)
        JS(j, ",\"cwr\":true");
}

static void tcp(struct json *j, const struct flow_end *e)
{
    static const char *const states[] = { "none", "syn_sent", "syn_recv", "established",
                                          "fin_wait1", "fin_wait2", "time_wait", "last_ack",
                                          "close_wait", "closing", "closed" };
    JS(j, ",\"tcp\":{\"tcp_flags\":\"");
    flags_hex(j, e->tcp_flags[TO_SERVER] | e->tcp_flags[TO_CLIENT]);
    JS(j, ",\"tcp_flags_ts\":\"");
    flags_hex(j, e->tcp_flags[TO_SERVER]);
    JS(j, ",\"tcp_flags_tc\":\"");
    flags_hex(j, e->tcp_flags[TO_CLIENT]);
    flag_names(j, e->tcp_flags[TO_SERVER] | e->tcp_flags[TO_CLIENT]);
    JS(j, ",\"state\":\"");
    text_field(j, states[e->tcp_state]);
    if (e->gap[TO_SERVER])
        JS(j, ",\"ts_gap\":true");
    if (e->gap[TO_CLIENT])
        JS(j, ",\"tc_gap\":true");
    JS_NUMBER(j, "ts_max_regions", e->max_regions[TO_SERVER]);
    JS_NUMBER(j, "tc_max_regions", e->max_regions[TO_CLIENT]);
    JS(j, "}");
}

void eve_flow(struct json *j, struct stamp *s, const struct event *event)
{
    static const char *const states[] = { "new", "established", "closed", "bypassed" };
    static const char *const reasons[] = { "timeout", "forced", "shutdown" };
    const struct flow_end *e = &event->end;
    const struct flow_meta *f = event->meta.flow;
    if (f == NULL)
        return;
    counts(j, f);
    JS(j, ",\"start\":\"");
    time_field(j, s, f->start_ns);
    JS(j, ",\"end\":\"");
    time_field(j, s, f->last_ns);
    JS_NUMBER(j, "age", f->last_ns > f->start_ns ? f->last_ns / 1000000000 - f->start_ns / 1000000000
                                                 : 0);
    JS(j, ",\"state\":\"");
    text_field(j, states[e->state]);
    if (e->state == FLOW_END_BYPASSED)
        JS(j, ",\"bypass\":\"local\"");
    JS(j, ",\"reason\":\"");
    text_field(j, reasons[e->reason]);
    if (e->alerted)
        JS(j, ",\"alerted\":true");
    else
        JS(j, ",\"alerted\":false");
    if (e->action != ALERT_PASSED)
        JS(j, ",\"action\":\"drop\"");
    JS(j, "}");
    if (f->proto == IPPROTO_TCP)
        tcp(j, e);
}
