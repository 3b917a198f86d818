/* A run over capture files: one worker in this thread, its events formatted between batches. */
#include "firmware/run.h"

#include "firmware/run_parts.h"
#include "firmware/say.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RING_BYTES = 4 << 20, PROGRESS_BATCHES = 512 };

void run_trouble(void *ctx, bool failure, const char *sentence)
{
    const struct options *o = ctx;
    if (failure || !o->quiet)
        say(failure ? "error" : "note", "%s", sentence);
}

void run_print_memory(const struct options *o, const struct worker *w, unsigned workers)
{
    if (o->quiet)
        return;
    struct worker_memory m = worker_memory(w);
    say("", "memory reserved%s: flows %zu MiB, parsers %zu MiB, buffers %zu MiB, fragments %zu KiB",
        workers == 1 ? "" : " by each worker", m.flows >> 20, m.parsers >> 20,
        m.buffers >> 20, m.fragments >> 10);
}

/* ---- replay ---- */

struct replay { struct worker *w; struct report *report; };

static void relieve(void *ctx)
{
    struct replay *r = ctx;
    while (report_drain(r->report, r->w->events) > 0)
        ;
}

static struct capture *stoppable;
static struct report *reopenable;

static void on_signal(int number)
{
    if (number == SIGHUP)
        report_reopen(reopenable);
    else
        capture_stop(stoppable);
}

/* A reader of our words that goes away, as in `| head`, does not end the inspection. */
static void catch_signals(struct capture *c, struct report *report)
{
    stoppable = c;
    reopenable = report;
    struct sigaction sa = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void show_progress(const struct capture *c, bool last)
{
    static time_t before;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!last && now.tv_sec == before)
        return;
    before = now.tv_sec;
    struct capture_progress p = capture_progress(c);
    if (last)
        fputs("\r\033[K", stderr);
    else if (p.total > 0)
        fprintf(stderr, "\r\033[K%s: %u%%, file %u of %u", p.name, (unsigned)(100 * p.read / p.total),
                p.file, p.files);
    else
        fprintf(stderr, "\r\033[K%llu MiB read", (unsigned long long)p.read >> 20);
}

static int turn_all(struct replay *r, bool progress)
{
    int more;
    unsigned batches = 0;
    while ((more = pipeline_turn(r->w)) > 0) {
        report_drain(r->report, r->w->events);
        if (r->w->batch.n == 0)
            report_flush(r->report);    /* a pipe is silent: what it told is to be read now */
        if (progress && ++batches % PROGRESS_BATCHES == 0)
            show_progress(r->w->capture, false);
    }
    if (progress)
        show_progress(r->w->capture, true);
    pipeline_finish(r->w);
    relieve(r);
    return more;
}

/* Of an interface's own drops each worker is told the whole number. */
static uint64_t joined(const char *name, uint64_t all, uint64_t one)
{
    if (strcmp(name, "capture.kernel_ifdrops") == 0)
        return all > one ? all : one;
    return all + one;
}

void run_snapshot(struct worker *w, struct stats_snapshot *s)
{
    s->n = worker_stats(w, s->v, STATS_MAX - 2);
}

unsigned run_stats(const struct stats_snapshot *each, unsigned n, struct report *report,
                   struct stat_value *v)
{
    unsigned count = each[0].n;
    for (unsigned j = 0; j < count; j++)
        v[j] = (struct stat_value){ each[0].v[j].name, 0 };
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < each[i].n && j < count; j++)
            v[j].value = joined(v[j].name, v[j].value, each[i].v[j].value);
    struct report_counts c = report_counts(report);
    v[count++] = (struct stat_value){ "excise.events.written", c.events };
    v[count++] = (struct stat_value){ "excise.events.lines_lost", c.lines_lost };
    return count;
}

static void conclude(const struct options *o, struct replay *r, struct summary *summary)
{
    struct stat_value v[STATS_MAX];
    struct stats_snapshot now;
    run_snapshot(r->w, &now);
    unsigned n = run_stats(&now, 1, r->report, v);
    uint64_t last = r->w->flows.now_ns;
    if (last > 0) {
        record_stats(r->w->events, last, v, n);
        relieve(r);
    }
    report_flush(r->report);
    bool terminal = isatty(STDOUT_FILENO);
    if (o->summary || (!o->quiet && terminal))
        summary_print(summary, stdout, summary_wants_colour(stdout), summary_width(stdout), v, n);
}

int run_files(const struct options *o, const struct config *cfg, const struct ruleset *rs)
{
    struct error e;
    struct replay r = { 0 };
    int status = 1;
    struct capture *c = capture_open_files(o->files, o->n_files, o->filter, &e);
    if (c == NULL) {
        say("error", "%s", e.text);
        return 1;
    }
    capture_on_trouble(c, run_trouble, (void *)(uintptr_t)o);
    struct worker_plan plan = { .workers = 1, .key = hash_key_draw(), .ring_bytes = RING_BYTES };
    struct summary *summary = summary_open();
    r.report = report_open(o->log_dir != NULL ? o->log_dir : ".", cfg, &e);
    if (r.report == NULL || summary == NULL) {
        say("error", "%s", summary == NULL ? "no memory for the summary" : e.text);
        goto close_capture;
    }
    if ((r.w = worker_open(cfg, rs, c, &plan, &e)) == NULL) {
        say("error", "%s", e.text);
        goto close_capture;
    }
    if (!o->quiet)
        run_print_memory(o, r.w, 1);
    report_watch(r.report, summary_add, summary);
    r.w->relieve = relieve;
    r.w->relieve_ctx = &r;
    catch_signals(c, r.report);
    bool progress = !o->quiet && !o->no_progress && isatty(STDERR_FILENO);
    status = turn_all(&r, progress) < 0 ? 1 : 0;
    conclude(o, &r, summary);
    if (report_counts(r.report).lines_lost > 0) {
        say("error", "%llu events could not be written",
            (unsigned long long)report_counts(r.report).lines_lost);
        status = 1;
    }
close_capture:
    worker_close(r.w);
    if (r.report != NULL)
        report_close(r.report);
    summary_close(summary);
    capture_close(c);
    return status;
}
