/* The reporter's file: rotation, quota, reopening, and a disk that takes no more. */
#include "events_fixture.h"
#include "report.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

static void fresh_folder(void)
{
    strcpy(folder, "/tmp/excise-report-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

struct found { unsigned files, lines, cut; uint64_t bytes, largest; };

/* Counts what stands in all eve.json* files; a line that does not begin and end well is cut. */
static struct found look(void)
{
    struct found f = { 0 };
    DIR *d = opendir(folder);
    static char line[EVE_ROOM + 1];
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, "eve.json", 8) != 0)
            continue;
        FILE *in = fopen(in_folder(e->d_name), "r");
        uint64_t bytes = 0;
        while (fgets(line, sizeof line, in) != NULL) {
            size_t n = strlen(line);
            bytes += n;
            f.lines++;
            f.cut += strncmp(line, "{\"timestamp\":\"", 14) != 0 || n < 3
                     || strcmp(line + n - 2, "}\n") != 0;
        }
        fclose(in);
        f.files++;
        f.bytes += bytes;
        f.largest = bytes > f.largest ? bytes : f.largest;
    }
    closedir(d);
    return f;
}

static void remove_folder(void)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        unlink(in_folder(e->d_name));
    closedir(d);
    rmdir(folder);
}

static void say(struct fixture *x, struct report *p, unsigned n)
{
    struct flow_end end = { .state = FLOW_END_CLOSED };
    for (unsigned i = 0; i < n; i++) {
        CHECK(record_flow(x->ring, &x->meta, &end));
        CHECK(report_drain(p, x->ring) == 1);
    }
}

static struct report *open_here(struct fixture *x)
{
    struct error err;
    struct report *p = report_open(folder, &x->config, &err);
    CHECK(p != NULL);
    return p;
}

static void count_one(void *ctx, const struct event *e)
{
    *(unsigned *)ctx += e->type == EVENT_FLOW;
}

static void lines_reach_the_file_and_the_watcher(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    unsigned seen = 0;
    fresh_folder();
    struct report *p = open_here(x);
    report_watch(p, count_one, &seen);
    say(x, p, 1000);
    report_flush(p);
    struct found f = look();
    struct report_counts c = report_counts(p);
    CHECK(seen == 1000 && f.lines == 1000 && f.files == 1 && f.cut == 0);
    CHECK(c.events == 1000 && c.bytes == f.bytes && c.lines_lost == 0 && c.bad_records == 0);
    report_close(p);
    p = open_here(x);       /* a second run appends */
    say(x, p, 5);
    report_close(p);
    CHECK(look().lines == 1005);
    remove_folder();
    fx_close(x);
}

static void files_are_rotated_at_their_size(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    fresh_folder();
    x->config.eve_file_max = 10000;
    struct report *p = open_here(x);
    say(x, p, 200);
    report_flush(p);
    struct found f = look();
    CHECK(f.lines == 200 && f.cut == 0 && f.files > 5 && f.largest <= 10000);
    CHECK(report_counts(p).rotations == f.files - 1);
    report_close(p);
    remove_folder();
    fx_close(x);
}

static void the_quota_takes_the_oldest_and_nothing_else(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    static const char *const names[] = { "eve.json.1500000000", "eve.json.1500000000-10",
                                         "eve.json.1500000000-9", "eve.json.bak",
                                         "eve.json.1500000000.gz", "other" };
    fresh_folder();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd = open(in_folder(names[i]), O_WRONLY | O_CREAT, 0600);
        CHECK(fd >= 0 && ftruncate(fd, 12000) == 0);
        close(fd);
    }
    x->config.eve_file_max = 10000;
    x->config.eve_total_max = 30000;
    struct report *p = open_here(x);        /* 10000 kept free, 12000 fit */
    CHECK(access(in_folder("eve.json.1500000000"), F_OK) != 0);
    CHECK(access(in_folder("eve.json.1500000000-9"), F_OK) != 0);
    CHECK(access(in_folder("eve.json.1500000000-10"), F_OK) == 0);
    say(x, p, 400);
    report_close(p);
    CHECK(access(in_folder("eve.json.1500000000-10"), F_OK) != 0);
    CHECK(access(in_folder("eve.json"), F_OK) == 0 && access(in_folder("eve.json.bak"), F_OK) == 0);
    CHECK(access(in_folder("eve.json.1500000000.gz"), F_OK) == 0 && access(in_folder("other"), F_OK) == 0);
    unlink(in_folder("eve.json.bak"));
    unlink(in_folder("eve.json.1500000000.gz"));
    struct found f = look();
    CHECK(f.bytes <= 30000 && f.lines > 25 && f.cut == 0);
    remove_folder();
    fx_close(x);
}

