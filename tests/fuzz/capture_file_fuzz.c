/* Any bytes as a capture file: each packet lies within what was read, numbers rise by one, and the
 * bytes of the packets add up to no more than the file has. */
#include "io/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct batch b;
    static int fd = -1;
    static char path[64];
    const char *const paths[] = { path };
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;

    struct error e;
    struct capture *c = capture_open_files(paths, 1, NULL, &e);
    if (c == NULL)
        abort();
    uint64_t number = 0, bytes = 0;
    volatile uint8_t sum = 0;
    while (capture_batch(c, &b) == 1)
        for (unsigned i = 0; i < b.n; i++) {
            const struct packet *p = &b.p[i];
            if (p->number != ++number || p->wirelen < p->caplen || p->caplen > 262144)
                abort();
            for (uint32_t k = 0; k < p->caplen; k++)
                sum = (uint8_t)(sum + p->data[k]);
            bytes += p->caplen;
        }
    if (bytes > size || capture_counters(c).packets != number)
        abort();
    capture_close(c);
    return 0;
}
