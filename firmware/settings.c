/* The table of settings, and libyaml's one door. libyaml rather than libcyaml: the table that reads
 * the file also reads --set and writes --dump-config, and each node keeps its line for errors. */
#include "firmware/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum kind { NUMBER32, NUMBER64, NUMBER16, SIZE, SWITCH, TEXT };

struct setting {
    const char *name;
    enum kind kind;
    size_t at, room;
    uint64_t low, high;
    const char *unit, *when;
};

#define AT(field) offsetof(struct config, field), sizeof(((struct config *)0)->field)

static const struct setting table[] = {
    { "memory.flows", NUMBER32, AT(flows_max), 1024, 1 << 26, "flows",
      "how many are followed at a time; more for a larger office" },
    { "memory.half_open", NUMBER32, AT(half_open_share), 1, 100, "per cent",
      "share of the flows that lone SYNs may take" },
    { "memory.streams", SIZE, AT(stream_memory), 1 << 20, 1ULL << 40, "bytes",
      "segments out of order, heads and bodies under inspection" },
    { "memory.fragments", NUMBER32, AT(fragments_max), 64, 1 << 20, "packets",
      "packets in fragments at a time" },
    { "memory.stream_held", SIZE, AT(reasm_flow_max), 4096, 1 << 30, "bytes",
      "held behind a hole in one direction of a flow" },
    { "timeouts.tcp_new", NUMBER32, AT(tcp_new_s), 1, 86400, "seconds", "a SYN without an answer" },
    { "timeouts.tcp_established", NUMBER32, AT(tcp_established_s), 1, 86400, "seconds",
      "an idle connection" },
    { "timeouts.tcp_closed", NUMBER32, AT(tcp_closed_s), 1, 86400, "seconds",
      "after both FINs or a RST" },
    { "timeouts.udp", NUMBER32, AT(udp_s), 1, 86400, "seconds", "an idle UDP flow" },
    { "timeouts.icmp", NUMBER32, AT(icmp_s), 1, 86400, "seconds", "all other idle flows" },
    { "timeouts.fragments", NUMBER32, AT(fragment_s), 1, 3600, "seconds",
      "an incomplete packet in fragments" },
    { "parsers.head_max", NUMBER32, AT(head_max), 1024, 65536 - 256, "bytes",
      "longest HTTP head and TLS handshake message that is read whole" },
    { "parsers.body_max", NUMBER32, AT(body_max), 1024, 1 << 26, "bytes",
      "decoded body that rules see" },
    { "parsers.pipeline_max", NUMBER32, AT(pipeline_max), 1, 4096, "requests",
      "requests of a flow that wait for their answer" },
    { "parsers.classify", SWITCH, AT(classify), 0, 1, "", "nDPI names flows that no parser claims" },
    { "capture.checksums", SWITCH, AT(checksums), 0, 1, "",
      "packets with bad checksums are not inspected; off where the card offloads them" },
    { "flow.vlan_tracking", SWITCH, AT(vlan_tracking), 0, 1, "",
      "equal addresses in two VLANs are two flows; off where a mirror tags one direction only" },
    { "flow.midstream", SWITCH, AT(midstream), 0, 1, "", "take up flows whose start was not seen" },
    { "eve.extensions", SWITCH, AT(eve_extensions), 0, 1, "",
      "npm events and objects; off: only keys that Suricata has" },
    { "eve.community_id", SWITCH, AT(eve_community_id), 0, 1, "", "flow hash shared by sensors" },
    { "eve.community_id_seed", NUMBER16, AT(community_id_seed), 0, 65535, "",
      "as the site's other sensors have it" },
    { "eve.file_max", SIZE, AT(eve_file_max), 0, 1ULL << 50, "bytes",
      "eve.json is rotated at this size; 0: never" },
    { "eve.total_max", SIZE, AT(eve_total_max), 0, 1ULL << 50, "bytes",
      "of all eve.json files; the oldest go first; 0: no limit" },
    { "eve.stats", NUMBER32, AT(stats_s), 0, 86400, "seconds",
      "between stats events when live; 0: only one at the end" },
    { "eve.anomalies", NUMBER32, AT(anomaly_per_s), 0, 1000000, "events a second",
      "more are counted, not written" },
    { "sensor_name", TEXT, AT(sensor_name), 0, 0, "", "`host` in events; empty: the host's name" },
    { "home_net", TEXT, AT(home_net), 0, 0, "", "$HOME_NET in rules" },
};
enum { SETTINGS = sizeof table / sizeof table[0] };

