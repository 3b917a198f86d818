/* One pass over the lines of a list. */
#include "rules/list.h"
#include "rules/file.h"

#include <stdlib.h>

enum { FIELDS_MAX = TABLE_COLUMNS_MAX + 2 };

struct form { const char *key, *spec; };

static const struct form forms[] = {
    [TABLE_DOMAIN] = { "domain", "match" },    [TABLE_NPM] = { "package", "versions" },
    [TABLE_STRING] = { "string", NULL },       [TABLE_MD5] = { "md5", NULL },
    [TABLE_SHA1] = { "sha1", NULL },           [TABLE_SHA256] = { "sha256", NULL },
    [TABLE_ADDRESS] = { "address", "ports" },
};

struct list {
    enum table_kind kind;
    struct table_builder *builder;
    bool header;
    uint32_t n_columns, spec_at;        /* spec_at: 0 when the header has no such column */
};

static uint32_t split(struct span line, struct span *fields)
{
    uint32_t n = 0;
    for (;;) {
        size_t tab = span_find(line, '\t');
        if (n < FIELDS_MAX)
            fields[n] = span_trim(span_sub(line, 0, tab));
        n++;
        if (tab == line.n)
            return n;
        line = span_sub(line, tab + 1, line.n);
    }
}

/* ---- lines without a header ---- */

static int base64_value(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != 0 ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648 4, padding optional. */
static int read_base64(struct span in, uint8_t *out, size_t *n, struct error *why)
{
    uint32_t bits = 0, have = 0;
    *n = 0;
    while (in.n > 0 && in.p[in.n - 1] == '=')
        in.n--;
    if (in.n == 0 || in.n % 4 == 1 || in.n / 4 * 3 + 3 > TABLE_TEXT_MAX)
        return error_set(why, "no base64 of 1 to %d bytes", TABLE_TEXT_MAX - 3);
    for (size_t i = 0; i < in.n; i++) {
        int v = base64_value(in.p[i]);
        if (v < 0)
            return error_set(why, "no base64 at character %zu", i + 1);
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8)
            out[(*n)++] = (uint8_t)(bits >> (have -= 8));
    }
    return 0;
}

static struct span before_comma(struct span line)
{
    return span_trim(span_sub(line, 0, span_find(line, ',')));
}

/* "name@version", "@scope/name@version", or the name alone. */
static int add_spec(struct list *l, struct span line, struct error *why)
{
    size_t at = 1 + span_find(span_sub(line, 1, line.n), '@');
    return table_builder_add(l->builder, span_sub(line, 0, at), span_sub(line, at + 1, line.n), NULL,
                             why);
}

static int add_endpoint(struct list *l, struct span line, struct error *why)
{
    struct span port = SPAN_NONE;
    if (line.p[0] == '[') {
        size_t end = span_find(line, ']');
        struct span after = span_sub(line, end + 1, line.n);
        if (end == line.n || (after.n > 0 && (after.p[0] != ':' || after.n == 1)))
            return error_set(why, "an IPv6 address with a port reads [2001:db8::1]:80");
        port = span_sub(after, 1, after.n);
        line = span_sub(line, 1, end - 1);
    } else {
        size_t colon = span_find(line, ':');
        struct span after = span_sub(line, colon + 1, line.n);
        if (colon < line.n && span_find(after, ':') == after.n) {    /* one colon: not IPv6 */
            if (after.n == 0)
                return error_set(why, "no port after the colon");
            port = after;
            line = span_sub(line, 0, colon);
        }
    }
    return table_builder_add(l->builder, line, port, NULL, why);
}

static int add_plain(struct list *l, struct span line, struct error *why)
{
    uint8_t bytes[TABLE_TEXT_MAX];
    size_t n;
    switch (l->kind) {
    case TABLE_NPM:
        return add_spec(l, line, why);
    case TABLE_ADDRESS:
        return add_endpoint(l, line, why);
    case TABLE_STRING:
        if (read_base64(before_comma(line), bytes, &n, why) != 0)
            return -1;
        return table_builder_add(l->builder, (struct span){ bytes, n }, SPAN_NONE, NULL, why);
    case TABLE_DOMAIN:
        return table_builder_add(l->builder, line, SPAN_NONE, NULL, why);
    default:
        return table_builder_add(l->builder, before_comma(line), SPAN_NONE, NULL, why);
    }
}

