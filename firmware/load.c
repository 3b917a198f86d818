/* From rule files to the image that the dataplane reads, in this process. What is refused is named
 * and the rest is used; -T makes any refusal an error. */
#include "firmware/load.h"

#include "firmware/say.h"
#include "rules/compile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_MAX = 5 };          /* refusals that are named without -v */

/* The shipped rules: beside the program when it runs from the tree, under its own prefix when it is
 * installed, wherever that was put; else where it was meant to be installed. */
static const char *shipped_rules(char *room, size_t n)
{
    static const char *const places[] = { "/rules/std", "/share/excise/rules" };
    ssize_t len = readlink("/proc/self/exe", room, n - 32);
    if (len <= 0)
        return EXCISE_RULES;
    room[len] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(room, '/');
        if (slash == NULL)
            return EXCISE_RULES;
        *slash = '\0';
    }
    char *end = room + strlen(room);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        strcpy(end, places[i]);
        if (access(room, R_OK) == 0)
            return room;
    }
    return EXCISE_RULES;
}

struct told { const struct options *o; unsigned n; };

static bool may_tell(struct told *t)
{
    t->n++;
    return t->o->verbose || t->o->test || (!t->o->quiet && t->n <= TOLD_MAX);
}

static void tell_list(void *ctx, const char *file, uint32_t line, const char *reason)
{
    if (may_tell(ctx))
        say("refused", "%s:%u: %s", file, line, reason);
}

static void tell_rules(struct told *t, const struct rules *r)
{
    for (uint32_t i = 0; i < r->n_refusals; i++) {
        const struct refusal *f = &r->refusals[i];
        bool remedy = f->remedy != NULL && f->remedy[0] != '\0';
        if (may_tell(t))
            say("refused", "%s:%u:%u: %s%s%s", f->file, f->line, f->column, f->reason,
                remedy ? "; " : "", remedy ? f->remedy : "");
    }
    if (!t->o->quiet && !t->o->verbose && !t->o->test && t->n > TOLD_MAX)
        say("refused", "%u more; -v names them all", t->n - TOLD_MAX);
}

/* A home_net that can't be read would be told at each rule that uses it, or at none. */
static int check_home_net(const struct lang_vars *vars, struct error *e)
{
    static const char rule[] = "alert ip $HOME_NET any -> any any (sid:1;)";
    struct rules r = { 0 };
    int result = 0;
    rules_parse(&r, vars, "home_net", (struct span){ (const uint8_t *)rule, sizeof rule - 1 });
    if (r.n_refusals > 0)
        result = error_set(e, "home_net: %s%s%s", r.refusals[0].reason,
                           r.refusals[0].remedy != NULL ? "; " : "",
                           r.refusals[0].remedy != NULL ? r.refusals[0].remedy : "");
    rules_free(&r);
    return result;
}

static int read_all(const struct options *o, const struct config *cfg, struct rules *r,
                    struct error *e)
{
    struct lang_vars *vars = calloc(1, sizeof *vars);
    char beside[4096];
    int result = 0;
    if (vars == NULL)
        return error_set(e, "no memory for the rules' variables");
    lang_vars_default(vars, cfg->home_net);
    result = check_home_net(vars, e);
    if (result == 0 && o->n_rules == 0) {
        const char *shipped = shipped_rules(beside, sizeof beside);
        if (access(shipped, R_OK) != 0)
            result = error_set(e, "%s: the shipped rules are not there; name rules with -S", shipped);
        else
            result = rules_load(r, vars, shipped, e);
    }
    for (unsigned i = 0; i < o->n_rules && result == 0; i++)
        result = rules_load(r, vars, o->rules[i], e);
    free(vars);
    return result;
}

int load_rules(const struct options *o, const struct config *cfg, struct loaded_rules *out,
               struct error *e)
{
    struct rules r = { 0 };
    struct told told = { .o = o };
    struct compile_stats stats = { 0 };
    size_t n = 0;
    *out = (struct loaded_rules){ 0 };
    int result = read_all(o, cfg, &r, e);
    if (result == 0)
        result = rules_compile(&r, tell_list, &told, &out->image, &n, &stats, e);
    tell_rules(&told, &r);
    if (result == 0)
        result = ruleset_check(out->image, n, &out->rs, e);
    out->rules = stats.rules;
    out->refused = told.n;
    if (result == 0 && o->verbose)
        say("", "%u rules, %llu list entries, %u patterns, %u endings, %u refused, image of %llu KiB",
            stats.rules, (unsigned long long)stats.list_entries, stats.patterns, stats.endings,
            told.n, (unsigned long long)stats.image_size >> 10);
    rules_free(&r);
    if (result != 0)
        load_free(out);
    return result;
}

void load_free(struct loaded_rules *l)
{
    free(l->image);
    *l = (struct loaded_rules){ 0 };
}
