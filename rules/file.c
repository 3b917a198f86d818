#include "rules/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ROOM = 65536, SIZE_MAX_FILE = 1 << 30 };

int file_read(const char *path, struct span *out, struct error *why)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return error_set(why, "%s: %s", path, strerror(errno));
    size_t n = 0, room = FIRST_ROOM;
    uint8_t *text = malloc(room);
    while (text != NULL) {
        n += fread(text + n, 1, room - n, f);
        if (n < room || room >= SIZE_MAX_FILE)
            break;
        uint8_t *wider = realloc(text, room * 2);
        if (wider == NULL) {
            free(text);
            text = NULL;
            break;
        }
        text = wider;
        room *= 2;
    }
    int failed = ferror(f) ? errno : text == NULL ? ENOMEM : n >= SIZE_MAX_FILE ? EFBIG : 0;
    fclose(f);
    if (failed != 0) {
        free(text);
        return error_set(why, "%s: %s", path, strerror(failed));
    }
    *out = (struct span){ text, n };
    return 0;
}

void file_free(struct span text)
{
    free((void *)(uintptr_t)text.p);
}
