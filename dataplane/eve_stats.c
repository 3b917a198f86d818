/* stats{}: counters named by paths become a tree. anomaly{}. */
#include "eve_parts.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct stat_value *)a)->name, ((const struct stat_value *)b)->name);
}

/* The values v[0..n) all begin with the same `skip` characters. Sorted, those of one branch stand
 * together. */
static void branch(struct json *j, const struct stat_value *v, unsigned n, size_t skip)
{
    char *at = js_mark(j);
    for (unsigned i = 0; i < n;) {
        const char *name = v[i].name + skip, *dot = strchr(name, '.');
        size_t len = dot != NULL ? (size_t)(dot - name) : strlen(name);
        unsigned same = 1;
        while (dot != NULL && i + same < n && strncmp(v[i + same].name + skip, name, len + 1) == 0)
            same++;
        JS(j, ",");
        js_string(j, (struct span){ (const uint8_t *)name, len }, 600);
        JS(j, ":");
        if (dot != NULL)
            branch(j, v + i, same, skip + len + 1);
        else
            js_u64(j, v[i].value);
        i += same;
    }
    js_close(j, at);
}

void eve_stats(struct json *j, struct event *e, bool ext)
{
    unsigned n = 0;
    for (unsigned i = 0; i < e->n_stats; i++)
        if (ext || strncmp(e->stats[i].name, "excise.", 7) != 0)
            e->stats[n++] = e->stats[i];
    qsort(e->stats, n, sizeof e->stats[0], by_name);
    JS(j, ",\"stats\":");
    branch(j, e->stats, n, 0);
}

void eve_anomaly(struct json *j, const struct event *e)
{
    const struct anomaly_info *a = &e->anomaly;
    JS(j, ",\"anomaly\":");
    char *at = js_mark(j);
    if (e->meta.app_proto != NULL) {
        JS(j, ",\"app_proto\":");
        js_cstring(j, e->meta.app_proto);
    }
    JS(j, ",\"type\":");
    js_cstring(j, a->type);
    JS(j, ",\"event\":");
    js_cstring(j, a->event);
    if (a->layer != NULL) {
        JS(j, ",\"layer\":");
        js_cstring(j, a->layer);
    }
    js_close(j, at);
}
