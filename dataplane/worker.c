/* A worker's memory, taken at start and nowhere else, and its counters by name. */
#include "pipeline.h"

#include "app/digest.h"
#include "app/inflate.h"
#include "app/starttls.h"

#include <stdlib.h>

enum { CLASSIFY_FLOWS = 4096 };

static uint32_t share(uint32_t total, const struct worker_plan *plan)
{
    uint32_t n = total / plan->workers;
    return n > 4 * BATCH_MAX ? n : 4 * BATCH_MAX;
}

static size_t pool_bytes(const struct config *cfg, const struct worker_plan *plan)
{
    return (size_t)(cfg->stream_memory / plan->workers);
}

static void app_out_of(const struct worker *w, struct app_out *out)
{
    *out = (struct app_out){
        .pool = w->pool,
        .limits = { .head_max = w->cfg->head_max,
                    .body_max = w->cfg->body_max,
                    .pipeline_max = w->cfg->pipeline_max },
        .want_req_body = detect_wants_bodies(w->detect, TO_SERVER),
        .want_resp_body = detect_wants_bodies(w->detect, TO_CLIENT),
        .inflater = w->inflater,
        .memo = w->memo,
    };
}

static int open_parts(struct worker *w, const struct ruleset *rs, const struct worker_plan *plan,
                      struct error *e)
{
    const struct config *cfg = w->cfg;
    if ((w->detect = detect_open(rs, cfg, e)) == NULL)
        return -1;
    w->pool = pool_open(pool_bytes(cfg, plan));
    w->memo = digest_memo_open();
    w->inflater = inflater_open(cfg->body_max);
    w->events = ring_open(plan->ring_bytes);
    if (w->pool == NULL || w->memo == NULL || w->inflater == NULL || w->events == NULL)
        return error_set(e, "no memory for a worker's buffers; lower memory.streams");
    if (cfg->classify && (w->classify = classify_open(CLASSIFY_FLOWS / plan->workers)) == NULL)
        return error_set(e, "nDPI did not start; set parsers.classify: no to do without it");
    struct app_out out;
    app_out_of(w, &out);
    uint32_t flows = share(cfg->flows_max, plan);
    if (decode_open(&w->decode, cfg, plan->key, w->pool, plan->workers) != 0 ||
        flow_table_open(&w->flows, flows, cfg, plan->key, NULL, NULL) != 0 ||
        app_open(&w->app, flows, &out) != 0)
        return error_set(e, "no memory for a table of %u flows; lower memory.flows", flows);
    w->tcp = (struct tcp){ .flows = &w->flows, .cfg = cfg, .pool = w->pool };
    return 0;
}

struct worker *worker_open(const struct config *cfg, const struct ruleset *rs,
                           struct capture *capture, const struct worker_plan *plan, struct error *e)
{
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL) {
        error_set(e, "no memory for a worker");
        return NULL;
    }
    w->cfg = cfg;
    w->capture = capture;
    if (open_parts(w, rs, plan, e) != 0) {
        worker_close(w);
        return NULL;
    }
    pipeline_wire(w);
    return w;
}

void worker_close(struct worker *w)
{
    if (w == NULL)
        return;
    app_close(&w->app);
    flow_table_close(&w->flows);
    decode_close(&w->decode);
    classify_close(w->classify);
    if (w->events != NULL)
        ring_close(w->events);
    inflater_close(w->inflater);
    digest_memo_close(w->memo);
    detect_close(w->detect);
    pool_close(w->pool);
    free(w);
}

static size_t slab_bytes(const struct slab *s) { return s->size * ((size_t)s->n + 1); }

struct worker_memory worker_memory(const struct worker *w)
{
    return (struct worker_memory){
        .flows = slab_bytes(&w->flows.slab) + ((size_t)w->flows.mask + 1) * sizeof(uint32_t),
        .parsers = slab_bytes(&w->app.parsers),
        .buffers = pool_room_total(w->pool),
        .fragments = slab_bytes(&w->decode.defrag.slab),
    };
}

/* ---- counters ---- */

static unsigned add(struct stat_value *v, unsigned n, unsigned max, const char *name, uint64_t value)
{
    if (n < max)
        v[n++] = (struct stat_value){ name, value };
    return n;
}

