/* firmware/options: the command line. What is wrong is told on stderr, and is status 2. */
#include "firmware/options.h"
#include "test.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

static struct options o;
static char said[8192];

/* Reads "excised" and the words, and keeps what was printed. */
static enum options_result read_words(const char *const *words)
{
    char *argv[512] = { (char[]){ "excised" } };
    int argc = 1, kept[2] = { dup(1), dup(2) };
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    FILE *out = tmpfile();
    fflush(NULL);
    dup2(fileno(out), 1);
    dup2(fileno(out), 2);
    options_free(&o);
    optind = 0;             /* getopt begins anew */
    enum options_result r = options_read(&o, argc, argv);
    fflush(NULL);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    close(kept[0]);
    close(kept[1]);
    rewind(out);
    said[fread(said, 1, sizeof said - 1, out)] = '\0';
    fclose(out);
    return r;
}

#define READ(...) read_words((const char *const[]){ __VA_ARGS__, NULL })

static bool is(const char *a, const char *b) { return a != NULL && strcmp(a, b) == 0; }

static void a_replay(void **state)
{
    (void)state;
    CHECK(READ("-r", "a.pcap", "-rb.pcap", "-S", "x.rules", "-s", "y.rules", "-l", "/tmp", "-qv", "-k", "all") == OPTIONS_RUN);
    CHECK(o.n_files == 2 && is(o.files[0], "a.pcap") && is(o.files[1], "b.pcap") && o.n_ifaces == 0);
    CHECK(o.n_rules == 2 && is(o.rules[1], "y.rules") && is(o.log_dir, "/tmp") && !o.quiet && o.verbose);
    CHECK(is(o.checksums, "all") && o.filter == NULL && o.workers == 1 && said[0] == '\0');
    CHECK(READ("-r", "-") == OPTIONS_RUN && is(o.files[0], "-"));
}

static void monitoring(void **state)
{
    (void)state;
    CHECK(READ("-i", "eth0", "-i", "eth1", "--workers", "4", "--user=nobody", "--set", "a=1", "--set=b=2") == OPTIONS_RUN);
    CHECK(o.n_ifaces == 2 && is(o.ifaces[1], "eth1") && o.workers == 4 && is(o.user, "nobody"));
    CHECK(o.n_set == 2 && is(o.set[0], "a=1") && is(o.set[1], "b=2"));
}

static void files_and_interfaces_exclude_each_other(void **state)
{
    (void)state;
    CHECK(READ("-r", "a", "-i", "b") == OPTIONS_USAGE && strstr(said, "-r and -i exclude each other") != NULL);
    CHECK(READ("-q") == OPTIONS_USAGE && strstr(said, "nothing to read") != NULL);
    CHECK(read_words((const char *const[]){ NULL }) == OPTIONS_USAGE);
    CHECK(READ("-T") == OPTIONS_RUN && o.test);
    CHECK(READ("--dump-config") == OPTIONS_RUN && o.dump_config);
}

static void what_stands_behind_is_one_filter(void **state)
{
    (void)state;
    CHECK(READ("-r", "a", "host", "10.0.0.1", "and", "port 80") == OPTIONS_RUN);
    CHECK(is(o.filter, "host 10.0.0.1 and port 80"));
    CHECK(READ("-r", "a", "ip[0]", "-", "1", "=", "68") == OPTIONS_RUN && is(o.filter, "ip[0] - 1 = 68"));
    CHECK(READ("-r", "a", "not port 22", "-v") == OPTIONS_USAGE && strstr(said, "before the filter: -v") != NULL);
    CHECK(READ("-r", "a", "/proc/self/exe.no") == OPTIONS_RUN && is(o.filter, "/proc/self/exe.no"));
    CHECK(READ("-r", "a", "./Makefile") == OPTIONS_USAGE && strstr(said, "an -r of its own") != NULL);
    CHECK(READ("-r", "a", "--", "-x") == OPTIONS_RUN && is(o.filter, "-x"));
    CHECK(READ("-r", "a", "") == OPTIONS_RUN && is(o.filter, ""));
}

static void workers_are_a_number_from_1_to_64(void **state)
{
    (void)state;
    static const char *const wrong[] = { "0", "65", "-1", "x", "", "2x", " ", "1.5", "99999999999999999999",
                                         "4294967297", "18446744073709551617" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(READ("-i", "a", "--workers", wrong[i]) == OPTIONS_USAGE && strstr(said, "from 1 to 64") != NULL);
    CHECK(READ("-i", "a", "--workers", "64") == OPTIONS_RUN && o.workers == 64);
}

static void what_is_missing_or_unknown_is_told(void **state)
{
    (void)state;
    static const char *const needing[] = { "-r", "-i", "-S", "-l", "-c", "-k", "--workers", "--user", "--set" };
    for (unsigned i = 0; i < sizeof needing / sizeof needing[0]; i++)
        CHECK(READ("-T", needing[i]) == OPTIONS_USAGE && strstr(said, "a value is missing after") != NULL);
    CHECK(READ("-Z") == OPTIONS_USAGE && strstr(said, "unknown option: -Z") != NULL);
    CHECK(READ("--nonsense") == OPTIONS_USAGE && strstr(said, "--nonsense") != NULL);
    CHECK(READ("--test=1") == OPTIONS_USAGE);
    CHECK(READ("-r", "a", "-k", "some") == OPTIONS_USAGE && strstr(said, "all or none, not: some") != NULL);
    CHECK(strstr(said, "Try 'excised --help'") != NULL);
}

static void long_options_may_be_cut(void **state)
{
    (void)state;
    CHECK(READ("-r", "a", "--summ") == OPTIONS_RUN && o.summary);
    CHECK(READ("-r", "a", "--no-progress") == OPTIONS_RUN && o.no_progress);
}

static void help_and_version_are_answered(void **state)
{
    (void)state;
    CHECK(READ("-h") == OPTIONS_DONE && strstr(said, "usage: excised") != NULL);
    CHECK(READ("-r", "a", "--version") == OPTIONS_DONE && strcmp(said, "excised " EXCISE_VERSION "\n") == 0);
    CHECK(READ("--help") == OPTIONS_DONE && strlen(said) < sizeof said - 1);
}

static void lists_have_an_end(void **state)
{
    (void)state;
    const char *words[2 * OPTIONS_LIST_MAX + 3] = { NULL };
    for (unsigned i = 0; i <= OPTIONS_LIST_MAX; i++)
        words[i] = "-ra";
    CHECK(read_words(words) == OPTIONS_USAGE && strstr(said, "too many of one option: a") != NULL);
    words[OPTIONS_LIST_MAX] = NULL;
    CHECK(read_words(words) == OPTIONS_RUN && o.n_files == OPTIONS_LIST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay),
        cmocka_unit_test(monitoring),
        cmocka_unit_test(files_and_interfaces_exclude_each_other),
        cmocka_unit_test(what_stands_behind_is_one_filter),
        cmocka_unit_test(workers_are_a_number_from_1_to_64),
        cmocka_unit_test(what_is_missing_or_unknown_is_told),
        cmocka_unit_test(long_options_may_be_cut),
        cmocka_unit_test(help_and_version_are_answered),
        cmocka_unit_test(lists_have_an_end),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    options_free(&o);
    return failed;
}