static const struct setting *find(const char *name)
{
    for (unsigned i = 0; i < SETTINGS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* ---- one value ---- */

static int expected(const struct setting *s, const char *value, const char *where, struct error *e)
{
    switch (s->kind) {
    case SWITCH: return error_set(e, "%s: %s: expected yes or no, found '%s'", where, s->name, value);
    case TEXT:   return error_set(e, "%s: %s: expected at most %zu characters", where, s->name,
                                  s->room - 1);
    case SIZE:   return error_set(e, "%s: %s: expected a size from %llu to %llu bytes, such as 64MiB, "
                                  "found '%s'",
                                  where, s->name, (unsigned long long)s->low,
                                  (unsigned long long)s->high, value);
    default:     return error_set(e, "%s: %s: expected a number of %s from %llu to %llu, found '%s'",
                                  where, s->name, s->unit[0] != '\0' ? s->unit : "its kind",
                                  (unsigned long long)s->low, (unsigned long long)s->high, value);
    }
}

/* Digits, and for sizes a unit: k, m, g with or without "b" or "ib", all of them powers of 1024. */
static bool read_number(const char *text, bool units, uint64_t *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    uint64_t v = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    while (*end == ' ' || *end == '_')
        end++;
    unsigned shift = 0;
    if (units && *end != '\0') {
        static const char letters[] = "kmgt";
        const char *at = strchr(letters, *end | 32);
        if (at == NULL)
            return false;
        shift = 10 * (unsigned)(at - letters + 1);
        end++;
        if ((*end | 32) == 'i')
            end++;
        if ((*end | 32) == 'b')
            end++;
    }
    if (*end != '\0' || (shift > 0 && v >> (64 - shift) != 0))
        return false;
    *out = v << shift;
    return true;
}

static bool read_switch(const char *text, bool *out)
{
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
    for (unsigned i = 0; i < 6; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2;
            return true;
        }
    return false;
}

static int put(struct config *c, const struct setting *s, const char *value, const char *where,
               struct error *e)
{
    void *at = (char *)c + s->at;
    uint64_t v = 0;
    if (s->kind == TEXT) {
        if (strlen(value) >= s->room)
            return expected(s, value, where, e);
        strcpy(at, value);
        return 0;
    }
    if (s->kind == SWITCH)
        return read_switch(value, at) ? 0 : expected(s, value, where, e);
    if (!read_number(value, s->kind == SIZE, &v) || v < s->low || v > s->high)
        return expected(s, value, where, e);
    if (s->room == 8)
        *(uint64_t *)at = v;
    else if (s->room == 4)
        *(uint32_t *)at = (uint32_t)v;
    else
        *(uint16_t *)at = (uint16_t)v;
    return 0;
}

static int unknown(const char *name, const char *where, struct error *e)
{
    const char *near = NULL;        /* the same last word elsewhere, as a hint */
    const char *last = strrchr(name, '.');
    last = last != NULL ? last + 1 : name;
    for (unsigned i = 0; i < SETTINGS; i++) {
        const char *dot = strrchr(table[i].name, '.');
        if (strcmp(dot != NULL ? dot + 1 : table[i].name, last) == 0)
            near = table[i].name;
    }
    if (near != NULL)
        return error_set(e, "%s: unknown setting '%s'; did you mean '%s'?", where, name, near);
    return error_set(e, "%s: unknown setting '%s'; 'excised --dump-config' lists them all", where, name);
}

int settings_set(struct config *c, const char *assignment, const char *where, struct error *e)
{
    const char *equals = strchr(assignment, '=');
    char name[64];
    if (equals == NULL || equals == assignment || (size_t)(equals - assignment) >= sizeof name)
        return error_set(e, "%s: expected name=value, found '%s'", where, assignment);
    memcpy(name, assignment, (size_t)(equals - assignment));
    name[equals - assignment] = '\0';
    const struct setting *s = find(name);
    return s != NULL ? put(c, s, equals + 1, where, e) : unknown(name, where, e);
}

/* ---- the file ---- */

struct loader { yaml_document_t doc; const char *path; struct config *c; bool seen[SETTINGS]; };

static void place(const struct loader *l, const yaml_node_t *n, char *out, size_t room)
{
    snprintf(out, room, "%s:%zu", l->path, n->start_mark.line + 1);
}

/* `prefix`: the section's name; NULL at the top. */
static int load_mapping(struct loader *l, const yaml_node_t *map, const char *prefix, struct error *e);

static int load_pair(struct loader *l, const yaml_node_t *k, const yaml_node_t *v, const char *prefix,
                     struct error *e)
{
    char name[128], where[512];
    place(l, k, where, sizeof where);
    if (k->type != YAML_SCALAR_NODE)
        return error_set(e, "%s: expected a setting's name", where);
    int n = snprintf(name, sizeof name, "%s%s%s", prefix != NULL ? prefix : "", prefix != NULL ? "." : "",
                     (const char *)k->data.scalar.value);
    if (n >= (int)sizeof name)
        return unknown(name, where, e);
    if (v->type == YAML_MAPPING_NODE && prefix != NULL)     /* an alias may even hold itself */
        return error_set(e, "%s: %s: expected one value, found further settings", where, name);
    if (v->type == YAML_MAPPING_NODE)
        return load_mapping(l, v, name, e);
    const struct setting *s = find(name);
    if (s == NULL)
        return unknown(name, where, e);
    if (v->type != YAML_SCALAR_NODE)
        return error_set(e, "%s: %s: expected one value, found a list", where, name);
    if (strlen((const char *)v->data.scalar.value) != v->data.scalar.length)
        return error_set(e, "%s: %s: the value has a zero byte in it", where, name);
    if (l->seen[s - table])
        return error_set(e, "%s: %s is set twice; take one out", where, name);
    l->seen[s - table] = true;
    return put(l->c, s, (const char *)v->data.scalar.value, where, e);
}

static int load_mapping(struct loader *l, const yaml_node_t *map, const char *prefix, struct error *e)
{
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++)
        if (load_pair(l, yaml_document_get_node(&l->doc, p->key),
                      yaml_document_get_node(&l->doc, p->value), prefix, e) != 0)
            return -1;
    return 0;
}

/* libyaml's time grows with the square of the nesting, so what it gets is bounded. */
enum { FILE_MAX = 32 << 10 };

static int read_file(const char *path, unsigned char *text, size_t *n, struct error *e)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return error_set(e, "%s: %s", path, strerror(errno));
    *n = fread(text, 1, FILE_MAX + 1, in);
    int result = 0;
    if (ferror(in))
        result = error_set(e, "%s: %s", path, strerror(errno));
    else if (*n > FILE_MAX)
        result = error_set(e, "%s: expected settings, at most %d KiB", path, FILE_MAX >> 10);
    fclose(in);
    return result;
}

