/* http2: the facts of whole connections, however they are cut; what is broken ends one direction. */
#include "app/http2.h"
#include "test.h"

#include <stdio.h>

static struct pool *pool;
static char seen[8192];
static size_t seen_len;
static struct app_out out;
static struct http2 h2;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(seen + seen_len, sizeof seen - seen_len, format, args);
    va_end(args);
    if (n > 0 && seen_len + (size_t)n < sizeof seen)
        seen_len += (size_t)n;
}

#define TEXT(s) (int)(s).n, (const char *)(s).p

static void on_fact(void *ctx, const struct fact *f)
{
    (void)ctx;
    const struct http_tx *t = f->http;
    switch (f->kind) {
    case FACT_HTTP_REQUEST:
        note("%u> %.*s %.*s %.*s:%u ua=%.*s n=%u\n", t->stream, TEXT(t->req.method), TEXT(t->req.uri),
             TEXT(t->req.host), t->req.port, TEXT(t->req.user_agent), t->req.n_headers);
        CHECK(t->req.version == 20 && t->has_request);
        break;
    case FACT_HTTP_RESPONSE:
        note("%u< %u %.*s for %.*s\n", t->stream, t->resp.status, TEXT(t->resp.content_type), TEXT(t->req.uri));
        CHECK(t->resp.version == 20 && t->has_response);
        break;
    case FACT_HTTP_BODY:
        if (f->body_end)
            note("%u body %.*s\n", t->stream, TEXT(f->body));
        break;
    case FACT_HTTP_DONE:
        note("%u done %u+%u%s\n", t->stream, (unsigned)t->req_body_len, (unsigned)t->resp_body_len, t->gap ? " gap" : "");
        break;
    case FACT_ANOMALY:
        note("! %s\n", f->anomaly);
        break;
    default:
        break;
    }
}

static int begin(void **state)
{
    (void)state;
    pool = pool_open(8 << 20);
    out = (struct app_out){ .fact = on_fact, .pool = pool,
                            .limits = { .head_max = 65536, .body_max = 4096, .pipeline_max = 64 } };
    http2_open(&h2);
    seen_len = 0;
    seen[0] = '\0';
    return pool == NULL;
}

static int end(void **state)
{
    (void)state;
    http2_close(&h2, &out);
    int left = (int)pool_in_use(pool);
    pool_close(pool);
    return left;
}

static struct app_result give(enum dir dir, struct span s)
{
    struct span copy = exact_copy(s, s.n);
    struct app_result r = http2_feed(&h2, dir, copy, &out);
    exact_free(copy);
    return r;
}

static bool told(const char *text)
{
    if (strcmp(seen, text) != 0)
        fprintf(stderr, "wanted:\n%sseen:\n%s", text, seen);
    return strcmp(seen, text) == 0;
}

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS_EMPTY "\0\0\0\4\0\0\0\0\0"

/* GET /left-pad, authority with port, user-agent into the table; then the same by reference, with a body */
#define REQUEST_1 "\0\0\x31\1\5\0\0\0\1" "\x82\x86\x44\x09/left-pad" "\x41\x10" "Npm.example:4873" "\x7a\x0b" "npm/11 node" "\0\1a\1b"
#define REQUEST_3 "\0\0\x05\1\4\0\0\0\3" "\x83\x86\xc0\xbf\xbe" "\0\0\3\0\0\0\0\0\3" "abc" "\0\0\5\0\x09\0\0\0\3" "\2de\0\0"
#define RESPONSE_1 "\0\0\5\1\4\0\0\0\1" "\x08\3" "103" "\0\0\x0d\1\4\0\0\0\1" "\x88\x5f\x0atext/plain" \
                   "\0\0\5\0\0\0\0\0\1" "hello" "\0\0\0\0\1\0\0\0\1"
#define RESPONSE_3 "\0\0\2\1\0\0\0\0\3" "\x8d\xbe" "\0\0\0\x09\4\0\0\0\3" "\0\0\2\0\0\0\0\0\3" "no" \
                   "\0\0\5\1\5\0\0\0\3" "\0\1x\1y"

static void requests_and_responses_are_told(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY REQUEST_1));
    give(TO_CLIENT, SPAN(SETTINGS_EMPTY "\0\0\0\4\1\0\0\0\0" RESPONSE_1));
    CHECK(told("1> GET /left-pad npm.example:4873 ua=npm/11 node n=3\n"
               "1< 200 text/plain for /left-pad\n"
               "1 done 0+5\n"));
}

static const struct { enum dir dir; struct span s; } talk[] = {
    { TO_SERVER, SPAN(PREFACE "\0\0\6\4\0\0\0\0\0" "\0\1\0\1\0\0") },
    { TO_CLIENT, SPAN(SETTINGS_EMPTY "\0\0\4\x08\0\0\0\0\0" "\0\0\0\1") },
    { TO_SERVER, SPAN(REQUEST_1 "\0\0\x08\6\0\0\0\0\0" "pingpong" REQUEST_3) },
    { TO_CLIENT, SPAN(RESPONSE_1 RESPONSE_3) },
    { TO_SERVER, SPAN("\0\0\3\1\5\0\0\0\5" "\x82\x86\xbf" "\0\0\4\3\0\0\0\0\5" "\0\0\0\x08") },
};

