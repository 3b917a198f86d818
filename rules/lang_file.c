/* Rule files and folders of them. */
#include "rules/lang.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 512 << 20 };

static int load_file(struct rules *r, const struct lang_vars *vars, const char *path, struct error *err)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return error_set(err, "%s: %s", path, strerror(errno));
    uint8_t *text = NULL;
    size_t n = 0, room = 0;
    do {
        if (n == room) {
            room = room > 0 ? room * 2 : 1 << 16;
            uint8_t *more = room <= FILE_MAX ? realloc(text, room) : NULL;
            if (more == NULL) {
                fclose(f);
                free(text);
                return error_set(err, "%s: larger than %d MiB", path, FILE_MAX >> 20);
            }
            text = more;
        }
        n += fread(text + n, 1, room - n, f);
    } while (n == room);
    bool bad = ferror(f) != 0;
    fclose(f);
    if (!bad)
        rules_parse(r, vars, path, (struct span){ text, n });
    free(text);
    return bad ? error_set(err, "%s: can't be read", path) : 0;
}

static int is_rule_file(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 6 && strcmp(e->d_name + n - 6, ".rules") == 0;
}

int rules_load(struct rules *r, const struct lang_vars *vars, const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(err, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return load_file(r, vars, path, err);
    struct dirent **names;
    int n = scandir(path, &names, is_rule_file, alphasort);
    if (n < 0)
        return error_set(err, "%s: %s", path, strerror(errno));
    int rc = n == 0 ? error_set(err, "%s: no .rules file in this folder", path) : 0;
    for (int i = 0; i < n; i++) {
        char name[4096];
        int len = snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
        if (rc == 0)
            rc = len < (int)sizeof name ? load_file(r, vars, name, err)
                                        : error_set(err, "%s/%s: a path too long", path, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return rc;
}
