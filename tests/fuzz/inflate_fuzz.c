/* Compressed bodies of any content. Properties: never more output than allowed; what zlib makes of a stream,
 * we make of it; a prefix of the input gives a prefix of the output.
 * Input: a byte each for the coding and the limit, then the body. */
#include "app/inflate.h"

#include <stdlib.h>
#include <zlib.h>

enum { OUT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* zlib's output for one zlib or gzip stream, -1 when it finds it broken. */
static int reference(struct span in, uint8_t out[OUT])
{
    z_stream z = { .next_in = (uint8_t *)(uintptr_t)in.p, .avail_in = (uInt)in.n, .next_out = out, .avail_out = OUT };
    if (inflateInit2(&z, 15 + 32) != Z_OK)
        abort();
    int status = inflate(&z, Z_SYNC_FLUSH);
    int n = status == Z_STREAM_END || (status == Z_OK && z.avail_out > 0) ? (int)z.total_out : -1;
    inflateEnd(&z);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct inflater *z;
    static uint8_t whole[OUT], want[OUT];
    if (z == NULL)
        z = inflater_open(OUT);
    if (size < 3)
        return 0;
    const uint8_t coding[2] = { data[0] & 1 ? CODING_GZIP : CODING_DEFLATE, data[0] & 2 ? CODING_GZIP : CODING_NONE };
    size_t max = data[1] & 1 ? data[1] : OUT;
    uint8_t *copy = malloc(size - 2);
    memcpy(copy, data + 2, size - 2);
    struct span in = { copy, size - 2 }, out;

    enum inflate_status status = inflate_body(z, coding, in, max, &out);
    size_t n = out.n;
    if (n > max)
        abort();
    memcpy(whole, out.p, n);
    int ref = data[0] & 2 ? -1 : reference(in, want);
    if (ref >= 0 && status == INFLATE_END && max == OUT && ((size_t)ref > n || memcmp(whole, want, (size_t)ref) != 0))
        abort();
    status = inflate_body(z, coding, span_sub(in, 0, in.n * data[1] / 256), max, &out);
    if (status != INFLATE_BAD && (out.n > n || memcmp(out.p, whole, out.n) != 0))
        abort();
    free(copy);
    return 0;
}
