#ifndef IO_FILE_LIST_H
#define IO_FILE_LIST_H
/* The files that a list of files and folders stands for. */
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct file_list {
    unsigned n, room;
    char **paths;
    uint64_t bytes;         /* in all; 0 when some have no known size */
    uint64_t others;        /* files of folders that are no captures */
    char *other;            /* the name of one of these */
};

/* A folder's own files are looked into and sorted by name; folders within it are left alone. A path
 * or file that can't be looked at stays in the list: opening it will say why. -1 without memory. */
int file_list_make(struct file_list *l, const char *const *paths, unsigned n, struct error *e);
void file_list_free(struct file_list *l);

#endif
