/* The part of capturing that all back ends share: stopping, counting, telling of failures. */
#include "io/capture.h"
#include "io/backend.h"

#include <stdarg.h>
#include <stdio.h>

int capture_batch(struct capture *c, struct batch *b)
{
    b->n = 0;
    if (capture_stopped(c)) {
        if (c->backend->count != NULL)
            c->backend->count(c);
        return c->failed ? -1 : 0;
    }
    int more = c->backend->batch(c, b);
    c->count.packets += b->n;
    for (unsigned i = 0; i < b->n; i++)
        c->count.bytes += b->p[i].caplen;
    return more > 0 ? 1 : c->failed ? -1 : 0;
}

void capture_tell(struct capture *c, bool failure, const char *format, ...)
{
    struct error said;
    va_list args;
    va_start(args, format);
    vsnprintf(said.text, sizeof said.text, format, args);
    va_end(args);
    if (failure && !c->failed) {
        c->failed = true;
        c->error = said;
    }
    if (c->trouble != NULL)
        c->trouble(c->trouble_ctx, failure, said.text);
}

void capture_on_trouble(struct capture *c, capture_trouble_fn *fn, void *ctx)
{
    c->trouble = fn;
    c->trouble_ctx = ctx;
}

const struct error *capture_error(const struct capture *c)
{
    return &c->error;
}

const char *capture_iface_name(const struct capture *c, unsigned iface)
{
    return c->backend->iface_name(c, iface);
}

struct capture_counters capture_counters(const struct capture *c)
{
    return c->count;
}

struct capture_progress capture_progress(const struct capture *c)
{
    return c->backend->progress != NULL ? c->backend->progress(c) : (struct capture_progress){ 0 };
}

void capture_stop(struct capture *c)
{
    atomic_store_explicit(&c->stop, true, memory_order_relaxed);
}

void capture_close(struct capture *c)
{
    if (c != NULL)
        c->backend->close(c);
}