static const char talk_told[] =
    "1> GET /left-pad npm.example:4873 ua=npm/11 node n=3\n"
    "3> POST /left-pad npm.example:4873 ua=npm/11 node n=2\n"
    "3 body abcde\n"
    "1< 200 text/plain for /left-pad\n"
    "1 body hello\n"
    "1 done 0+5\n"
    "3< 404 text/plain for /left-pad\n"
    "3 body no\n"
    "3 done 5+2\n"
    "5> GET  npm.example:4873 ua= n=1\n"
    "! HTTP_REQUEST_WITHOUT_TARGET\n"
    "5 done 0+0\n";

static void hold_talk(size_t cut)
{
    out.want_req_body = out.want_resp_body = true;
    for (size_t i = 0; i < sizeof talk / sizeof talk[0]; i++)
        for (size_t at = 0; at < talk[i].s.n; at += cut)
            CHECK(give(talk[i].dir, span_sub(talk[i].s, at, cut)).status == APP_MORE);
}

static void every_cut_tells_the_same(void **state)
{
    for (size_t cut = 1; cut < 100; cut++) {
        begin(state);
        hold_talk(cut);
        CHECK(told(talk_told));
        CHECK(end(state) == 0);
    }
    begin(state);
    hold_talk(SIZE_MAX / 2);
    CHECK(told(talk_told));
    CHECK(end(state) == 0);
}

static void the_preface_is_known(void **state)
{
    (void)state;
    struct span p = SPAN(PREFACE SETTINGS_EMPTY);
    for (size_t n = 0; n <= p.n; n++)
        CHECK(http2_probe(span_sub(p, 0, n)) == (n < 24 ? PROBE_MORE : PROBE_YES));
    CHECK(http2_probe(SPAN("PRINT / HTTP/1.1")) == PROBE_NO && http2_probe(SPAN("\x16\3\1")) == PROBE_NO);
}

static void a_block_goes_on_in_continuations(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY "\0\0\x0a\1\x29\0\0\0\1" "\2" "\0\0\0\0\x10" "\x82\x86" "\0\0"));
    give(TO_SERVER, SPAN("\0\0\4\x09\0\0\0\0\1" "\x44\5/a" "\0\0\0\x09\0\0\0\0\1" "\0\0\3\x09\4\0\0\0\1" "bcd"));
    CHECK(told("1> GET /abcd :0 ua= n=0\n"));
}

static void broken_frames_lose_their_direction(void **state)
{
    static const struct { const char *name; struct span s; } bad[] = {
        { "! HTTP2_BAD_PREFACE\n", SPAN("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n") },
        { "! HTTP2_NO_SETTINGS\n", SPAN(PREFACE "\0\0\0\1\4\0\0\0\1") },
        { "! HTTP2_BAD_FRAME_ORDER\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\1\1\0\0\0\0\1\x82" "\0\0\0\0\0\0\0\0\1") },
        { "! HTTP2_BAD_FRAME_ORDER\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\0\x09\4\0\0\0\1") },
        { "! HTTP2_BAD_PADDING\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\2\0\x08\0\0\0\1" "\2a") },
        { "! HTTP2_BAD_FRAME_LENGTH\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\4\1\x20\0\0\0\1" "abcd") },
        { "! HTTP2_BAD_HEADER_COMPRESSION\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\1\1\4\0\0\0\1" "\xff") },
        { "! HTTP2_BAD_HEADER_COMPRESSION\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\1\1\4\0\0\0\1" "\xbe") },
        { "! HTTP2_BAD_PUSH\n", SPAN(PREFACE SETTINGS_EMPTY "\0\0\5\5\4\0\0\0\1" "\0\0\0\2\x82") },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        begin(state);
        CHECK(give(TO_SERVER, bad[i].s).status == APP_MORE && told(bad[i].name));
        CHECK(give(TO_SERVER, SPAN(REQUEST_1)).status == APP_MORE && told(bad[i].name));
        CHECK(give(TO_CLIENT, SPAN("HTTP/1.1 400 Bad Request\r\n")).status == APP_LOST);
        CHECK(end(state) == 0);
    }
}

static void values_make_no_lines(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY "\0\0\x22\1\5\0\0\0\1" "\x82\x86\x84"
                         "\0\3x y\x0e" "1\r\nhost: evil\0" "\x7a\x09" "\r\n\r\nGET /" ));
    CHECK(told("1> GET / :0 ua=GET / n=2\n! HTTP2_BAD_HEADER\n"));
}

