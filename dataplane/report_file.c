/* Everything goes through a descriptor of the folder, so a process without other rights can do it. */
#include "report_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME "eve.json"
enum { OLD_MAX = 4096, OLD_NAME = 64 };     /* rotated files looked at for the quota */

static void warn(struct report_file *f, const char *what)
{
    if (!f->warned)
        fprintf(stderr, "excised: %s: %s: %s; inspection goes on, events are lost and counted\n",
                f->path, what, strerror(errno));
    f->warned = true;
}

static int open_current(struct report_file *f)
{
    struct stat st;
    f->file = openat(f->dir, NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (f->file < 0)
        return -1;
    bool known = fstat(f->file, &st) == 0;
    f->regular = known && S_ISREG(st.st_mode);
    f->size = f->regular ? (uint64_t)st.st_size : 0;
    return 0;
}

struct old { uint64_t time, n, size; char name[OLD_NAME]; };

/* "eve.json.1764000000" or "eve.json.1764000000-2"; nothing else in the folder is ours to delete. */
static bool is_rotated(const char *name, struct old *o)
{
    int end = 0;
    o->n = 0;
    if (strlen(name) >= sizeof o->name)
        return false;
    if (sscanf(name, NAME ".%" SCNu64 "%n", &o->time, &end) != 1 || end == 0)
        return false;
    if (name[end] == '-') {
        int more = 0;
        if (sscanf(name + end, "-%" SCNu64 "%n", &o->n, &more) != 1)
            return false;
        end += more;
    }
    strcpy(o->name, name);
    return name[end] == '\0';
}

static int older_first(const void *a, const void *b)
{
    const struct old *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->n < y->n ? -1 : x->n > y->n;
}

static unsigned list_rotated(const struct report_file *f, struct old *all, uint64_t *total)
{
    int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    unsigned n = 0;
    for (struct dirent *e; n < OLD_MAX && (e = readdir(d)) != NULL;) {
        struct stat st;
        if (!is_rotated(e->d_name, &all[n])
            || fstatat(f->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        all[n].size = (uint64_t)st.st_size;
        *total += all[n++].size;
    }
    closedir(d);
    return n;
}

/* The current file may still grow to its limit, so that much is kept free. */
static void keep_quota(struct report_file *f)
{
    uint64_t total = f->file_max;
    if (f->total_max == 0)
        return;
    struct old *all = calloc(OLD_MAX, sizeof *all);
    if (all == NULL)
        return;
    unsigned n = list_rotated(f, all, &total);
    qsort(all, n, sizeof *all, older_first);
    for (unsigned i = 0; i < n && total > f->total_max; i++)
        if (unlinkat(f->dir, all[i].name, 0) == 0)
            total -= all[i].size;
    free(all);
}

static void rotate(struct report_file *f)
{
    char name[OLD_NAME];
    long long now = (long long)time(NULL);
    snprintf(name, sizeof name, NAME ".%lld", now);
    for (unsigned n = 1; faccessat(f->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && n < 1000000; n++)
        snprintf(name, sizeof name, NAME ".%lld-%u", now, n);
    if (renameat(f->dir, NAME, f->dir, name) != 0) {
        warn(f, "can't be rotated");
        f->file_max = 0;        /* once is enough: it goes on growing */
        return;
    }
    close(f->file);
    f->rotations++;
    if (open_current(f) != 0)
        warn(f, "can't be opened");
    keep_quota(f);
}

static uint64_t count_lines(struct span s)
{
    uint64_t n = 0;
    for (size_t i; (i = span_find(s, '\n')) < s.n; n++)
        s = span_sub(s, i + 1, s.n);
    return n;
}

/* What was written of a line that could not be finished is taken back. */
static void take_back(struct report_file *f, struct span lines, size_t done)
{
    const uint8_t *last = done > 0 ? memrchr(lines.p, '\n', done) : NULL;
    size_t whole = last != NULL ? (size_t)(last + 1 - lines.p) : 0;
    f->lost += count_lines(span_sub(lines, whole, lines.n));
    f->size += whole;
    f->bytes += whole;
    if (done > whole && f->regular && ftruncate(f->file, (off_t)f->size) != 0)
        warn(f, "can't be cut back");
}

static void append(struct report_file *f, struct span lines)
{
    size_t done = 0;
    while (done < lines.n) {
        ssize_t n = write(f->file, lines.p + done, lines.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            warn(f, "can't be written");
            take_back(f, lines, done);
            return;
        }
        done += (size_t)n;
    }
    f->size += done;
    f->bytes += done;
    if (f->warned)
        fprintf(stderr, "excised: %s: is being written again; %" PRIu64 " events were lost\n",
                f->path, f->lost);
    f->warned = false;
}

/* As many whole lines as the file still has room for, but at least one in an empty file. */
static size_t fitting(const struct report_file *f, struct span lines)
{
    if (f->file_max == 0 || !f->regular)
        return lines.n;
    uint64_t room = f->size < f->file_max ? f->file_max - f->size : 0;
    if (lines.n <= room)
        return lines.n;
    const uint8_t *last = room > 0 ? memrchr(lines.p, '\n', room) : NULL;
    if (last != NULL)
        return (size_t)(last + 1 - lines.p);
    size_t first = span_find(lines, '\n') + 1;
    return f->size > 0 ? 0 : first < lines.n ? first : lines.n;
}

void report_file_write(struct report_file *f, struct span lines)
{
    while (lines.n > 0) {
        if (f->file < 0 && open_current(f) != 0) {
            warn(f, "can't be opened");
            f->lost += count_lines(lines);
            return;
        }
        size_t n = fitting(f, lines);
        if (n > 0)
            append(f, span_sub(lines, 0, n));
        else
            rotate(f);
        lines = span_sub(lines, n, lines.n);
    }
}

void report_file_reopen(struct report_file *f)
{
    if (f->file >= 0)
        close(f->file);
    f->file = -1;
    if (open_current(f) != 0)
        warn(f, "can't be opened");
}

int report_file_open(struct report_file *f, const char *dir, uint64_t file_max, uint64_t total_max,
                     struct error *err)
{
    *f = (struct report_file){ .dir = -1, .file = -1, .file_max = file_max, .total_max = total_max };
    snprintf(f->path, sizeof f->path, "%s/" NAME, dir);
    f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dir < 0)
        return error_set(err, "%s: the folder for events can't be opened: %s", dir, strerror(errno));
    if (open_current(f) != 0) {
        error_set(err, "%s: can't be opened for writing: %s", f->path, strerror(errno));
        close(f->dir);
        return -1;
    }
    keep_quota(f);
    return 0;
}

void report_file_close(struct report_file *f)
{
    if (f->file >= 0)
        close(f->file);
    if (f->dir >= 0)
        close(f->dir);
    f->dir = f->file = -1;
}