unsigned worker_stats(struct worker *w, struct stat_value *v, unsigned max)
{
    unsigned n = 0;
    struct capture_counters cap = capture_counters(w->capture);
    const struct detect_stats *d = detect_stats(w->detect);
    const struct { const char *name; uint64_t value; } list[] = {
        { "capture.kernel_packets", cap.packets + cap.kernel_drops },
        { "capture.kernel_drops", cap.kernel_drops },
        { "capture.kernel_ifdrops", cap.iface_drops },
        { "decoder.pkts", w->n.packets },
        { "decoder.bytes", w->n.bytes },
        { "decoder.invalid", w->decode.count[DECODE_INVALID] },
        { "decoder.ethernet", w->decode.count[DECODE_ETHERNET] },
        { "decoder.ipv4", w->decode.count[DECODE_IPV4] },
        { "decoder.ipv6", w->decode.count[DECODE_IPV6] },
        { "decoder.tcp", w->decode.count[DECODE_TCP] },
        { "decoder.udp", w->decode.count[DECODE_UDP] },
        { "decoder.icmpv4", w->decode.count[DECODE_ICMPV4] },
        { "decoder.icmpv6", w->decode.count[DECODE_ICMPV6] },
        { "decoder.sctp", w->decode.count[DECODE_SCTP] },
        { "decoder.esp", w->decode.count[DECODE_ESP] },
        { "decoder.vlan", w->decode.count[DECODE_VLAN] },
        { "decoder.mpls", w->decode.count[DECODE_MPLS] },
        { "decoder.ppp", w->decode.count[DECODE_PPP] },
        { "decoder.pppoe", w->decode.count[DECODE_PPPOE] },
        { "decoder.gre", w->decode.count[DECODE_GRE] },
        { "decoder.erspan", w->decode.count[DECODE_ERSPAN] },
        { "decoder.vxlan", w->decode.count[DECODE_VXLAN] },
        { "decoder.geneve", w->decode.count[DECODE_GENEVE] },
        { "decoder.teredo", w->decode.count[DECODE_TEREDO] },
        { "excise.decoder.gtp", w->decode.count[DECODE_GTP] },
        { "excise.decoder.snapped", w->decode.count[DECODE_SNAPPED] },
        { "excise.decoder.tunnel_not_followed", w->decode.count[DECODE_TUNNEL_NOT_FOLLOWED] },
        { "excise.decoder.bad_checksum", w->decode.count[DECODE_BAD_CHECKSUM] },
        { "defrag.ipv4.fragments", w->decode.count[DECODE_FRAGMENTS_IPV4] },
        { "defrag.ipv6.fragments", w->decode.count[DECODE_FRAGMENTS_IPV6] },
        { "excise.defrag.reassembled", w->decode.count[DECODE_REASSEMBLED] },
        { "excise.defrag.given_up", w->decode.count[DECODE_FRAGMENT_TIMEOUT] +
                                        w->decode.count[DECODE_FRAGMENT_EVICTED] +
                                        w->decode.count[DECODE_FRAGMENT_REFUSED] },
        { "flow.total", w->flows.n.opened },
        { "flow.active", w->flows.slab.used },
        { "excise.flow.timed_out", w->flows.n.timed_out },
        { "excise.flow.evicted", w->flows.n.evicted },
        { "excise.flow.half_open_evicted", w->flows.n.half_open_evicted },
        { "excise.flow.syn_only_unlogged", w->n.syn_only_unlogged },
        { "flow.tcp_reuse", w->flows.n.reused },
        { "tcp.sessions", w->tcp.n.sessions },
        { "tcp.midstream_pickups", w->tcp.n.midstream },
        { "tcp.reassembly_gap", w->tcp.n.gaps },
        { "tcp.overlap", w->tcp.n.overlaps },
        { "excise.tcp.gap_bytes", w->tcp.n.gap_bytes },
        { "excise.tcp.data_bytes", w->tcp.n.data_bytes },
        { "excise.tcp.held_segments", w->tcp.n.held_segments },
        { "excise.tcp.clash_bytes", w->tcp.n.clash_bytes },
        { "excise.tcp.out_of_window", w->tcp.n.out_of_window },
        { "excise.tcp.ignored_rst", w->tcp.n.bad_rst },
        { "excise.tcp.ignored_fin", w->tcp.n.bad_fin },
        { "excise.tcp.no_memory", w->tcp.n.no_memory },
        { "excise.memory.buffers_in_use", pool_in_use(w->pool) },
        { "excise.memory.buffers_refused", pool_refused(w->pool) },
        { "app_layer.flow.http", w->app.n.flows[APP_HTTP] },
        { "app_layer.flow.http2", w->app.n.flows[APP_HTTP2] },
        { "app_layer.flow.tls", w->app.n.flows[APP_TLS] },
        { "app_layer.flow.smtp", w->app.n.flows[APP_STARTTLS + STARTTLS_SMTP] },
        { "app_layer.flow.ftp", w->app.n.flows[APP_STARTTLS + STARTTLS_FTP] },
        { "app_layer.tx.http", w->n.http_tx },
        { "excise.app.dns_flows", w->app.n.flows[APP_DNS] },
        { "excise.app.quic_flows", w->app.n.flows[APP_QUIC] },
        { "excise.app.dns_messages", w->n.dns_messages },
        { "excise.app.npm_requests", w->n.npm_facts },
        { "excise.app.tunnels", w->app.n.tunnels },
        { "excise.app.shed", w->app.n.shed },
        { "excise.app.no_memory", w->app.n.no_memory + w->app.out.no_memory },
        { "excise.blind.tls_by_sni_only", w->n.tls_sessions - w->n.tls_without_sni },
        { "excise.blind.tls_without_sni", w->n.tls_without_sni },
        { "excise.blind.ech", w->n.ech_offered },
        { "excise.blind.ech_grease", w->n.ech_grease },
        { "excise.blind.quic", w->n.quic_sessions },
        { "excise.blind.quic_without_sni", w->n.quic_without_sni },
        { "excise.blind.flows_with_gaps", w->n.gap_flows },
        { "excise.blind.midstream_flows", w->n.midstream_flows },
        { "excise.blind.unclaimed_flows", w->n.unclaimed_flows },
        { "excise.blind.evicted_flows", w->flows.n.evicted },
        { "detect.alert", w->n.alerts },
        { "detect.alerts_suppressed", w->n.suppressed },
        { "excise.detect.facts", d->facts },
        { "excise.detect.candidates", d->candidates },
        { "excise.detect.repeated", d->repeated },
        { "excise.events.lost", w->n.events_lost },
        { "excise.events.anomalies", w->n.anomalies },
        { "excise.events.anomalies_suppressed", w->n.anomalies_suppressed },
        { "ips.accepted", w->n.forwarded },
        { "ips.blocked", w->n.dropped },
    };
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        n = add(v, n, max, list[i].name, list[i].value);
    return n;
}
