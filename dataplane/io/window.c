/* Large reads into one buffer; what is left over moves to its front. Measured against mmap this
 * costs the same, and works on pipes and on files that shrink while they are read. */
#include "io/window.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int window_open(struct window *w, const char *path, size_t room, struct error *e)
{
    *w = (struct window){ .fd = STDIN_FILENO, .room = room };
    if (strcmp(path, "-") != 0)
        w->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (w->fd < 0)
        return error_set(e, "%s: %s", path, strerror(errno));

    struct stat st;
    if (fstat(w->fd, &st) != 0) {
        error_set(e, "%s: %s", path, strerror(errno));
        goto close_fd;
    }
    w->waits = !S_ISREG(st.st_mode);
    if (S_ISREG(st.st_mode))
        posix_fadvise(w->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    w->buf = malloc(room);
    if (w->buf != NULL)
        return 0;
    error_set(e, "%s: no memory for a buffer of %zu bytes", path, room);
close_fd:
    window_close(w);
    return -1;
}

void window_close(struct window *w)
{
    if (w->fd > STDIN_FILENO)
        close(w->fd);
    free(w->buf);
    *w = (struct window){ .fd = -1 };
}

int window_fill(struct window *w, int wait_ms)
{
    struct pollfd p = { .fd = w->fd, .events = POLLIN };
    if (w->ended || (w->waits && poll(&p, 1, wait_ms) <= 0))
        return 0;       /* a poll cut short by a signal is a wait like any other */

    memmove(w->buf, w->buf + w->start, w->end - w->start);
    w->end -= w->start;
    w->start = 0;
    ssize_t n = read(w->fd, w->buf + w->end, w->room - w->end);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    w->ended = n == 0;
    w->end += (size_t)n;
    return n > 0;
}