/* ---- lines below a header ---- */

static int add_row(struct list *l, struct span line, struct error *why)
{
    struct span fields[FIELDS_MAX], cells[TABLE_COLUMNS_MAX];
    uint32_t n = split(line, fields);
    uint32_t want = 1 + (l->spec_at > 0) + l->n_columns;
    if (n > want)
        return error_set(why, "%u fields, but the header names %u", n, want);
    uint32_t c = 0;
    for (uint32_t i = 1; i < want; i++)         /* fields that a short line lacks are empty */
        if (i != l->spec_at)
            cells[c++] = i < n ? fields[i] : SPAN_NONE;
    struct span spec = l->spec_at > 0 && l->spec_at < n ? fields[l->spec_at] : SPAN_NONE;
    return table_builder_add(l->builder, fields[0], spec, cells, why);
}

/* Whether the list's first line is a header: it begins with the key's name as a whole field. A list
 * of plain strings is base64, where "string" could stand, so there a second column must follow. */
static bool is_header(enum table_kind kind, struct span line, uint32_t n_fields, struct span first)
{
    return span_is(first, forms[kind].key) &&
           (kind != TABLE_STRING || n_fields > 1 || line.p[line.n - 1] == '\t');
}

static int open_builder(struct list *l, struct span line, struct error *why)
{
    struct span fields[FIELDS_MAX], columns[TABLE_COLUMNS_MAX];
    uint32_t n = split(line, fields);
    l->header = is_header(l->kind, line, n, fields[0]);
    if (l->header && n > TABLE_COLUMNS_MAX)
        return error_set(why, "a list has at most %d columns", TABLE_COLUMNS_MAX);
    for (uint32_t i = 1; l->header && i < n; i++) {
        const char *spec = forms[l->kind].spec;
        if (spec != NULL && l->spec_at == 0 && span_is(fields[i], spec))
            l->spec_at = i;
        else
            columns[l->n_columns++] = fields[i];
    }
    l->builder = table_builder_open(l->kind, columns, l->n_columns);
    return l->builder != NULL ? 0 : error_set(why, "no memory for the list");
}

/* ---- the whole ---- */

static struct span next_line(struct span *rest)
{
    struct span line = span_sub(*rest, 0, span_find(*rest, '\n'));
    *rest = span_sub(*rest, line.n + 1, rest->n);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

void *list_parse(struct span text, const char *file, enum table_kind kind, list_refusal *refusal,
                 void *ctx, struct list_counts *counts, size_t *size, struct error *why)
{
    struct list l = { .kind = kind };
    struct error bad;
    *counts = (struct list_counts){ 0 };
    if (span_starts(text, "\xef\xbb\xbf"))      /* the byte order mark of some editors */
        text = span_sub(text, 3, text.n);
    while (text.n > 0) {
        struct span line = next_line(&text);
        counts->lines++;
        if (span_trim(line).n == 0 || line.p[0] == '#')
            continue;
        if (l.builder == NULL) {
            if (open_builder(&l, line, &bad) != 0) {
                error_set(why, "%s:%u: %s", file, counts->lines, bad.text);
                return NULL;
            }
            if (l.header)
                continue;
        }
        if ((l.header ? add_row(&l, line, &bad) : add_plain(&l, span_trim(line), &bad)) == 0) {
            counts->taken++;
            continue;
        }
        counts->refused++;
        if (refusal != NULL)
            refusal(ctx, file, counts->lines, bad.text);
    }
    if (l.builder == NULL && open_builder(&l, SPAN_NONE, why) != 0)
        return NULL;
    void *block = table_builder_finish(l.builder, size, &bad);
    if (block == NULL)
        error_set(why, "%s: %s", file, bad.text);
    table_builder_close(l.builder);
    return block;
}

void *list_load(const char *path, enum table_kind kind, list_refusal *refusal, void *ctx,
                struct list_counts *counts, size_t *size, struct error *why)
{
    struct span text;
    *counts = (struct list_counts){ 0 };
    if (file_read(path, &text, why) != 0)
        return NULL;
    void *block = list_parse(text, path, kind, refusal, ctx, counts, size, why);
    file_free(text);
    return block;
}
