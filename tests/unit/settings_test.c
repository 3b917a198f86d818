/* firmware/settings: what is wrong is told by file, line, name and what was expected; what is
 * written can be read. */
#include "firmware/settings.h"
#include "test.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[64];
static int fd;

static int load_bytes(struct config *c, const void *bytes, size_t n, struct error *e)
{
    *c = config_defaults();
    *e = (struct error){ .text = "" };
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n);
    return settings_load(c, path, e);
}

static int load(struct config *c, const char *text, struct error *e)
{
    return load_bytes(c, text, strlen(text), e);
}

static int open_file(void **state)
{
    (void)state;
    fd = memfd_create("settings", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return fd < 0 ? -1 : 0;
}

static int close_file(void **state)
{
    (void)state;
    return close(fd);
}

static void every_section_is_read(void **state)
{
    (void)state;
    struct config c;
    struct error e;
    CHECK(load(&c,
               "# an office\n"
               "memory:\n  flows: 2048\n  streams: 64MiB\n"
               "timeouts: { udp: 7, tcp_new: 0005 }\n"
               "parsers:\n  classify: no\n"
               "eve:\n  community_id_seed: 65535\n  file_max: 0\n"
               "sensor_name: \"gw 01\"\n"
               "home_net: '[10.0.0.0/8]'\n", &e) == 0);
    CHECK(c.flows_max == 2048 && c.stream_memory == 64 << 20 && c.udp_s == 7 && c.tcp_new_s == 5 && !c.classify);
    CHECK(c.community_id_seed == 65535 && c.eve_file_max == 0 && strcmp(c.sensor_name, "gw 01") == 0);
    CHECK(strcmp(c.home_net, "[10.0.0.0/8]") == 0 && c.tcp_established_s == config_defaults().tcp_established_s);
}

static void an_empty_file_leaves_the_defaults(void **state)
{
    (void)state;
    static const char *const empty[] = { "", "\n\n", "# only a comment\n", "---\n...\n", "{}", "\xef\xbb\xbf" };
    for (unsigned i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct config c, d = config_defaults();
        struct error e;
        if (load(&c, empty[i], &e) != 0)
            CHECK(strstr(e.text, "expected settings") != NULL);      /* "---" is a document: an empty value */
        CHECK(c.flows_max == d.flows_max && strcmp(c.home_net, d.home_net) == 0);
    }
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    static const struct { const char *text, *line, *name, *expected; } wrong[] = {
        { "memory:\n  flows: many\n", ":2:", "memory.flows", "expected a number of flows from 1024 to 67108864, found 'many'" },
        { "memory:\n  flows: 1023\n", ":2:", "memory.flows", "1024" },
        { "memory:\n  flows: 67108865\n", ":2:", "memory.flows", "67108864" },
        { "memory:\n  flows: -1\n", ":2:", "memory.flows", "found '-1'" },
        { "memory:\n  flows: +2048\n", ":2:", "memory.flows", "found '+2048'" },
        { "memory:\n  flows: 0x800\n", ":2:", "memory.flows", "found '0x800'" },
        { "memory:\n  flows: 2048.5\n", ":2:", "memory.flows", "found '2048.5'" },
        { "memory:\n  flows: 1e6\n", ":2:", "memory.flows", "found '1e6'" },
        { "memory:\n  flows: 2048k\n", ":2:", "memory.flows", "found '2048k'" },     /* no size: no unit */
        { "memory:\n  flows: 18446744073709553664\n", ":2:", "memory.flows", "found" },
        { "memory:\n  flows: 4294969344\n", ":2:", "memory.flows", "found" },        /* 2048 when cut to 32 bits */
        { "memory:\n  flows: ''\n", ":2:", "memory.flows", "found ''" },
        { "memory:\n  flows:\n", ":2:", "memory.flows", "expected a number" },
        { "memory:\n  half_open: 101\n", ":2:", "memory.half_open", "per cent from 1 to 100" },
        { "memory:\n  streams: 64 parsecs\n", ":2:", "memory.streams", "such as 64MiB" },
        { "memory:\n  streams: 17179869184g\n", ":2:", "memory.streams", "a size" },  /* 2^64 and more */
        { "memory:\n  streams: 1MiBs\n", ":2:", "memory.streams", "a size" },
        { "memory:\n  streams: 1i\n", ":2:", "memory.streams", "a size" },
        { "eve:\n  community_id_seed: 65536\n", ":2:", "eve.community_id_seed", "from 0 to 65535" },
        { "parsers:\n  classify: maybe\n", ":2:", "parsers.classify", "expected yes or no, found 'maybe'" },
        { "parsers:\n  classify: 1\n", ":2:", "parsers.classify", "yes or no" },
        { "memory:\n  flows: [1, 2]\n", ":2:", "memory.flows", "found a list" },
        { "memory:\n  flows: { a: 1 }\n", ":2:", "memory.flows", "found further settings" },
        { "memory: 5\n", ":1:", "memory", "unknown setting" },
        { "\n\nnonsense: 5\n", ":3:", "nonsense", "--dump-config" },
        { "flows: 2048\n", ":1:", "flows", "did you mean 'memory.flows'?" },
        { "eve:\n  classify: no\n", ":2:", "eve.classify", "did you mean 'parsers.classify'?" },
        { "memory:\n  flows: 2048\n  flows: 4096\n", ":3:", "memory.flows", "set twice" },
        { "memory:\n  flows: 2048\nmemory:\n  flows: 4096\n", ":4:", "memory.flows", "set twice" },
        { "[1, 2]\n", ":1:", "", "expected settings" },
        { "just words\n", ":1:", "", "expected settings" },
        { "? [a, b]\n: 1\n", ":1:", "", "expected a setting's name" },
        { "memory:\n  flows: \"2048\\0\"\n", ":2:", "memory.flows", "zero byte" },
        { "memory:\n\tflows: 2048\n", ":2:", "", "not YAML" },
        { "memory: {\n", ":2:", "", "not YAML" },
        { "memory: \"\n", "", "", "not YAML" },
        { "a: *nowhere\n", ":1:", "", "not YAML" },
        { "memory:\n  flows: 2048 \xff\xfe\n", "", "", "not YAML" },
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct config c;
        struct error e;
        bool refused = load(&c, wrong[i].text, &e) != 0;
        bool said = strncmp(e.text, path, strlen(path)) == 0 && strstr(e.text, wrong[i].line) != NULL &&
                    strstr(e.text, wrong[i].name) != NULL && strstr(e.text, wrong[i].expected) != NULL;
        if (!refused || !said)
            fprintf(stderr, "'%s': said '%s'\n", wrong[i].text, e.text);
        CHECK(refused && said);
    }
}

static void sizes_have_units(void **state)
{
    (void)state;
    static const struct { const char *text; uint64_t bytes; } sizes[] = {
        { "1048576", 1 << 20 }, { "1024k", 1 << 20 }, { "1024KiB", 1 << 20 }, { "1m", 1 << 20 }, { "1M", 1 << 20 },
        { "1 MiB", 1 << 20 }, { "1MB", 1 << 20 }, { "3g", 3ULL << 30 }, { "1t", 1ULL << 40 },
    };
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct config c = config_defaults();
        struct error e;
        char text[64];
        snprintf(text, sizeof text, "memory.streams=%s", sizes[i].text);
        CHECK(settings_set(&c, text, "--set", &e) == 0 && c.stream_memory == sizes[i].bytes);
    }
}

