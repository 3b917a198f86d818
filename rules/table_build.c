/* Entries are kept as offsets into the pool; at the end they are sorted by key, so that doubles
 * stand side by side, and the keys are put into slots. */
#include "rules/table_build.h"
#include "rules/table_keys.h"
#include "rules/table_slots.h"
#include "rules/texts.h"

#include <stdlib.h>

static const uint32_t any_port = 0xffff0000u;

struct item {
    uint32_t key;               /* pool offset */
    uint32_t spec;              /* as in the block; a domain: 1 when exact */
    uint32_t row;
    uint32_t turn;              /* the first of doubles stays */
};

struct table_builder {
    enum table_kind kind;
    uint32_t n_columns;
    uint32_t names[TABLE_COLUMNS_MAX];
    struct texts texts;
    struct texts rows;          /* a row as a text of offsets: rows are shared as well */
    struct item *items;
    uint32_t n, room;
    uint32_t labels_min, labels_max;
    uint64_t prefixes[3];
};

struct table_builder *table_builder_open(enum table_kind kind, const struct span *columns,
                                         uint32_t n_columns)
{
    struct table_builder *b = calloc(1, sizeof *b);
    if (b == NULL || n_columns > TABLE_COLUMNS_MAX)
        goto refuse;
    b->kind = kind;
    b->n_columns = n_columns;
    b->labels_min = TABLE_LABELS_MAX;
    for (uint32_t c = 0; c < n_columns; c++) {
        b->names[c] = texts_put(&b->texts, columns[c]);
        if (b->names[c] == TABLE_NONE)
            goto refuse;
    }
    return b;
refuse:
    table_builder_close(b);
    return NULL;
}

void table_builder_close(struct table_builder *b)
{
    if (b == NULL)
        return;
    texts_free(&b->texts);
    texts_free(&b->rows);
    free(b->items);
    free(b);
}

/* ---- adding ---- */

static bool make_room(struct table_builder *b, uint32_t more)
{
    if (b->n + more <= b->room)
        return true;
    if (b->n > TABLE_SIZE_MAX / 64)
        return false;
    uint32_t room = b->room * 2 + more + 256;
    struct item *items = realloc(b->items, room * sizeof *items);
    if (items == NULL)
        return false;
    b->items = items;
    b->room = room;
    return true;
}

/* The offset of a row in `rows`, or TABLE_NONE. */
static uint32_t put_row(struct table_builder *b, const struct span *cells)
{
    uint32_t offsets[TABLE_COLUMNS_MAX];
    for (uint32_t c = 0; c < b->n_columns; c++) {
        offsets[c] = texts_put(&b->texts, cells != NULL ? cells[c] : SPAN_NONE);
        if (offsets[c] == TABLE_NONE)
            return TABLE_NONE;
    }
    return texts_put(&b->rows, (struct span){ (const uint8_t *)offsets, b->n_columns * 4u });
}

static int put_item(struct table_builder *b, const struct table_text *key, uint32_t spec,
                    const struct span *cells, struct error *why)
{
    uint32_t at = texts_put(&b->texts, (struct span){ key->p, key->n });
    uint32_t row = put_row(b, cells);
    if (at == TABLE_NONE || row == TABLE_NONE || !make_room(b, 1))
        return error_set(why, "the list is too large, or a cell longer than %d bytes",
                         TABLE_TEXT_MAX);
    b->items[b->n] = (struct item){ at, spec, row, b->n };
    b->n++;
    return 0;
}

static int add_domain(struct table_builder *b, struct span text, struct span spec,
                      const struct span *cells, struct error *why)
{
    struct table_text key;
    uint32_t labels;
    if (spec.n > 0 && !span_is(spec, "suffix") && !span_is(spec, "exact"))
        return error_set(why, "a domain matches \"suffix\" or \"exact\"");
    if (key_domain(text, &key, &labels, why) != 0 ||
        put_item(b, &key, span_is(spec, "exact"), cells, why) != 0)
        return -1;
    if (labels < b->labels_min)
        b->labels_min = labels;
    if (labels > b->labels_max)
        b->labels_max = labels;
    return 0;
}

/* Up to the next comma or `||`. */
static struct span next_piece(struct span *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ',' && !span_starts(span_sub(*rest, n, 2), "||"))
        n++;
    size_t skip = n < rest->n && rest->p[n] == '|' ? 2 : 1;
    struct span piece = span_trim(span_sub(*rest, 0, n));
    *rest = span_sub(*rest, n + skip, rest->n);
    return piece;
}

