/* excised: reads its command line, settings and rules, and runs. */
#include "firmware/load.h"
#include "firmware/options.h"
#include "firmware/run.h"
#include "firmware/say.h"
#include "firmware/settings.h"

#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

/* A file opened in the place of a closed standard stream would get its words. */
static void fill_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int settings_of(const struct options *o, struct config *cfg, struct error *e)
{
    *cfg = config_defaults();
    if (o->config_file != NULL && settings_load(cfg, o->config_file, e) != 0)
        return -1;
    for (unsigned i = 0; i < o->n_set; i++)
        if (settings_set(cfg, o->set[i], "--set", e) != 0)
            return -1;
    if (o->checksums != NULL)
        cfg->checksums = strcmp(o->checksums, "all") == 0;
    if (cfg->sensor_name[0] == '\0')
        gethostname(cfg->sensor_name, sizeof cfg->sensor_name - 1);
    return 0;
}

static int run(const struct options *o, const struct config *cfg)
{
    struct loaded_rules rules;
    struct error e;
    if (load_rules(o, cfg, &rules, &e) != 0) {
        say("error", "%s", e.text);
        return 1;
    }
    int status = 0;
    if (rules.rules == 0 && !o->quiet)
        say("note", "no rule is loaded: nothing will be reported but what went by");
    if (o->test) {
        if (!o->quiet)
            printf("settings are good; rules loaded: %u, refused: %u\n", rules.rules, rules.refused);
        status = rules.refused > 0 ? 1 : 0;
    } else {
        status = o->n_files > 0 ? run_files(o, cfg, &rules.rs) : run_live(o, cfg, &rules.rs);
    }
    load_free(&rules);
    return status;
}

int main(int argc, char **argv)
{
    struct options o;
    struct config cfg;
    struct error e;
    int status = 1;
    fill_standard_streams();
    switch (options_read(&o, argc, argv)) {
    case OPTIONS_DONE:  return 0;
    case OPTIONS_USAGE: return 2;
    case OPTIONS_RUN:   break;
    }
    if (settings_of(&o, &cfg, &e) != 0) {
        say("error", "%s", e.text);
    } else if (o.dump_config) {
        settings_dump(&cfg, stdout);
        status = 0;
    } else {
        status = run(&o, &cfg);
    }
    options_free(&o);
    return status;
}
