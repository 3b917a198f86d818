/* Rings in, lines out. One thread at a time works on a reporter; its counters may be read from any. */
#include "report.h"
#include "eve.h"
#include "report_file.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { WRITE_AT = 256 << 10, DRAIN_MAX = 4096, RINGS_MAX = 64, FLUSH_MS = 500, IDLE_MS = 5 };

struct report {
    struct eve *eve;
    struct report_file file;
    bool has_file, has_thread;
    void (*seen)(void *ctx, const struct event *e);
    void *ctx;
    size_t used;
    atomic_bool reopen, stop;
    _Atomic uint64_t events, lost, bad, bytes, rotations;
    struct ring *rings[RINGS_MAX];
    unsigned n_rings;
    pthread_t thread;
    struct event event;
    _Alignas(8) uint8_t record[RECORD_MAX];
    char lines[WRITE_AT + EVE_ROOM];
};

struct report *report_open(const char *dir, const struct config *c, struct error *err)
{
    struct report *p = calloc(1, sizeof *p);
    struct eve *eve = eve_open(c);
    if (p == NULL || eve == NULL) {
        error_set(err, "no memory for the reporter");
        goto fail;
    }
    p->eve = eve;
    p->has_file = dir != NULL;
    if (p->has_file && report_file_open(&p->file, dir, c->eve_file_max, c->eve_total_max, err) != 0)
        goto fail;
    return p;
fail:
    eve_close(eve);
    free(p);
    return NULL;
}

void report_watch(struct report *p, void (*seen)(void *ctx, const struct event *e), void *ctx)
{
    p->seen = seen;
    p->ctx = ctx;
}

void report_flush(struct report *p)
{
    if (p->has_file && atomic_exchange(&p->reopen, false))
        report_file_reopen(&p->file);
    if (p->has_file && p->used > 0)
        report_file_write(&p->file, (struct span){ (const uint8_t *)p->lines, p->used });
    p->used = 0;
    atomic_store_explicit(&p->lost, p->file.lost, memory_order_relaxed);
    atomic_store_explicit(&p->bytes, p->file.bytes, memory_order_relaxed);
    atomic_store_explicit(&p->rotations, p->file.rotations, memory_order_relaxed);
}

static void one_more(_Atomic uint64_t *count)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static void take_record(struct report *p, size_t n)
{
    if (!record_read((struct span){ p->record, n }, &p->event)) {
        one_more(&p->bad);
        return;
    }
    if (p->seen != NULL)
        p->seen(p->ctx, &p->event);
    one_more(&p->events);
    size_t len = eve_format(p->eve, &p->event, p->lines + p->used);
    if (len == EVE_TOO_LONG) {
        one_more(&p->bad);
        return;
    }
    p->used += len;
    if (p->used >= WRITE_AT)
        report_flush(p);
}

unsigned report_drain(struct report *p, struct ring *r)
{
    unsigned count = 0;
    size_t n;
    while (count < DRAIN_MAX && (n = ring_take(r, p->record, sizeof p->record)) != RING_EMPTY) {
        take_record(p, n);
        count++;
    }
    return count;
}

void report_reopen(struct report *p)
{
    atomic_store(&p->reopen, true);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static unsigned drain_all(struct report *p)
{
    unsigned n = 0;
    for (unsigned i = 0; i < p->n_rings; i++)
        n += report_drain(p, p->rings[i]);
    return n;
}

static void *run(void *arg)
{
    struct report *p = arg;
    uint64_t flushed = now_ms();
    while (!atomic_load_explicit(&p->stop, memory_order_acquire)) {
        unsigned n = drain_all(p);
        uint64_t now = now_ms();
        if (now - flushed >= FLUSH_MS) {
            report_flush(p);
            flushed = now;
        }
        if (n == 0)
            nanosleep(&(struct timespec){ .tv_nsec = IDLE_MS * 1000000L }, NULL);
    }
    while (drain_all(p) > 0)
        continue;
    report_flush(p);
    return NULL;
}

int report_start(struct report *p, struct ring *const *rings, unsigned n, struct error *err)
{
    if (n > RINGS_MAX)
        return error_set(err, "%u rings are more than the reporter's %d", n, RINGS_MAX);
    memcpy(p->rings, rings, n * sizeof rings[0]);
    p->n_rings = n;
    atomic_store(&p->stop, false);
    sigset_t all, old;          /* signals are for the main thread */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int rc = pthread_create(&p->thread, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0)
        return error_set(err, "no thread for the reporter: %s", strerror(rc));
    pthread_setname_np(p->thread, "report");
    p->has_thread = true;
    return 0;
}

void report_stop(struct report *p)
{
    if (!p->has_thread)
        return;
    atomic_store_explicit(&p->stop, true, memory_order_release);
    pthread_join(p->thread, NULL);
    p->has_thread = false;
}

struct report_counts report_counts(const struct report *p)
{
    return (struct report_counts){
        .events = atomic_load_explicit(&p->events, memory_order_relaxed),
        .lines_lost = atomic_load_explicit(&p->lost, memory_order_relaxed),
        .bad_records = atomic_load_explicit(&p->bad, memory_order_relaxed),
        .bytes = atomic_load_explicit(&p->bytes, memory_order_relaxed),
        .rotations = atomic_load_explicit(&p->rotations, memory_order_relaxed),
    };
}

void report_close(struct report *p)
{
    if (p == NULL)
        return;
    report_stop(p);
    report_flush(p);
    if (p->has_file)
        report_file_close(&p->file);
    eve_close(p->eve);
    free(p);
}
