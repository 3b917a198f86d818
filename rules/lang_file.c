/* Rule files and folders of them. */
#include "rules/file.h"
#include "rules/lang.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int load_file(struct rules *r, const struct lang_vars *vars, const char *path, struct error *err)
{
    struct span text;
    if (file_read(path, &text, err) != 0)
        return -1;
    rules_parse(r, vars, path, text);
    file_free(text);
    return 0;
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
