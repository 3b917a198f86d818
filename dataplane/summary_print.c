/* The table's looks: as wide as the terminal, columns no wider than what stands in them. */
#include "summary_groups.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_MAX = 500, WIDTH_DEFAULT = 200, WIDTH_MIN = 60 };
enum { COL_WHEN = 19, COL_SEV = 3, COL_COUNT = 6, MSG_MIN = 20 };

bool summary_wants_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(out)) && (no == NULL || *no == '\0')
           && (term == NULL || strcmp(term, "dumb") != 0);
}

unsigned summary_width(FILE *out)
{
    struct winsize w;
    return ioctl(fileno(out), TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/* Left-aligned in `width` columns; what is longer ends in "..". */
static void cell(FILE *out, const char *text, unsigned width)
{
    size_t n = strlen(text);
    if (n <= width)
        fprintf(out, "%-*s  ", (int)width, text);
    else
        fprintf(out, "%.*s..  ", (int)width - 2, text);
}

static void when(uint64_t ns, char out[32])
{
    time_t t = (time_t)(ns / 1000000000);
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        strcpy(out, "-");
}

struct widths { unsigned client, found, campaign, msg; };

static unsigned longest(unsigned a, size_t b, unsigned most)
{
    unsigned w = b > a ? (unsigned)b : a;
    return w < most ? w : most;
}

/* Each column as wide as its longest text, within limits; the message takes what is left, and when
 * that is too little, the others give way. */
static struct widths fit(const struct summary *s, unsigned total)
{
    struct widths w = { 6, 5, 0, 0 };
    char address[ADDR_TEXT_MAX];
    for (uint32_t i = 0; i < s->n; i++) {
        w.client = longest(w.client, addr_text(&s->group[i].client, address), 39);
        w.found = longest(w.found, strlen(s->group[i].found), 48);
        if (s->group[i].campaign[0] != '\0')
            w.campaign = longest(longest(w.campaign, 8, 28), strlen(s->group[i].campaign), 28);
    }
    for (;;) {
        unsigned fixed = COL_WHEN + COL_SEV + COL_COUNT + 6 + w.client + 2 + w.found + 2
                         + (w.campaign > 0 ? w.campaign + 2 : 0);
        w.msg = total > fixed ? total - fixed : 0;
        if (w.msg >= MSG_MIN || (w.found <= 12 && w.campaign <= 8 && w.client <= 15))
            break;
        w.found -= w.found > 12;
        w.campaign -= w.campaign > 8;
        w.client -= w.client > 15 && w.found <= 12;
    }
    w.msg = w.msg < MSG_MIN ? MSG_MIN : w.msg;
    return w;
}

static int by_severity(const void *a, const void *b)
{
    const struct group *x = *(const struct group *const *)a, *y = *(const struct group *const *)b;
    if (x->severity != y->severity)
        return x->severity < y->severity ? -1 : 1;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void row(FILE *out, const struct group *g, const struct widths *w, bool colour)
{
    static const char *const paint[] = { "", "\033[1;31m", "\033[33m", "\033[36m" };
    char time_text[32], address[ADDR_TEXT_MAX], count[24], severity[8];
    when(g->first_ns, time_text);
    addr_text(&g->client, address);
    snprintf(count, sizeof count, "%" PRIu64, g->count);
    snprintf(severity, sizeof severity, "%u", g->severity);
    if (colour)
        fputs(paint[g->severity < 4 ? g->severity : 0], out);
    cell(out, time_text, COL_WHEN);
    cell(out, address, w->client);
    cell(out, g->found, w->found);
    if (w->campaign > 0)
        cell(out, g->campaign, w->campaign);
    cell(out, severity, COL_SEV);
    fprintf(out, "%*s  ", COL_COUNT, count);
    fprintf(out, "%.*s%s", (int)w->msg, g->msg, strlen(g->msg) > w->msg ? ".." : "");
    fprintf(out, "%s%s\n", g->blocked ? " [blocked]" : "", colour ? "\033[0m" : "");
}

static void table(const struct summary *s, FILE *out, bool colour, unsigned width)
{
    struct widths w = fit(s, width - 2);
    const struct group **rows = calloc(s->n > 0 ? s->n : 1, sizeof *rows);
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < s->n; i++)
        rows[i] = &s->group[i];
    qsort(rows, s->n, sizeof *rows, by_severity);
    if (colour)
        fputs("\033[1m", out);
    cell(out, "FIRST SEEN (UTC)", COL_WHEN);
    cell(out, "CLIENT", w.client);
    cell(out, "FOUND", w.found);
    if (w.campaign > 0)
        cell(out, "CAMPAIGN", w.campaign);
    cell(out, "SEV", COL_SEV);
    fprintf(out, "%*s  MESSAGE%s\n", COL_COUNT, "TIMES", colour ? "\033[0m" : "");
    for (uint32_t i = 0; i < s->n && i < ROWS_MAX; i++)
        row(out, rows[i], &w, colour);
    if (s->n > ROWS_MAX)
        fprintf(out, "... and %" PRIu32 " more rows; eve.json has every alert\n", s->n - ROWS_MAX);
    free(rows);
}

static uint64_t counter(const struct stat_value *v, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(v[i].name, name) == 0)
            return v[i].value;
    return 0;
}

static void seen(const struct summary *s, FILE *out, const struct stat_value *v, unsigned n)
{
    static const struct { enum event_type type; const char *what; } protocols[] = {
        { EVENT_HTTP, "HTTP" }, { EVENT_TLS, "TLS" }, { EVENT_QUIC, "QUIC" }, { EVENT_DNS, "DNS" },
        { EVENT_NPM, "npm" },
    };
    fprintf(out, "Seen: %" PRIu64 " packets, %" PRIu64 " flows", counter(v, n, "decoder.pkts"),
            counter(v, n, "flow.total"));
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (s->events[protocols[i].type] > 0)
            fprintf(out, ", %" PRIu64 " %s", s->events[protocols[i].type], protocols[i].what);
    fprintf(out, ". Alerts: %" PRIu64, s->alerts);
    if (s->beyond > 0)
        fprintf(out, ", %" PRIu64 " of them beyond the table", s->beyond);
    fputs(".\n", out);
}

/* A box that hides what it could not see would be trusted too much. */
static void not_seen(FILE *out, const struct stat_value *v, unsigned n)
{
    static const struct { const char *name, *words; } blind[] = {
        { "excise.blind.tls_by_sni_only", "TLS connections known by server name only" },
        { "excise.blind.tls_without_sni", "TLS connections without a server name" },
        { "excise.blind.ech", "connections with an encrypted ClientHello: their real name is hidden" },
        { "excise.blind.ech_grease", "connections with a dummy ECH extension (no blindness)" },
        { "excise.blind.quic_without_sni", "QUIC connections without a server name" },
        { "excise.blind.flows_with_gaps", "flows with bytes missing" },
        { "excise.blind.midstream_flows", "flows whose beginning was not captured" },
        { "excise.blind.unclaimed_flows", "flows of a protocol that is not parsed" },
        { "excise.blind.evicted_flows", "flows given up because the flow table was full" },
        { "excise.decoder.tunnel_not_followed", "packets in tunnels that are not followed" },
        { "excise.decoder.snapped", "packets cut short by the capture" },
        { "excise.decoder.bad_checksum", "packets with a bad checksum" },
        { "decoder.invalid", "malformed packets" },
        { "capture.kernel_drops", "packets the kernel dropped before they were read" },
        { "excise.tcp.no_memory", "times stream memory ran out" },
        { "excise.app.no_memory", "times parser memory ran out" },
        { "excise.events.lines_lost", "events the disk did not take" },
    };
    bool any = false;
    for (size_t i = 0; i < sizeof blind / sizeof blind[0]; i++) {
        uint64_t count = counter(v, n, blind[i].name);
        if (count == 0)
            continue;
        if (!any)
            fputs("Not or not wholly seen:\n", out);
        fprintf(out, "%10" PRIu64 " %s\n", count, blind[i].words);
        any = true;
    }
}

void summary_print(const struct summary *s, FILE *out, bool colour, unsigned width,
                   const struct stat_value *counters, unsigned n)
{
    if (width == 0)
        width = WIDTH_DEFAULT;
    if (s->n > 0)
        table(s, out, colour, width < WIDTH_MIN ? WIDTH_MIN : width);
    else
        fputs("No alerts.\n", out);
    fputc('\n', out);
    seen(s, out, counters, n);
    not_seen(out, counters, n);
}
