/* The terminal table: grouping, widths, escapes, bounds. */
#include "events_fixture.h"
#include "summary.h"

static void see(struct fixture *x, struct summary *s, const char *package, uint32_t sid)
{
    static const struct kv meta[] = {
        { { (const uint8_t *)"campaign", 8 }, { (const uint8_t *)"contagious-interview", 20 } },
    };
    struct alert_info a = { .sid = sid, .severity = (uint8_t)(1 + sid % 3), .tx_id = -1,
                            .msg = SPAN("NPM listed package"), .metadata = meta, .n_metadata = 1 };
    struct npm_fact npm = { .spec = fx_span(package) };
    struct http_tx tx = { .has_request = true };
    struct fact f = { .kind = FACT_NPM, .npm = &npm, .http = &tx };
    CHECK(record_alert(x->ring, &x->meta, &a, &f));
    size_t n = ring_take(x->ring, x->record, sizeof x->record);
    CHECK(record_read((struct span){ x->record, n }, &x->event));
    summary_add(s, &x->event);
}

static char *printed(const struct summary *s, bool colour, unsigned width)
{
    static const struct stat_value v[] = {
        { "decoder.pkts", 1234 }, { "flow.total", 56 }, { "excise.blind.ech", 3 },
        { "excise.blind.ech_grease", 0 },
    };
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    summary_print(s, out, colour, width, v, 4);
    fclose(out);
    return text;
}

static unsigned lines_with(const char *text, const char *word)
{
    unsigned n = 0;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
        n++;
    return n;
}

static void equal_alerts_are_one_row(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct summary *s = summary_open();
    for (int i = 0; i < 41; i++)
        see(x, s, "left-pad@6.6.6", 3);
    see(x, s, "other@1.0.0", 3);
    x->flow.client = fx_addr("10.20.0.16");
    see(x, s, "left-pad@6.6.6", 3);
    char *text = printed(s, false, 120);
    CHECK(lines_with(text, "left-pad@6.6.6") == 2 && lines_with(text, "other@1.0.0") == 1);
    CHECK(strstr(text, "    41  NPM listed package\n") != NULL);
    CHECK(strstr(text, "2025-11-24 16:00:00  10.20.0.15  left-pad@6.6.6  contagious-interview  1") != NULL);
    CHECK(strstr(text, "Seen: 1234 packets, 56 flows. Alerts: 43.") != NULL);
    CHECK(strstr(text, "         3 connections with an encrypted ClientHello") != NULL);
    CHECK(strstr(text, "dummy") == NULL && strchr(text, '\033') == NULL);
    CHECK(summary_alerts(s) == 43);
    free(text);
    summary_close(s);
    fx_close(x);
}

static void rows_fit_the_terminal_and_drive_nothing(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct summary *s = summary_open();
    see(x, s, "\033]0;owned\a@1.0.0", 1);
    see(x, s, "a-very-long-package-name-that-goes-on-and-on-and-on-and-on-and-on@1.0.0", 2);
    for (unsigned width = 100; width < 200; width += 7) {
        char *text = printed(s, false, width);
        CHECK(strchr(text, '\033') == NULL && strchr(text, '\a') == NULL);
        CHECK(strstr(text, "\\x1b]0;") != NULL);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
            CHECK(strlen(line) <= width);
        free(text);
    }
    char *text = printed(s, true, 1);
    CHECK(lines_with(text, "\033[0m") == 3);
    free(text);
    summary_close(s);
    fx_close(x);
}

static void more_than_the_table_holds_is_counted(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct summary *s = summary_open();
    for (unsigned i = 0; i < SUMMARY_GROUPS + 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%u@1.0.0", i);
        see(x, s, name, 1);
    }
    char *text = printed(s, false, 0);
    CHECK(strstr(text, "Alerts: 10100, 100 of them beyond the table.") != NULL);
    CHECK(strstr(text, "... and 9500 more rows") != NULL);
    free(text);
    summary_close(s);
    fx_close(x);
}

static void nothing_found_is_said(void **state)
{
    (void)state;
    struct summary *s = summary_open();
    char *text = printed(s, false, 80);
    CHECK(strncmp(text, "No alerts.\n", 11) == 0);
    free(text);
    summary_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_alerts_are_one_row),
        cmocka_unit_test(rows_fit_the_terminal_and_drive_nothing),
        cmocka_unit_test(more_than_the_table_holds_is_counted),
        cmocka_unit_test(nothing_found_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
