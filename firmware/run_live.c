/* A live run: a thread per worker, one for the reporter, and this one, which waits for signals:
 * SIGINT and SIGTERM stop it with everything flushed, SIGHUP opens the logs anew. */
#include "firmware/run.h"

#include "firmware/privileges.h"
#include "firmware/run_parts.h"
#include "firmware/say.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RING_BYTES = 8 << 20, WORKERS_MAX = 64 };

struct live {
    const struct options *o;
    const struct config *cfg;
    struct capture *captures[WORKERS_MAX];
    struct worker *workers[WORKERS_MAX];
    pthread_t threads[WORKERS_MAX];
    unsigned n, started;
    atomic_uint running;
    /* Counters belong to their worker: it copies them out when it sees that `asked` has moved. */
    atomic_uint asked;
    pthread_mutex_t told;
    struct stats_snapshot stats[WORKERS_MAX];
    atomic_bool failed;
    struct report *report;
    struct ring *rings[WORKERS_MAX + 1];    /* the last is this thread's, for stats events */
};

struct job { struct live *l; unsigned i; };

static uint64_t wall_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void publish(struct live *l, unsigned i)
{
    struct stats_snapshot now;
    run_snapshot(l->workers[i], &now);
    pthread_mutex_lock(&l->told);
    l->stats[i] = now;
    pthread_mutex_unlock(&l->told);
}

static void *work(void *arg)
{
    struct job *j = arg;
    struct live *l = j->l;
    unsigned i = j->i, answered = 0;
    struct worker *w = l->workers[i];
    free(j);
    int more;
    while ((more = pipeline_turn(w)) > 0) {
        if (w->batch.n == 0)
            pipeline_idle(w, wall_clock_ns());
        unsigned asked = atomic_load_explicit(&l->asked, memory_order_relaxed);
        if (asked != answered)
            publish(l, i);
        answered = asked;
    }
    pipeline_finish(w);
    publish(l, i);
    if (more < 0)
        atomic_store(&l->failed, true);
    atomic_fetch_sub(&l->running, 1);
    return NULL;
}

static int open_captures(struct live *l, struct error *e)
{
    struct capture_live how = { .filter = l->o->filter, .workers = l->o->workers,
                                .fanout_group = (uint16_t)getpid() };
    for (l->n = 0; l->n < l->o->workers; l->n++) {
        how.worker = l->n;
        l->captures[l->n] = capture_open_live(l->o->ifaces, l->o->n_ifaces, &how, e);
        if (l->captures[l->n] == NULL)
            return -1;
        capture_on_trouble(l->captures[l->n], run_trouble, (void *)(uintptr_t)l->o);
    }
    return 0;
}

/* A folder that all may write to, /tmp say, stays its owner's. */
static bool is_private(const char *dir)
{
    struct stat st;
    return stat(dir, &st) == 0 && (st.st_mode & S_IWOTH) == 0;
}

/* Ports are open; the log folder is handed over, so that files can be begun anew in it, if the
 * operator has named one; then root goes. */
