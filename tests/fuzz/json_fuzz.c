/* What js_string writes is a JSON string, stands for the very bytes that went in, and keeps to its
 * limit. */
#include "json.h"
#include "json_check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span in, size_t max)
{
    size_t room = in.n * 6 + 2, n = 0;
    char *out = malloc(room);
    uint8_t *back = malloc(in.n > 0 ? in.n : 1);
    struct json j = { out, out + room, false };
    js_string(&j, in, max);
    struct reader r = { (uint8_t *)out, (uint8_t *)j.p };
    if (j.full || (size_t)(j.p - out) > (max < room ? max : room) + 2)
        abort();
    if (!rd_string(&r, back, &n) || r.p != r.end || n > in.n || memcmp(back, in.p, n) != 0)
        abort();
    if (max >= in.n * 6 && n != in.n)
        abort();
    free(back);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    struct span in = { data + 1, size - 1 };
    check(in, in.n * 6);
    check(in, data[0]);
    char small[64];
    struct json j = { small, small + data[0] % sizeof small, false };
    js_string(&j, in, 1000);
    if (j.p > small + sizeof small || (!j.full && j.p - small < 2))
        abort();
    return 0;
}
