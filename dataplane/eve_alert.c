/* alert{}, verdict{}, drop{}, npm{} and what we add to metadata. */
#include "eve_parts.h"
#include "packet.h"

#include <netinet/in.h>

enum { META_MAX = 8000, REFS_MAX = 3000 };    /* of a line, for all of them together */
enum { FACTS_MAX = 4 };

static bool same_pair(const struct kv *a, const struct kv *b)
{
    return span_eq(a->key, b->key) && span_eq(a->value, b->value);
}

static bool repeats(const struct kv *all, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (same_pair(&all[k], &all[i]))
            return true;
    return false;
}

static bool key_seen(const struct kv *all, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (span_eq(all[k].key, all[i].key))
            return true;
    return false;
}

/* Object of arrays of strings: the form that every consumer takes. */
static void grouped(struct json *j, const struct kv *all, unsigned n)
{
    const char *limit = j->p + META_MAX;
    JS(j, ",\"metadata\":");
    char *at = js_mark(j);
    for (unsigned i = 0; i < n; i++) {
        if (all[i].key.n == 0 || key_seen(all, i) || j->p > limit)
            continue;
        JS(j, ",");
        js_string(j, all[i].key, line_cut(CUT_WORD));
        JS(j, ":[");
        for (unsigned k = i; k < n; k++) {
            if (!span_eq(all[k].key, all[i].key) || repeats(all, k) || (k > i && j->p > limit))
                continue;
            if (k > i)
                JS(j, ",");
            js_string(j, all[k].value, line_cut(CUT_META));
        }
        JS(j, "]");
    }
    js_close(j, at);
}

/* The rule's and the list's pairs, and what the fact itself says about the package. */
static void metadata(struct json *j, const struct event *e, bool ext)
{
    struct kv all[ALERT_META_MAX + FACTS_MAX + ALERT_REFS_MAX];
    unsigned n = 0;
    for (unsigned i = 0; i < e->alert.n_metadata; i++)
        all[n++] = e->alert.metadata[i];
    if (e->has_npm && e->npm.name.n > 0)
        all[n++] = (struct kv){ SPAN("npm_package"), e->npm.name };
    if (e->has_npm && e->npm.version.n > 0)
        all[n++] = (struct kv){ SPAN("npm_version"), e->npm.version };
    if (e->alert.would)
        all[n++] = (struct kv){ SPAN("would"), e->alert.verdict == ALERT_REJECTED ? SPAN("reject")
                                                                                  : SPAN("drop") };
    for (unsigned i = 0; !ext && i < e->alert.n_references; i++)
        all[n++] = (struct kv){ SPAN("reference"), e->alert.references[i] };
    if (n > 0)
        grouped(j, all, n);
}

static bool blocked(const struct alert_info *a)
{
    return a->verdict != ALERT_PASSED && !a->would;
}

static void verdict(struct json *j, const struct event *e, bool ext)
{
    if (e->alert.verdict == ALERT_DROPPED) {
        JS(j, ",\"verdict\":{\"action\":\"drop\"}");
        return;
    }
    JS(j, ",\"verdict\":{\"action\":\"drop\"");
    if (ext)
        JS(j, ",\"reject_target\":\"both\"");   /* Suricata 7 spells it with a hyphen */
    if (e->meta.proto == IPPROTO_TCP)
        JS(j, ",\"reject\":[\"tcp-reset\"]}");
    else
        JS(j, ",\"reject\":[\"icmp-prohib\"]}");
}

void eve_alert(struct json *j, const struct event *e, bool ext)
{
    const struct alert_info *a = &e->alert;
    if (blocked(a))
        JS(j, ",\"alert\":{\"action\":\"blocked\",\"gid\":");
    else
        JS(j, ",\"alert\":{\"action\":\"allowed\",\"gid\":");
    js_u64(j, a->gid);
    JS_NUMBER(j, "signature_id", a->sid);
    JS_NUMBER(j, "rev", a->rev);
    JS(j, ",\"signature\":");
    js_string(j, a->msg, line_cut(CUT_MSG));
    JS(j, ",\"category\":");
    js_string(j, a->category, line_cut(CUT_TYPE));
    JS_NUMBER(j, "severity", a->severity);
    metadata(j, e, ext);
    if (ext && a->n_references > 0) {
        JS(j, ",\"references\":[");
        const char *limit = j->p + REFS_MAX;
        for (unsigned i = 0; i < a->n_references && j->p < limit; i++) {
            if (i > 0)
                JS(j, ",");
            js_string(j, a->references[i], CUT_META);
        }
        JS(j, "]");
    }
    JS(j, "}");
    if (blocked(a))
        verdict(j, e, ext);
}

void eve_drop(struct json *j, const struct event *e)
{
    const struct drop_info *d = &e->drop;
    JS(j, ",\"drop\":{\"len\":");
    js_u64(j, d->len);
    if (e->meta.ip_version == 6)
        JS_NUMBER(j, "hoplimit", d->ttl);
    else
        JS_NUMBER(j, "ttl", d->ttl);
    if (e->meta.proto == IPPROTO_TCP) {
        JS_NUMBER(j, "tcpseq", d->tcp_seq);
        JS_NUMBER(j, "tcpack", d->tcp_ack);
        JS_NUMBER(j, "tcpwin", d->tcp_win);
    }
    if (d->reason != NULL) {
        JS(j, ",\"reason\":");
        js_cstring(j, d->reason);
    }
    JS(j, "},\"verdict\":{\"action\":\"drop\"}");
}

void eve_npm(struct json *j, const struct npm_fact *n)
{
    static const char *const kinds[] = { "tarball", "metadata", "file", "audit", "publish",
                                         "search" };
    JS(j, ",\"npm\":{\"kind\":");
    js_cstring(j, kinds[n->kind]);
    JS_FIELD(j, "package", n->name, line_cut(CUT_PACKAGE));
    JS_FIELD(j, "version", n->version, line_cut(CUT_PACKAGE));
    JS_FIELD(j, "spec", n->spec, line_cut(CUT_TYPE));
    JS_FIELD(j, "registry", n->registry, line_cut(CUT_TYPE));
    JS_FIELD(j, "client", n->client, line_cut(CUT_WORD));
    JS_FIELD(j, "session", n->session, line_cut(CUT_WORD));
    if (n->placeholder)
        JS(j, ",\"placeholder\":true");
    JS(j, "}");
}

void eve_ext(struct json *j, const struct event *e)
{
    bool tls = e->has_tls || e->has_quic;
    bool ech = tls && e->tls.ech != ECH_NONE, gap = e->has_http && e->http.gap;
    if (!ech && !gap && !e->meta.has_outer)
        return;
    JS(j, ",\"ext\":");
    char *at = js_mark(j);
    if (ech && e->tls.ech == ECH_GREASE)
        JS(j, ",\"ech\":\"grease\"");
    else if (ech)
        JS(j, ",\"ech\":\"offered\"");
    if (gap)
        JS(j, ",\"gap\":true");
    if (e->meta.has_outer) {
        JS(j, ",\"outer_src_ip\":\"");
        eve_address(j, &e->meta.outer_src, false);
        JS(j, "\",\"outer_dest_ip\":\"");
        eve_address(j, &e->meta.outer_dst, false);
        JS(j, "\"");
    }
    js_close(j, at);
}
