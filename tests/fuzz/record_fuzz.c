/* Whatever stands in a record, the reporter either refuses it or writes sound lines of JSON that are
 * not too long; a file of bytes is played as one record. */
#include "eve.h"
#include "json_check.h"
#include "summary.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const char *out, size_t n)
{
    struct reader r = { (const uint8_t *)out, (const uint8_t *)out + n };
    if (n > EVE_LINE_MAX)
        abort();
    while (r.p < r.end) {
        struct span line = { r.p, (size_t)(r.end - r.p) };
        if (!span_starts(line, "{\"timestamp\":\"") || !rd_value(&r, 0) || !rd_char(&r, '\n'))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event event;
    static struct eve *eve[2];
    static struct summary *summary;
    static char out[EVE_ROOM];
    if (eve[0] == NULL) {
        struct config c = { .eve_community_id = true, .sensor_name = "gw-01" };
        eve[0] = eve_open(&c);
        c.eve_extensions = true;
        eve[1] = eve_open(&c);
        summary = summary_open();
    }
    if (size > RECORD_MAX || !record_read((struct span){ data, size }, &event))
        return 0;
    summary_add(summary, &event);
    for (int ext = 0; ext < 2; ext++) {
        size_t n = eve_format(eve[ext], &event, out);
        if (n != EVE_TOO_LONG)
            check_lines(out, n);
    }
    return 0;
}