static int open_report(struct live *l, struct error *e)
{
    const char *dir = l->o->log_dir != NULL ? l->o->log_dir : ".";
    char path[4096];
    if ((l->report = report_open(dir, l->cfg, e)) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/eve.json", dir);
    if (privileges_give(l->o->user, path, e) != 0)
        return -1;
    if (l->o->log_dir != NULL && is_private(dir) && privileges_give(l->o->user, dir, e) != 0)
        return -1;
    return privileges_drop(l->o->user, e);
}

static int open_workers(struct live *l, const struct ruleset *rs, struct error *e)
{
    struct worker_plan plan = { .workers = l->n, .key = hash_key_draw(), .ring_bytes = RING_BYTES };
    for (unsigned i = 0; i < l->n; i++) {
        l->workers[i] = worker_open(l->cfg, rs, l->captures[i], &plan, e);
        if (l->workers[i] == NULL)
            return -1;
        if (i > 0)          /* a host's flows are spread over all of them */
            detect_share_hosts(l->workers[i]->detect, l->workers[0]->detect);
        l->rings[i] = l->workers[i]->events;
    }
    l->rings[l->n] = ring_open(RING_BYTES / 8);
    return l->rings[l->n] != NULL ? 0 : error_set(e, "no memory for the event ring");
}

static int start(struct live *l, struct error *e)
{
    if (report_start(l->report, l->rings, l->n + 1, e) != 0)
        return -1;
    atomic_store(&l->running, l->n);
    for (; l->started < l->n; l->started++) {
        struct job *j = malloc(sizeof *j);
        if (j == NULL)
            return error_set(e, "no memory for a worker");
        *j = (struct job){ l, l->started };
        int failed = pthread_create(&l->threads[l->started], NULL, work, j);
        if (failed != 0) {
            free(j);
            return error_set(e, "a worker's thread did not start: %s", strerror(failed));
        }
    }
    return 0;
}

static void tell_stats(struct live *l, bool final)
{
    struct stat_value v[STATS_MAX];
    pthread_mutex_lock(&l->told);
    unsigned n = run_stats(l->stats, l->n, l->report, v);
    pthread_mutex_unlock(&l->told);
    record_stats(l->rings[l->n], wall_clock_ns(), v, n);
    if (!final || l->o->quiet)
        return;
    uint64_t packets = 0, drops = 0, alerts = 0;
    for (unsigned i = 0; i < n; i++) {
        packets = strcmp(v[i].name, "decoder.pkts") == 0 ? v[i].value : packets;
        drops = strcmp(v[i].name, "capture.kernel_drops") == 0 ? v[i].value : drops;
        alerts = strcmp(v[i].name, "detect.alert") == 0 ? v[i].value : alerts;
    }
    say("", "%llu packets, %llu dropped by the kernel, %llu alerts", (unsigned long long)packets,
        (unsigned long long)drops, (unsigned long long)alerts);
}

static void wait_for_end(struct live *l, const sigset_t *signals)
{
    unsigned seconds = 0;
    while (atomic_load(&l->running) > 0) {
        struct timespec second = { .tv_sec = 1 };
        int s = sigtimedwait(signals, NULL, &second);
        if (s == SIGINT || s == SIGTERM)
            return;
        if (s == SIGHUP)
            report_reopen(l->report);
        if (s != -1 || errno != EAGAIN || l->cfg->stats_s == 0)
            continue;
        if (++seconds % l->cfg->stats_s == 0)
            tell_stats(l, false);
        atomic_fetch_add(&l->asked, 1);     /* what is told is at most a second old */
    }
}

static void stop(struct live *l)
{
    for (unsigned i = 0; i < l->n; i++)
        capture_stop(l->captures[i]);
    for (unsigned i = 0; i < l->started; i++)
        pthread_join(l->threads[i], NULL);
}

static void close_all(struct live *l)
{
    for (unsigned i = 0; i < l->n; i++)
        worker_close(l->workers[i]);
    if (l->report != NULL)
        report_close(l->report);
    if (l->rings[l->n] != NULL)
        ring_close(l->rings[l->n]);
    for (unsigned i = 0; i < l->n; i++)
        capture_close(l->captures[i]);
}

int run_live(const struct options *o, const struct config *cfg, const struct ruleset *rs)
{
    static struct live l;               /* large; there is one run in a process */
    l = (struct live){ .o = o, .cfg = cfg, .asked = 1, .told = PTHREAD_MUTEX_INITIALIZER };
    struct error e;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    signal(SIGPIPE, SIG_IGN);           /* who reads our words may go away */
    pthread_sigmask(SIG_BLOCK, &signals, NULL);     /* threads inherit it: only this one is told */

    bool ok = open_captures(&l, &e) == 0 && open_report(&l, &e) == 0 && open_workers(&l, rs, &e) == 0;
    if (ok) {
        run_print_memory(o, l.workers[0], l.n);
        ok = start(&l, &e) == 0;
    }
    if (ok && !o->quiet)
        say("", "watching %s%s with %u worker%s; Ctrl-C stops", o->ifaces[0],
            o->n_ifaces > 1 ? " and others" : "", l.n, l.n == 1 ? "" : "s");
    if (ok)
        wait_for_end(&l, &signals);
    else
        say("error", "%s", e.text);
    stop(&l);
    if (ok) {
        tell_stats(&l, true);
        report_stop(l.report);
    }
    close_all(&l);
    return ok && !atomic_load(&l.failed) ? 0 : 1;
}
