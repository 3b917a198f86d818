/* Any bytes as a settings file: refused with a sentence that names the file, or taken, and then what
 * is dumped is taken too and dumps the same. */
#include "firmware/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];
static int fd = -1;

static int load(struct config *c, const void *bytes, size_t n, struct error *e)
{
    *c = config_defaults();
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, n, 0) != (ssize_t)n)
        abort();
    return settings_load(c, path, e);
}

static size_t dump(const struct config *c, char *out, size_t room)
{
    FILE *f = fmemopen(out, room, "w");
    settings_dump(c, f);
    long n = ftell(f);
    fclose(f);
    return (size_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[32768], again[32768];
    struct config c;
    struct error e;
    if (fd < 0) {
        fd = memfd_create("settings", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (load(&c, data, size, &e) != 0) {
        if (strncmp(e.text, path, strlen(path)) != 0)
            abort();
        return 0;
    }
    size_t n = dump(&c, once, sizeof once);
    if (load(&c, once, n, &e) != 0 || dump(&c, again, sizeof again) != n || memcmp(once, again, n) != 0)
        abort();
    return 0;
}