static int add_package(struct table_builder *b, struct span text, struct span spec,
                       const struct span *cells, struct error *why)
{
    struct table_text key;
    if (key_package(text, &key, why) != 0)
        return -1;
    if (spec.n == 0)
        spec = SPAN("*");
    uint32_t good = 0;
    for (struct span rest = spec; rest.n > 0;) {    /* all are looked at before one is added */
        enum spec_result r = spec_package(next_piece(&rest), why);
        if (r == SPEC_BAD)
            return -1;
        good += r != SPEC_PLACEHOLDER;
    }
    if (good == 0)
        return -1;
    for (struct span rest = spec; rest.n > 0;) {
        struct span piece = next_piece(&rest);
        if (spec_package(piece, why) == SPEC_PLACEHOLDER)
            continue;
        uint32_t at = texts_put(&b->texts, piece);
        if (at == TABLE_NONE)
            return error_set(why, "the list is too large");
        if (put_item(b, &key, at, cells, why) != 0)
            return -1;
    }
    return 0;
}

static int add_address(struct table_builder *b, struct span text, struct span spec,
                       const struct span *cells, struct error *why)
{
    struct table_text key;
    uint32_t ports;
    if (key_address(text, &key, why) != 0)
        return -1;
    for (struct span rest = spec; rest.n > 0;)
        if (spec_port(next_piece(&rest), &ports, why) != 0)
            return -1;
    b->prefixes[key.p[16] / 64] |= 1ULL << key.p[16] % 64;
    if (spec.n == 0)
        return put_item(b, &key, any_port, cells, why);
    for (struct span rest = spec; rest.n > 0;)
        if (spec_port(next_piece(&rest), &ports, why) != 0 ||
            put_item(b, &key, ports, cells, why) != 0)
            return -1;
    return 0;
}

static int add_string(struct table_builder *b, struct span text, const struct span *cells,
                      struct error *why)
{
    struct table_text key;
    if (text.n == 0 || text.n > sizeof key.p)
        return error_set(why, "a string has 1 to %d bytes", TABLE_TEXT_MAX);
    memcpy(key.p, text.p, text.n);
    key.n = text.n;
    return put_item(b, &key, 0, cells, why);
}

static int add_digest(struct table_builder *b, struct span text, size_t bytes,
                      const struct span *cells, struct error *why)
{
    struct table_text key;
    return key_digest(text, bytes, &key, why) == 0 ? put_item(b, &key, 0, cells, why) : -1;
}

int table_builder_add(struct table_builder *b, struct span key, struct span spec,
                      const struct span *cells, struct error *why)
{
    switch (b->kind) {
    case TABLE_DOMAIN:  return add_domain(b, key, spec, cells, why);
    case TABLE_NPM:     return add_package(b, key, spec, cells, why);
    case TABLE_STRING:  return add_string(b, key, cells, why);
    case TABLE_MD5:     return add_digest(b, key, 16, cells, why);
    case TABLE_SHA1:    return add_digest(b, key, 20, cells, why);
    case TABLE_SHA256:  return add_digest(b, key, 32, cells, why);
    case TABLE_ADDRESS: return add_address(b, key, spec, cells, why);
    }
    return error_set(why, "no such kind of list");
}

/* ---- finishing ---- */

static int by_number(uint32_t a, uint32_t b) { return (a > b) - (a < b); }

static int by_text(const struct texts *t, uint32_t a, uint32_t b)
{
    struct span x = texts_at(t, a), y = texts_at(t, b);
    int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return c != 0 ? c : by_number((uint32_t)x.n, (uint32_t)y.n);
}

static int by_key(const void *a, const void *b, void *builder)
{
    const struct item *x = a, *y = b;
    const struct table_builder *t = builder;
    int c = by_number(x->key, y->key);
    if (c == 0 && x->spec != y->spec)
        c = t->kind == TABLE_NPM ? by_text(&t->texts, x->spec, y->spec)
                                 : by_number(x->spec, y->spec);
    return c != 0 ? c : by_number(x->turn, y->turn);
}

static bool grouped(const struct table_builder *b)
{
    return b->kind == TABLE_NPM || b->kind == TABLE_ADDRESS;
}

/* Keeps the first of doubles and returns how many keys there are. In the kinds where an entry is a
 * key, a second entry of a key is a double whatever its spec; a suffix sorts before an exact one. */
