#ifndef TESTS_UNIT_TLS_LOG_H
#define TESTS_UNIT_TLS_LOG_H
/* A session's facts as text, so that two ways to feed the same bytes can be compared. */
#include "app/field.h"

#include <stdio.h>

struct tls_log { char text[16384]; size_t n; };

static inline void tls_log_add(struct tls_log *log, const char *name, struct span value)
{
    int n = snprintf(log->text + log->n, sizeof log->text - log->n, " %s=%.*s", name,
                     (int)(value.n < 512 ? value.n : 512), (const char *)value.p);
    log->n += (size_t)n < sizeof log->text - log->n ? (size_t)n : 0;
}

static inline void tls_log_number(struct tls_log *log, const char *name, long long value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", value);
    tls_log_add(log, name, (struct span){ (const uint8_t *)text, (size_t)n });
}

static inline void tls_log_session(struct tls_log *log, const struct tls_session *s)
{
    tls_log_number(log, "client", s->has_client ? s->client_version : -1);
    tls_log_add(log, "sni", s->sni);
    tls_log_add(log, "alpns", s->alpns);
    tls_log_add(log, "ja3", s->ja3_hash);
    tls_log_add(log, "ja4", s->ja4);
    tls_log_number(log, "ech", s->ech);
    tls_log_number(log, "server", s->has_server ? s->version : -1);
    tls_log_number(log, "cipher", s->cipher);
    tls_log_add(log, "alpn", s->server_alpn);
    tls_log_add(log, "ja3s", s->ja3s_hash);
    tls_log_number(log, "resumed", s->resumed);
    tls_log_add(log, "subject", s->subject);
    tls_log_add(log, "serial", s->serial);
    tls_log_add(log, "fingerprint", s->fingerprint);
    for (unsigned i = 0; i < s->n_sans; i++)
        tls_log_add(log, "san", s->sans[i]);
}

/* An app_out's `fact`, with a struct tls_log as its context. */
static inline void tls_log_fact(void *ctx, const struct fact *f)
{
    struct tls_log *log = ctx;
    tls_log_number(log, "\nfact", f->kind);
    tls_log_number(log, "dir", f->dir);
    if (f->kind == FACT_ANOMALY)
        tls_log_add(log, "anomaly", (struct span){ (const uint8_t *)f->anomaly, strlen(f->anomaly) });
    else
        tls_log_session(log, f->tls);
}

#endif
