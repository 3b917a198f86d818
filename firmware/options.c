/* The command line: read with getopt_long, so that bundled and abbreviated forms work as usual. */
#include "firmware/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "excised " EXCISE_VERSION ": finds malicious npm packages and their command and control in traffic\n"
    "\n"
    "usage: excised -r FILE|FOLDER|- [-S RULES] [-l DIR] [FILTER]    replay captures\n"
    "       excised -i IFACE         [-S RULES] [-l DIR] [FILTER]    monitor a SPAN port\n"
    "       excised -T               [-S RULES] [-c FILE]            check settings and rules\n"
    "\n"
    "  -r FILE          pcap or pcapng file, folder of them, or - for standard input; may be repeated\n"
    "  -i IFACE         network interface; may be repeated\n"
    "  -S RULES         .rules file or folder of them, instead of the shipped rules; may be repeated\n"
    "  -l DIR           folder for eve.json (default: the current one)\n"
    "  -c FILE          settings, YAML; see excised(8)\n"
    "  -k all|none      check checksums or not (default: none)\n"
    "  -T               check settings and rules, and exit; any refused rule is an error\n"
    "  -q               print nothing but errors\n"
    "  -v               say what was loaded, and name each refused rule\n"
    "  -V, --version    print the version\n"
    "  -h, --help       print this\n"
    "      --workers N  threads for -i (default 1)\n"
    "      --user NAME  who to become once interfaces are open (default: excise, else nobody)\n"
    "      --set K=V    a setting, over the settings file: --set memory.flows=200000\n"
    "      --summary    print the table of findings also when not on a terminal\n"
    "      --no-progress  don't show on a terminal how far a replay is\n"
    "      --dump-config  print all settings with their values, and exit\n"
    "\n"
    "FILTER is a tcpdump expression: excised -i eth1 'net 10.1.0.0/16 and not port 22'\n"
    "Exit status: 0 ran, 1 failed (a capture was cut short, say), 2 usage.\n";

enum { OPT_WORKERS = 256, OPT_USER, OPT_SET, OPT_SUMMARY, OPT_NO_PROGRESS, OPT_DUMP };

static const struct option longs[] = {
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { "workers", required_argument, NULL, OPT_WORKERS },
    { "user", required_argument, NULL, OPT_USER },
    { "set", required_argument, NULL, OPT_SET },
    { "summary", no_argument, NULL, OPT_SUMMARY },
    { "no-progress", no_argument, NULL, OPT_NO_PROGRESS },
    { "dump-config", no_argument, NULL, OPT_DUMP },
    { NULL, 0, NULL, 0 },
};

static enum options_result wrong(const char *sentence, const char *value)
{
    fprintf(stderr, "excised: %s%s%s\nTry 'excised --help'.\n", sentence, value != NULL ? ": " : "",
            value != NULL ? value : "");
    return OPTIONS_USAGE;
}

/* getopt tells a letter it does not know in optopt, and of a long option nothing. */
static enum options_result unknown(char **argv)
{
    char letter[] = { '-', (char)optopt, '\0' };
    return wrong("unknown option", optopt > 0 && optopt < OPT_WORKERS ? letter : argv[optind - 1]);
}

static bool add(const char **list, unsigned *n, const char *value)
{
    if (*n == OPTIONS_LIST_MAX)
        return false;
    list[(*n)++] = value;
    return true;
}

/* tcpdump's habit: all that is left is one expression. */
static char *join(char **words, int n)
{
    size_t len = 1;
    for (int i = 0; i < n; i++)
        len += strlen(words[i]) + 1;
    char *s = calloc(1, len);
    for (int i = 0; s != NULL && i < n; i++) {
        strcat(s, i > 0 ? " " : "");
        strcat(s, words[i]);
    }
    return s;
}

/* What a filter is not: `-r *.pcap`, and options after it. */
static enum options_result check_filter(char **words, int n)
{
    for (int i = 0; i < n; i++) {
        if (words[i][0] == '-' && (isalpha((unsigned char)words[i][1]) || words[i][1] == '-'))
            return wrong("options go before the filter", words[i]);
        if (strchr(words[i], '.') != NULL && access(words[i], F_OK) == 0)
            return wrong("each file needs an -r of its own, or name their folder", words[i]);
    }
    return OPTIONS_RUN;
}

static enum options_result check(const struct options *o)
{
    if (o->n_files > 0 && o->n_ifaces > 0)
        return wrong("-r and -i exclude each other", NULL);
    if (o->n_files == 0 && o->n_ifaces == 0 && !o->test && !o->dump_config)
        return wrong("nothing to read: give -r FILE or -i IFACE", NULL);
    return OPTIONS_RUN;
}

enum options_result options_read(struct options *o, int argc, char **argv)
{
    *o = (struct options){ .workers = 1 };
    bool room = true;
    unsigned long workers;
    char *end;
    for (int c; (c = getopt_long(argc, argv, "+:r:i:S:s:l:c:k:TqvVh", longs, NULL)) != -1;) {
        switch (c) {
        case 'r': room = add(o->files, &o->n_files, optarg); break;
        case 'i': room = add(o->ifaces, &o->n_ifaces, optarg); break;
        case 'S': case 's': room = add(o->rules, &o->n_rules, optarg); break;
        case 'l': o->log_dir = optarg; break;
        case 'c': o->config_file = optarg; break;
        case 'T': o->test = true; break;
        case 'q': o->quiet = true; o->verbose = false; break;
        case 'v': o->verbose = true; o->quiet = false; break;
        case 'k':
            if (strcmp(optarg, "all") != 0 && strcmp(optarg, "none") != 0)
                return wrong("-k takes all or none, not", optarg);
            o->checksums = optarg;
            break;
        case 'V': puts("excised " EXCISE_VERSION); return OPTIONS_DONE;
        case 'h': fputs(help, stdout); return OPTIONS_DONE;
        case OPT_WORKERS:
            workers = strtoul(optarg, &end, 10);
            if (*end != '\0' || workers == 0 || workers > 64)
                return wrong("--workers takes a number from 1 to 64, not", optarg);
            o->workers = (unsigned)workers;
            break;
        case OPT_USER: o->user = optarg; break;
        case OPT_SET: room = add(o->set, &o->n_set, optarg); break;
        case OPT_SUMMARY: o->summary = true; break;
        case OPT_NO_PROGRESS: o->no_progress = true; break;
        case OPT_DUMP: o->dump_config = true; break;
        case ':': return wrong("a value is missing after", argv[optind - 1]);
        default: return unknown(argv);
        }
        if (!room)
            return wrong("too many of one option", optarg);
    }
    bool told = strcmp(argv[optind - 1], "--") == 0;    /* whatever follows is the filter */
    if (!told && check_filter(argv + optind, argc - optind) != OPTIONS_RUN)
        return OPTIONS_USAGE;
    if (optind < argc && (o->filter = join(argv + optind, argc - optind)) == NULL)
        return wrong("no memory", NULL);
    return check(o);
}

void options_free(struct options *o)
{
    free(o->filter);
}