static uint32_t drop_doubles(struct table_builder *b)
{
    uint32_t n = 0, keys = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        const struct item *last = n > 0 ? &b->items[n - 1] : NULL;
        bool same_key = last != NULL && last->key == b->items[i].key;
        if (same_key && (!grouped(b) || last->spec == b->items[i].spec))
            continue;
        keys += !same_key;
        b->items[n++] = b->items[i];
    }
    b->n = n;
    return keys;
}

static struct table_part place(uint64_t *end, uint64_t n, unsigned width)
{
    struct table_part p = { (uint32_t)*end, (uint32_t)n };
    *end += (n * width + 7) & ~7ULL;
    return p;
}

static uint32_t *part(struct table_head *h, struct table_part p)
{
    return (uint32_t *)(void *)((uint8_t *)h + p.at);
}

static void write_items(const struct table_builder *b, struct table_head *h)
{
    uint32_t k = 0;
    uint32_t row_bytes = b->n_columns * 4 + 2;      /* in `rows`, rows stand one after another */
    for (uint32_t i = 0; i < b->n; i++) {
        const struct item *it = &b->items[i];
        if (i == 0 || it->key != b->items[i - 1].key) {
            if (grouped(b))
                part(h, h->first)[k] = i;
            part(h, h->keys)[k++] = it->key | (b->kind == TABLE_DOMAIN && it->spec ? TABLE_EXACT : 0);
        }
        if (grouped(b))
            part(h, h->specs)[i] = it->spec;
        if (h->rows.n > 0)
            part(h, h->rows)[i] = it->row / row_bytes;
    }
    if (grouped(b))
        part(h, h->first)[k] = b->n;
}

static void write_texts(const struct table_builder *b, struct table_head *h)
{
    for (uint32_t r = 0; r < h->n_rows; r++)
        memcpy(part(h, h->cells) + (size_t)r * b->n_columns,
               b->rows.pool + (size_t)r * (b->n_columns * 4 + 2) + 2, b->n_columns * 4);
    for (uint32_t c = 0; c < b->n_columns; c++)
        part(h, h->names)[c] = b->names[c];
    if (b->texts.n > 0)
        memcpy((uint8_t *)h + h->pool.at, b->texts.pool, b->texts.n);
}

static uint32_t bits_for(uint32_t n)
{
    uint32_t bits = 1;
    while (n >= 1u << bits)
        bits++;
    return bits;
}

void *table_builder_finish(struct table_builder *b, size_t *size, struct error *why)
{
    if (b->n > 0)
        qsort_r(b->items, b->n, sizeof *b->items, by_key, b);
    uint32_t keys = drop_doubles(b);
    bool columns = b->n_columns > 0;
    struct table_head head = {
        .magic = TABLE_MAGIC, .version = TABLE_VERSION, .kind = (uint16_t)b->kind,
        .n_keys = keys, .n_entries = b->n, .n_columns = b->n_columns,
        .n_rows = columns ? b->rows.n_texts : 0, .index_bits = bits_for(keys),
        .labels_min = b->labels_min, .labels_max = b->labels_max,
        .prefixes = { b->prefixes[0], b->prefixes[1], b->prefixes[2] },
    };
    uint64_t end = (sizeof head + 7) & ~7ULL;
    head.slots = place(&end, 2 * (uint64_t)keys + 2, 4);    /* half full: a miss sees two or three */
    head.keys = place(&end, keys, 4);
    head.first = place(&end, grouped(b) ? keys + 1 : 0, 4);
    head.specs = place(&end, grouped(b) ? b->n : 0, 4);
    head.rows = place(&end, columns ? b->n : 0, 4);
    head.cells = place(&end, (uint64_t)head.n_rows * b->n_columns, 4);
    head.names = place(&end, b->n_columns, 4);
    head.pool = place(&end, b->texts.n, 1);
    if (end > TABLE_SIZE_MAX) {
        error_set(why, "the table would be larger than %u bytes", TABLE_SIZE_MAX);
        return NULL;
    }
    head.size = (uint32_t)end;

    struct table_head *h = calloc(1, end);
    if (h == NULL) {
        error_set(why, "no memory for a table of %u bytes", head.size);
        return NULL;
    }
    *h = head;
    write_items(b, h);
    write_texts(b, h);
    if (table_slots_fill(h) != 0) {
        error_set(why, "the keys don't spread over the slots");
        free(h);
        return NULL;
    }
    *size = end;
    return h;
}