static void reopening_follows_a_rename(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    fresh_folder();
    struct report *p = open_here(x);
    say(x, p, 3);
    report_flush(p);
    char moved[600];
    snprintf(moved, sizeof moved, "%s.moved", in_folder("eve.json"));
    CHECK(rename(in_folder("eve.json"), moved) == 0);
    say(x, p, 4);
    report_reopen(p);
    report_close(p);
    struct stat st;
    CHECK(stat(in_folder("eve.json"), &st) == 0 && st.st_size > 0);
    struct found f = look();
    CHECK(f.files == 2 && f.lines == 7);
    remove_folder();
    fx_close(x);
}

/* RLIMIT_FSIZE gives a short write first and EFBIG then, as a full disk gives ENOSPC. */
static void a_full_disk_loses_whole_lines_only(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct rlimit old, small;
    fresh_folder();
    struct report *p = open_here(x);
    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    small = (struct rlimit){ 20011, old.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    int shown = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
    CHECK(dup2(null, STDERR_FILENO) >= 0);      /* the warnings are wanted, not shown */
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    say(x, p, 100);
    report_flush(p);
    say(x, p, 50);
    report_flush(p);
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    struct found full = look();
    struct report_counts c = report_counts(p);
    CHECK(full.cut == 0 && full.lines > 10 && full.bytes <= 20011);
    CHECK(full.lines + c.lines_lost == 150 && c.bytes == full.bytes && c.events == 150);
    say(x, p, 20);          /* there is room again */
    report_close(p);
    CHECK(dup2(shown, STDERR_FILENO) >= 0);
    close(shown);
    close(null);
    CHECK(look().lines == full.lines + 20 && look().cut == 0);
    remove_folder();
    fx_close(x);
}

static void a_missing_folder_is_an_error_with_its_name(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct error err;
    CHECK(report_open("/nonexistent/x", &x->config, &err) == NULL);
    CHECK(strstr(err.text, "/nonexistent/x") != NULL);
    struct report *p = report_open(NULL, &x->config, &err);     /* nothing is written */
    say(x, p, 2000);
    CHECK(report_counts(p).events == 2000 && report_counts(p).bytes == 0);
    report_close(p);
    fx_close(x);
}

static void a_thread_drains_several_rings(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct error err;
    struct flow_end end = { .state = FLOW_END_CLOSED };
    struct ring *rings[3] = { x->ring, ring_open(FX_RING), ring_open(FX_RING) };
    fresh_folder();
    struct report *p = open_here(x);
    CHECK(report_start(p, rings, 3, &err) == 0);
    for (unsigned i = 0; i < 6000; i++)
        while (!record_flow(rings[i % 3], &x->meta, &end))
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    report_stop(p);
    CHECK(look().lines == 6000 && look().cut == 0);
    report_close(p);
    remove_folder();
    for (int i = 0; i < 3; i++)
        ring_close(rings[i]);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_reach_the_file_and_the_watcher),
        cmocka_unit_test(files_are_rotated_at_their_size),
        cmocka_unit_test(the_quota_takes_the_oldest_and_nothing_else),
        cmocka_unit_test(reopening_follows_a_rename),
        cmocka_unit_test(a_missing_folder_is_an_error_with_its_name),
        cmocka_unit_test(a_thread_drains_several_rings),
        cmocka_unit_test(a_full_disk_loses_whole_lines_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