static void too_many_headers_are_cut(void **state)
{
    (void)state;
    out.limits.head_max = 1000;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY "\0\x02\x43\1\1\0\0\0\1" "\x82\x86\x84"));
    for (int i = 0; i < 64; i++)
        give(TO_SERVER, SPAN("\0\3abc\3def"));
    for (int i = 0; i < 2000; i++)          /* a flood of continuations costs nothing more */
        give(TO_SERVER, SPAN("\0\0\x08\x09\0\0\0\0\1" "\0\2ab\3def"));
    CHECK(pool_in_use(pool) < 65536);
    give(TO_SERVER, SPAN("\0\0\0\x09\4\0\0\0\1"));
    CHECK(strncmp(seen, "1> GET / ", 9) == 0 && strstr(seen, "! HTTP2_HEAD_TOO_LONG\n") != NULL);
}

static void the_oldest_stream_makes_room(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY));
    char request[] = "\0\0\3\1\5\0\0\0\1\x82\x86\x84";
    for (unsigned i = 0; i < 200; i++) {
        request[7] = (char)(i >> 7);
        request[8] = (char)(i * 2 + 1);
        give(TO_SERVER, (struct span){ (uint8_t *)request, sizeof request - 1 });
    }
    CHECK(h2.n_streams == HTTP2_STREAMS_MAX && strstr(seen, "1 done 0+0\n") != NULL);
    CHECK(pool_in_use(pool) < HTTP2_STREAMS_MAX * 4096);
}

static void a_gap_in_a_body_is_passed_over(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY REQUEST_1));
    give(TO_CLIENT, SPAN(SETTINGS_EMPTY "\0\0\1\1\4\0\0\0\1\x88" "\0\0\x0a\0\1\0\0\0\1" "he"));
    CHECK(http2_gap(&h2, TO_CLIENT, 6, &out).status == APP_MORE);
    give(TO_CLIENT, SPAN("lo"));
    CHECK(told("1> GET /left-pad npm.example:4873 ua=npm/11 node n=3\n1< 200  for /left-pad\n1 done 0+4 gap\n"));
    CHECK(http2_gap(&h2, TO_CLIENT, 1, &out).status == APP_MORE);
    CHECK(http2_gap(&h2, TO_SERVER, 1, &out).status == APP_LOST);
}

static void a_push_pairs_with_its_response(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY));
    give(TO_CLIENT, SPAN(SETTINGS_EMPTY "\0\0\x0b\5\4\0\0\0\1" "\0\0\0\2\x82\x86\x44\3/js" "\0\0\1\1\5\0\0\0\2\x88"));
    CHECK(told("2> GET /js :0 ua= n=0\n2< 200  for /js\n2 done 0+0\n"));
}

static void nothing_is_told_of_a_closed_stream(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY "\0\0\3\1\5\0\0\0\3" "\x82\x86\x84" "\0\0\4\3\0\0\0\0\3" "\0\0\0\x08"));
    give(TO_CLIENT, SPAN(SETTINGS_EMPTY "\0\0\1\1\4\0\0\0\3\x88" "\0\0\2\0\1\0\0\0\3" "hi"));
    give(TO_CLIENT, SPAN("\0\0\1\1\5\0\0\0\5\x88"));      /* a request that was not seen */
    CHECK(told("3> GET / :0 ua= n=0\n3 done 0+0\n5< 200  for \n5 done 0+0\n"));
}

static void a_larger_table_is_allowed(void **state)
{
    (void)state;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY));
    give(TO_CLIENT, SPAN("\0\0\6\4\0\0\0\0\0" "\0\1\0\0\x40\0"));      /* 16384 */
    give(TO_SERVER, SPAN("\0\0\6\1\5\0\0\0\1" "\x3f\xe1\x7f\x82\x86\x84"));
    CHECK(told("1> GET / :0 ua= n=0\n"));
    give(TO_SERVER, SPAN("\0\0\7\1\5\0\0\0\3" "\x3f\xe1\xff\1\x82\x86\x84"));
    CHECK(told("1> GET / :0 ua= n=0\n! HTTP2_BAD_HEADER_COMPRESSION\n"));
}

static void a_spent_pool_is_a_counter(void **state)
{
    (void)state;
    void *held[2048];
    size_t n = 0;
    give(TO_SERVER, SPAN(PREFACE SETTINGS_EMPTY));
    for (size_t size = POOL_MAX; size >= POOL_MIN; size /= 2)
        while (n < 2048 && (held[n] = pool_take(pool, size)) != NULL)
            n++;
    give(TO_SERVER, SPAN(REQUEST_1));
    CHECK(out.no_memory > 0 && told("! HTTP2_NO_MEMORY\n"));
    while (n > 0)
        pool_give(pool, held[--n]);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(requests_and_responses_are_told),
        cmocka_unit_test(every_cut_tells_the_same),
        CASE(the_preface_is_known),
        CASE(a_block_goes_on_in_continuations),
        cmocka_unit_test(broken_frames_lose_their_direction),
        CASE(values_make_no_lines),
        CASE(too_many_headers_are_cut),
        CASE(the_oldest_stream_makes_room),
        CASE(a_gap_in_a_body_is_passed_over),
        CASE(a_push_pairs_with_its_response),
        CASE(nothing_is_told_of_a_closed_stream),
        CASE(a_larger_table_is_allowed),
        CASE(a_spent_pool_is_a_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
