#ifndef IO_BACKEND_H
#define IO_BACKEND_H
/* What a capture back end is made of; for the files of io/ alone. A back end's own struct begins
 * with a struct capture. */
#include "io/capture.h"

#include <stdatomic.h>

struct capture_backend {
    int (*batch)(struct capture *c, struct batch *b);   /* as capture_batch, less stop and counts */
    const char *(*iface_name)(const struct capture *c, unsigned iface);
    void (*count)(struct capture *c);                   /* the last look at counters; may be NULL */
    struct capture_progress (*progress)(const struct capture *c);   /* may be NULL */
    void (*close)(struct capture *c);
};

struct capture {
    const struct capture_backend *backend;
    atomic_bool stop;
    bool failed;
    struct capture_counters count;
    struct error error;             /* the first failure */
    capture_trouble_fn *trouble;
    void *trouble_ctx;
};

/* Tells the trouble function; a failure also becomes the capture's error if it is the first. */
void capture_tell(struct capture *c, bool failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool capture_stopped(const struct capture *c)
{
    return atomic_load_explicit(&c->stop, memory_order_relaxed);
}

#endif
