#ifndef FIRMWARE_OPTIONS_H
#define FIRMWARE_OPTIONS_H
/* excised's command line. Letters mean what they mean in Suricata and tcpdump. */
#include "api/config.h"
#include "base/error.h"

enum { OPTIONS_LIST_MAX = 256 };

struct options {
    const char *files[OPTIONS_LIST_MAX];    /* -r */
    unsigned n_files;
    const char *ifaces[OPTIONS_LIST_MAX];   /* -i */
    unsigned n_ifaces;
    const char *rules[OPTIONS_LIST_MAX];    /* -S, or the shipped ones */
    unsigned n_rules;
    const char *log_dir;                    /* -l */
    const char *config_file;                /* -c */
    const char *user;                       /* --user */
    char *filter;                           /* what stands after the options; heap */
    unsigned workers;
    bool test;                              /* -T */
    bool quiet, verbose, summary, no_progress, dump_config;
    const char *checksums;                  /* -k; NULL: as configured */
    const char *set[OPTIONS_LIST_MAX];      /* --set key=value, over the configuration file */
    unsigned n_set;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_USAGE };

/* Reads argv. OPTIONS_DONE: --help or --version was answered; OPTIONS_USAGE: a sentence went to
 * stderr. */
enum options_result options_read(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
