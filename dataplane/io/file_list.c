/* From paths to files. */
#include "io/file_list.h"
#include "io/pcap_file.h"
#include "io/pcapng.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes over the path. */
static int append(struct file_list *l, char *path)
{
    if (l->n == l->room) {
        char **more = realloc(l->paths, (l->room * 2 + 16) * sizeof *more);
        if (more == NULL) {
            free(path);
            return -1;
        }
        l->paths = more;
        l->room = l->room * 2 + 16;
    }
    l->paths[l->n++] = path;
    return 0;
}

/* Only regular files are opened: opening a pipe would wait for its writer. */
static bool is_capture(const char *path, const struct stat *st)
{
    uint8_t start[4];
    int fd = S_ISREG(st->st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)     /* one that can't be read stays in the list: opening it will say why */
        return S_ISREG(st->st_mode);
    ssize_t n = read(fd, start, sizeof start);
    close(fd);
    struct span s = { start, n > 0 ? (size_t)n : 0 };
    return pcap_file_is(s) || pcapng_is(s);
}

static int append_from_folder(struct file_list *l, const char *folder, const char *name)
{
    char *path;
    struct stat st = { 0 };
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return -1;
    if (stat(path, &st) == 0 && is_capture(path, &st))
        return append(l, path);
    if (S_ISREG(st.st_mode)) {
        l->others++;
        free(l->other);
        l->other = path;
    } else {
        free(path);
    }
    return 0;
}

static int append_folder(struct file_list *l, const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort), result = 0;
    if (n < 0) {            /* opening it as a file will say why */
        char *path = strdup(folder);
        return path == NULL ? -1 : append(l, path);
    }
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.' && result == 0)
            result = append_from_folder(l, folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return result;
}

static int append_path(struct file_list *l, const char *path)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return append_folder(l, path);
    char *own = strdup(path);
    return own == NULL ? -1 : append(l, own);
}

static uint64_t bytes_of(const struct file_list *l)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < l->n; i++) {
        struct stat st;
        if (strcmp(l->paths[i], "-") == 0)
            return 0;
        if (stat(l->paths[i], &st) != 0)
            continue;
        if (!S_ISREG(st.st_mode))
            return 0;
        sum += (uint64_t)st.st_size;
    }
    return sum;
}

int file_list_make(struct file_list *l, const char *const *paths, unsigned n, struct error *e)
{
    *l = (struct file_list){ 0 };
    for (unsigned i = 0; i < n; i++)
        if (append_path(l, paths[i]) != 0) {
            file_list_free(l);
            return error_set(e, "%s: no memory for the list of files", paths[i]);
        }
    l->bytes = bytes_of(l);
    return 0;
}

void file_list_free(struct file_list *l)
{
    for (unsigned i = 0; i < l->n; i++)
        free(l->paths[i]);
    free(l->paths);
    free(l->other);
    *l = (struct file_list){ 0 };
}
