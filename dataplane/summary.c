/* Alerts are grouped by rule, thing and client: a thousand requests for one package are one row. */
#include "summary_groups.h"

#include "base/hash.h"

#include <stdlib.h>

struct summary *summary_open(void)
{
    return calloc(1, sizeof(struct summary));
}

void summary_close(struct summary *s)
{
    free(s);
}

uint64_t summary_alerts(const struct summary *s)
{
    return s->alerts;
}

/* Bytes from the wire could drive a terminal: all but printable ASCII becomes \xHH. */
static void escape(struct span s, char *out, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool plain = c >= 0x20 && c < 0x7f && c != '\\';
        if (n + (plain ? 1 : 4) >= size)
            break;
        if (plain) {
            out[n++] = (char)c;
            continue;
        }
        memcpy(out + n, "\\x", 2);
        out[n + 2] = hex[c >> 4];
        out[n + 3] = hex[c & 15];
        n += 4;
    }
    out[n] = '\0';
}

static struct span metadata(const struct alert_info *a, const char *key)
{
    for (unsigned i = 0; i < a->n_metadata; i++)
        if (span_is(a->metadata[i].key, key))
            return a->metadata[i].value;
    return SPAN_NONE;
}

static const struct addr *client_of(const struct meta *m)
{
    return m->flow != NULL ? &m->flow->client : &m->src;
}

/* The most telling name that the alert's fact has; without one, the address that was talked to. */
static struct span thing(const struct event *e, char address[ADDR_TEXT_MAX])
{
    if (e->has_npm)
        return e->npm.spec.n > 0 ? e->npm.spec : e->npm.name;
    if (e->has_dns && e->dns.n_questions > 0)
        return e->dns.question[0].name;
    if ((e->has_tls || e->has_quic) && e->tls.sni.n > 0)
        return e->tls.sni;
    if (e->has_http && e->http.req.host.n > 0)
        return e->http.req.host;
    const struct addr *server = e->meta.flow != NULL ? &e->meta.flow->server : &e->meta.dst;
    return (struct span){ (const uint8_t *)address, addr_text(server, address) };
}

static void fill(struct group *g, const struct event *e, const struct group *key)
{
    *g = *key;
    g->first_ns = e->meta.ts_ns;
    g->severity = e->alert.severity;
    g->blocked = e->alert.verdict != ALERT_PASSED && !e->alert.would;
    escape(metadata(&e->alert, "campaign"), g->campaign, sizeof g->campaign);
    escape(e->alert.msg, g->msg, sizeof g->msg);
}

static bool same(const struct group *g, const struct group *key)
{
    return g->hash == key->hash && g->sid == key->sid && addr_eq(&g->client, &key->client)
           && strcmp(g->found, key->found) == 0;
}

/* The group of this key, made when it is new; NULL when the table is full. */
static struct group *find(struct summary *s, const struct event *e, const struct group *key)
{
    enum { SLOTS = SUMMARY_GROUPS * 2 };
    for (uint32_t i = (uint32_t)(key->hash % SLOTS);; i = (i + 1) % SLOTS) {
        if (s->slot[i] != 0 && same(&s->group[s->slot[i] - 1], key))
            return &s->group[s->slot[i] - 1];
        if (s->slot[i] != 0)
            continue;
        if (s->n == SUMMARY_GROUPS)
            return NULL;
        struct group *g = &s->group[s->n++];
        s->slot[i] = s->n;
        fill(g, e, key);
        return g;
    }
}

void summary_add(void *summary, const struct event *e)
{
    struct summary *s = summary;
    s->events[e->type]++;
    if (e->type != EVENT_ALERT)
        return;
    char address[ADDR_TEXT_MAX];
    struct group key = { .sid = e->alert.sid, .client = *client_of(&e->meta) };
    escape(thing(e, address), key.found, sizeof key.found);
    key.hash = hash_bytes((struct hash_key){ key.sid, 0 }, key.found, strlen(key.found))
               ^ hash_bytes((struct hash_key){ key.sid, 1 }, &key.client, sizeof key.client);
    struct group *g = find(s, e, &key);
    s->alerts++;
    if (g != NULL)
        g->count++;
    else
        s->beyond++;
}