static void set_takes_one_assignment(void **state)
{
    (void)state;
    struct config c = config_defaults();
    struct error e;
    CHECK(settings_set(&c, "memory.flows=4096", "--set", &e) == 0 && c.flows_max == 4096);
    CHECK(settings_set(&c, "memory.flows=8192", "--set", &e) == 0 && c.flows_max == 8192);      /* the last wins */
    CHECK(settings_set(&c, "sensor_name=a=b", "--set", &e) == 0 && strcmp(c.sensor_name, "a=b") == 0);
    CHECK(settings_set(&c, "sensor_name=", "--set", &e) == 0 && c.sensor_name[0] == '\0');
    static const struct { const char *text, *said; } wrong[] = {
        { "memory.flows", "--set: expected name=value, found 'memory.flows'" },
        { "=5", "expected name=value" }, { "", "expected name=value" },
        { "memory.flow=5", "unknown setting 'memory.flow'" },
        { "udp=5", "did you mean 'timeouts.udp'?" },
        { "memory.flows=x", "--set: memory.flows: expected a number" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", "expected name=value" },
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(settings_set(&c, wrong[i].text, "--set", &e) == -1 && strstr(e.text, wrong[i].said) != NULL);
    CHECK(c.flows_max == 8192);
}

static void texts_are_bounded(void **state)
{
    (void)state;
    struct config c;
    struct error e;
    char text[200];
    snprintf(text, sizeof text, "sensor_name: %063d\n", 7);
    CHECK(load(&c, text, &e) == 0 && strlen(c.sensor_name) == 63);
    snprintf(text, sizeof text, "sensor_name: %064d\n", 7);
    CHECK(load(&c, text, &e) != 0 && strstr(e.text, "at most 63 characters") != NULL);
}

static size_t dump(const struct config *c, char *out, size_t room)
{
    FILE *f = fmemopen(out, room, "w");
    settings_dump(c, f);
    long n = ftell(f);
    fclose(f);
    return (size_t)n;
}

/* Two configurations are equal when their dumps are; comparing structs would compare padding. */
static bool survives_a_dump(const struct config *c)
{
    static char once[32768], again[32768];
    struct config read;
    struct error e;
    size_t n = dump(c, once, sizeof once);
    if (load_bytes(&read, once, n, &e) != 0) {
        fprintf(stderr, "%s\n", e.text);
        return false;
    }
    return dump(&read, again, sizeof again) == n && memcmp(once, again, n) == 0 &&
           strcmp(read.sensor_name, c->sensor_name) == 0 && strcmp(read.home_net, c->home_net) == 0 &&
           read.eve_file_max == c->eve_file_max && read.flows_max == c->flows_max;
}

static void a_dump_reads_back_equal(void **state)
{
    (void)state;
    struct config c = config_defaults();
    CHECK(survives_a_dump(&c));
    c.flows_max = 1 << 26;
    c.eve_file_max = 1ULL << 50;
    c.stream_memory = (1 << 20) + 1;
    c.classify = !c.classify;
    c.stats_s = 0;
    CHECK(survives_a_dump(&c));
    static const char *const names[] = { "", "a b", "a: b # c", "it's", "\"quoted\"", "back\\slash", "tab\there",
                                         "\xc3\xbc" "ber", "new\nline", "{a}", "\x01\x1b[31m", "\x7f", "\xc2\x85\tx",
                                         "\xe2\x80\xa8", "\xef\xbb\xbf", "\xf0\x9f\x93\xa6" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        strcpy(c.sensor_name, names[i]);
        CHECK(survives_a_dump(&c));
    }
}

/* ---- oddities of YAML ---- */

static void aliases_name_what_they_stand_for(void **state)
{
    (void)state;
    struct config c;
    struct error e;
    CHECK(load(&c, "timeouts:\n  udp: &t 7\n  icmp: *t\n", &e) == 0 && c.udp_s == 7 && c.icmp_s == 7);
    CHECK(load(&c, "memory: &m\n  flows: 2048\ntimeouts: *m\n", &e) != 0 && strstr(e.text, "timeouts.flows") != NULL);
}

static void a_structure_that_holds_itself_ends(void **state)
{
    (void)state;
    struct config c;
    struct error e;
    CHECK(load(&c, "memory: &a\n  x: *a\n", &e) != 0);
    CHECK(load(&c, "&a memory: *a\n", &e) != 0);
    CHECK(load(&c, "&a\nmemory: *a\n", &e) != 0);
    CHECK(load(&c, "&a\n'': *a\n", &e) != 0);
    char text[256];
    snprintf(text, sizeof text, "&a\n%0200d: *a\n", 0);      /* a name too long to be kept whole */
    CHECK(load(&c, text, &e) != 0 && strstr(e.text, "unknown setting") != NULL);
}

static void a_file_of_any_depth_and_size_is_refused_in_time(void **state)
{
    (void)state;
    enum { BIG = 8 << 10 };
    struct config c;
    struct error e;
    char *text = malloc(BIG);
    CHECK(text != NULL);
    static const char fill[] = { '[', '{', ' ', 'a', '"', '\0', '\xff' };
    for (unsigned i = 0; i < sizeof fill; i++) {
        memset(text, fill[i], BIG);
        if (load_bytes(&c, text, BIG, &e) != 0)
            CHECK(e.text[0] != '\0');
    }
    for (size_t i = 0; i + 2 <= BIG; i += 2)
        memcpy(text + i, "- ", 2);
    CHECK(load_bytes(&c, text, BIG, &e) != 0);
    CHECK(ftruncate(fd, 1 << 30) == 0 && settings_load(&c, path, &e) == -1 && strstr(e.text, "at most 32 KiB"));
    free(text);
}

static void any_cut_of_a_good_file_is_read_or_told(void **state)
{
    (void)state;
    static char text[32768];
    struct config c = config_defaults(), read;
    struct error e;
    size_t n = dump(&c, text, sizeof text);
    for (size_t cut = 0; cut < n; cut += 3)
        if (load_bytes(&read, text, cut, &e) != 0)
            CHECK(strncmp(e.text, path, strlen(path)) == 0);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct config c = config_defaults();
    struct error e;
    CHECK(settings_load(&c, "/nonexistent/excise.yaml", &e) == -1);
    CHECK(strcmp(e.text, "/nonexistent/excise.yaml: No such file or directory") == 0);
    CHECK(settings_load(&c, "/proc/self", &e) == -1 && strstr(e.text, "/proc/self") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_is_read),
        cmocka_unit_test(an_empty_file_leaves_the_defaults),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(sizes_have_units),
        cmocka_unit_test(set_takes_one_assignment),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(a_dump_reads_back_equal),
        cmocka_unit_test(aliases_name_what_they_stand_for),
        cmocka_unit_test(a_structure_that_holds_itself_ends),
        cmocka_unit_test(a_file_of_any_depth_and_size_is_refused_in_time),
        cmocka_unit_test(any_cut_of_a_good_file_is_read_or_told),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, open_file, close_file);
}