static int load_document(struct loader *l, struct error *e)
{
    const yaml_node_t *root = yaml_document_get_root_node(&l->doc);
    if (root == NULL)
        return 0;                   /* an empty file: all defaults */
    if (root->type != YAML_MAPPING_NODE)
        return error_set(e, "%s:%zu: expected settings, 'name: value'", l->path, root->start_mark.line + 1);
    return load_mapping(l, root, NULL, e);
}

static int parse(struct loader *l, const unsigned char *text, size_t n, struct error *e)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return error_set(e, "%s: no memory to read it", l->path);
    yaml_parser_set_input_string(&parser, text, n);
    int result;
    if (yaml_parser_load(&parser, &l->doc)) {
        result = load_document(l, e);
        yaml_document_delete(&l->doc);
    } else {
        result = error_set(e, "%s:%zu: not YAML: %s", l->path, parser.problem_mark.line + 1,
                           parser.problem != NULL ? parser.problem : "unreadable");
    }
    yaml_parser_delete(&parser);
    return result;
}

int settings_load(struct config *c, const char *path, struct error *e)
{
    struct loader l = { .path = path, .c = c };
    size_t n = 0;
    unsigned char *text = malloc(FILE_MAX + 1);
    if (text == NULL)
        return error_set(e, "%s: no memory to read it", path);
    int result = read_file(path, text, &n, e);
    if (result == 0)
        result = parse(&l, text, n, e);
    free(text);
    return result;
}

/* ---- back to text ---- */

/* The character at s, and how many bytes it has; a byte that is no UTF-8 (from --set) stands for itself. */
static unsigned next_char(const unsigned char *s, uint32_t *c)
{
    unsigned n = s[0] < 0xc0 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    *c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if (s[i] >> 6 != 2) {           /* also at the string's end */
            *c = s[0];
            return 1;
        }
        *c = *c << 6 | (s[i] & 63u);
    }
    return n;
}

/* In double quotes, where a backslash escapes (YAML 1.2 5.7). Whatever is not ASCII is escaped, for
 * some of it ends lines and some may not stand there at all. */
static void dump_text(const char *text, FILE *out)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t c;
    putc('"', out);
    for (; *s != '\0'; s += next_char(s, &c)) {
        next_char(s, &c);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (c >= ' ' && c < 0x7f)
            putc((int)c, out);
        else
            fprintf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
    putc('"', out);
}

static void dump_value(const struct config *c, const struct setting *s, FILE *out)
{
    const void *at = (const char *)c + s->at;
    if (s->kind == TEXT)
        dump_text(at, out);
    else if (s->kind == SWITCH)
        fputs(*(const bool *)at ? "yes" : "no", out);
    else
        fprintf(out, "%llu", s->room == 8   ? (unsigned long long)*(const uint64_t *)at
                             : s->room == 4 ? (unsigned long long)*(const uint32_t *)at
                                            : (unsigned long long)*(const uint16_t *)at);
}

void settings_dump(const struct config *c, FILE *out)
{
    char section[64] = "";
    for (unsigned i = 0; i < SETTINGS; i++) {
        const char *dot = strchr(table[i].name, '.');
        size_t n = dot != NULL ? (size_t)(dot - table[i].name) : 0;
        if (n > 0 && (strncmp(section, table[i].name, n) != 0 || section[n] != '\0')) {
            memcpy(section, table[i].name, n);
            section[n] = '\0';
            fprintf(out, "%s:\n", section);
        }
        fprintf(out, "%s%s: ", n > 0 ? "  " : "", dot != NULL ? dot + 1 : table[i].name);
        dump_value(c, &table[i], out);
        fprintf(out, "   # %s%s%s\n", table[i].unit, table[i].unit[0] != '\0' ? "; " : "",
                table[i].when);
    }
}
