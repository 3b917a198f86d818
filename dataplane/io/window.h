#ifndef IO_WINDOW_H
#define IO_WINDOW_H
/* A window that slides over a file or a pipe in large reads. What it shows may be borrowed: bytes
 * move only in window_fill(). */
#include "base/cursor.h"
#include "base/error.h"

struct window {
    int fd;
    bool waits;             /* a pipe or a terminal: reading may have to wait */
    bool ended;
    uint8_t *buf;
    size_t room, start, end;
    uint64_t at;            /* offset in the file of the first byte shown */
};

/* "-" is the standard input. */
int window_open(struct window *w, const char *path, size_t room, struct error *e);
void window_close(struct window *w);

static inline struct span window_bytes(const struct window *w)
{
    return (struct span){ w->buf + w->start, w->end - w->start };
}

/* Passes over n bytes of those shown. */
static inline void window_take(struct window *w, size_t n)
{
    w->start += n;
    w->at += n;
}

/* Shows more bytes; what was borrowed is gone. 1: there are more; 0: none right now (it waited for
 * wait_ms), or no more at all, then `ended` is set; -1: reading failed, errno says why. */
int window_fill(struct window *w, int wait_ms);

#endif
