/* app/http1: what is told of connections, whole and cut anywhere. */
#include "http1_rig.h"
#include "test.h"

enum { TALK_MAX = 16 };

struct said { enum dir dir; struct span bytes; };
#define C(text) { TO_SERVER, SPAN(text) }
#define S(text) { TO_CLIENT, SPAN(text) }

/* One conversation, and what must stand in the account of it; with '!', what must not. */
struct talk { struct said said[TALK_MAX]; const char *told[12]; };

#define GET "GET /a HTTP/1.1\r\nHost: x.example\r\n\r\n"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct talk talks[] = {
    { { C("GET /left-pad/-/left-pad-1.3.0.tgz HTTP/1.1\r\nHost: Registry.NPMJS.org:8080\r\nUser-Agent: npm/11\r\n"
          "Accept: */*\r\nReferer: r\r\nX-Forwarded-For: 10.0.0.1\r\nCookie: a=b\r\n\r\n"),
        S("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: s\r\nContent-Length: 5\r\n\r\nhello") },
      { "REQ 0 m=GET u=/left-pad/-/left-pad-1.3.0.tgz p=HTTP/1.1 v=11 host=registry.npmjs.org raw=Registry.NPMJS.org:8080 "
        "port=8080 ua=npm/11 ref=r acc=*/* xff=10.0.0.1 ck=a=b n=6 h=Host",
        "RSP 0 s=200 v=11 reason=OK ct=text/plain srv=s len=5 n=3", "BODY 0 < 5 b=hello", "DONE 0 q r 0 5 m=GET" } },
    { { C(GET "GET /b HTTP/1.1\n\n" "POST /c HTTP/1.0\nContent-Length: 3\n\nxyzGET /d HTTP/1.1\r\n\r\n"),
        S(OK_EMPTY "HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno" OK_EMPTY OK_EMPTY) },
      { "REQ 1 m=GET u=/b", "BODY 2 > 3 b=xyz", "DONE 1 q r 0 2 m=GET u=/b p=HTTP/1.1 v=11 s=404", "DONE 3 q r" } },
    { { C("\r\n\r\nget http://User:pw@HOST.example.:81/x?y HTTP/1.1\r\nHost: other\r\n\r\n") },
      { "u=http://User:pw@HOST.example.:81/x?y p=HTTP/1.1 v=11 host=host.example raw=HOST.example.:81 port=81", "DONE 0 q 0 0" } },
    { { C("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:443\r\nHost: two\r\n\r\n") }, { "host=2001:db8::1 raw=[2001:DB8::1]:443 port=443" } },
    { { C("GET / HTTP/1.1\r\nHost : a\r\nX-Fold: one\r\n\t two\r\n  three\r\nUser-Agent:\r\n late\r\nnocolon\r\n\r\n") },
      { "host=a", "v=one_two_three", "ua=late", "ODD > HTTP_BAD_HEADER_NAME", "!WITHOUT_COLON" } },
    { { C("GET /a b c HTTP/1.1\r\n\r\n") }, { "u=/a p=HTTP/1.1", "ODD > HTTP_BLANK_IN_TARGET" } },
    { { C("GET\t/tab\tHTTP/1.1\r\nA:\0b\rc\r\n\r\n") }, { "m=GET u=/tab", "v=%00b%0dc" } },
    { { C("GET /old\r\n"), S("<html>HTTP/1.1 200 OK\r\n\r\n") },
      { "REQ 0 m=GET u=/old v=9", "RSP 0 s=0 v=9", "BODY 0 < 25 b=<html>HTTP", "DONE 0 q r 0 25" } },
    { { C("GET /old"), S("<html>") }, { "REQ 0 m=GET u=/old v=9", "BODY 0 < 6 b=<html>" } },
    { { C(GET), S("<html>") }, { "ODD < HTTP_NOT_A_RESPONSE", "RSP 0 s=0 v=9", "BODY 0 < 6 b=<html>" } },
    { { C("GET /old\r\nHost: h\r\n\r\n"), S(OK_EMPTY) }, { "u=/old v=9 host=h", "RSP 0 s=200" } },
    { { C("POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"), S("HTTP/1.1 100 Continue\r\n\r\n"), C("data"),
        S("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n") },
      { "BODY 0 > 4 b=data", "RSP 0 s=201", "DONE 0 q r 4 0", "!s=100" } },
    { { C("POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4;ext=\"x\"\r\nwiki\r\n005 \nmedia\n0\r\nTrailer: t\r\n\r\n" GET),
        S(OK_EMPTY OK_EMPTY) },
      { "BODY 0 > 9 b=wikimedia", "ODD > HTTP_LENGTH_AND_CHUNKED", "DONE 0 q r 9 0", "REQ 1 m=GET" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), C(GET), S(OK_EMPTY) },
      { "BODY 0 < 3 b=abc", "DONE 1 q r" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nabc") },
      { "ODD < HTTP_CHUNK_TOO_LARGE", "DONE 0 q r" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nplain text") },
      { "ODD < HTTP_BAD_TRANSFER_ENCODING", "BODY 0 < 10 b=plain_text" } },
    { { C("HEAD /h HTTP/1.1\r\n\r\n" GET GET GET), S("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" OK_EMPTY) },
      { "DONE 0 q r 0 0", "DONE 1 q r 0 0", "DONE 2 q r", "DONE 3 q r" } },
    { { C("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcGET /n HTTP/1.1\r\n\r\n") },
      { "BODY 0 > 3", "ODD > HTTP_TWO_CONTENT_LENGTHS", "REQ 1 m=GET u=/n" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nto the end") },
      { "ODD < HTTP_BAD_CONTENT_LENGTH", "BODY 0 < 10" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nto the end") }, { "BODY 0 < 10" } },
    { { S("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1\r\n\r\n.HTTP/1.0 200 OK\r\n\r\nrest") },
      { "RSP 0 s=302 v=11 reason=Found loc=/x", "DONE 0 r 0 1", "BODY 1 < 4 b=rest" } },
    { { C("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"), S("HTTP/1.1 200 Connection established\r\n\r\n") },
      { "m=CONNECT u=a.example:443 p=HTTP/1.1 v=11 host=a.example raw=a.example:443 port=443", "DONE 0 q r", "TUNNEL" } },
    { { C("CONNECT a:443 HTTP/1.1\r\n\r\n"), S("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"), C("CONNECT b:443 HTTP/1.1\r\n\r\n"),
        S("HTTP/1.1 200 OK\r\n\r\n") }, { "DONE 0 q r", "host=b ", "DONE 1 q r", "TUNNEL" } },
    { { C("CONNECT a:443 HTTP/1.1\r\n\r\n"), C("\x16\x03\x01") }, { "TUNNEL", "DONE 0 q 0 0" } },
    { { S("HTTP/1.0 200 Connection established\r\n\r\n") }, { "TUNNEL", "DONE 0 r" } },
    { { C("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), S("HTTP/1.1 101 Switching Protocols\r\n\r\n") }, { "DONE 0 q r", "TUNNEL" } },
    { { C("POST /slow HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345"), S("HTTP/1.1 413 Too Large\r\nServer: early\r\nContent-Length: 0\r\n\r\n"), C("67890" GET),
        S(OK_EMPTY) }, { "DONE 0 q r 10 0 m=POST u=/slow p=HTTP/1.1 v=11 s=413 v=11 reason=Too_Large srv=early", "DONE 1 q r" } },
    { { C(GET), S("HTTP/1.1 200 OK\r\nContent-Type: text/plain;\r\n  charset=x\r\nServer: s\r\n\r\nbody") },
      { "RSP 0 s=200 v=11 reason=OK ct=text/plain;_charset=x srv=s", "BODY 0 < 4", "s=200 v=11 reason=OK ct=text/plain;_charset=x srv=s\n" } },
    { { C(GET), S("HTTP/1.1 abc what\r\n\r\n") }, { "RSP 0 s=0", "ODD < HTTP_BAD_STATUS" } },
    { { C(GET "\x01\x02garbage") }, { "REQ 0", "ODD > HTTP_NOT_A_REQUEST", "DONE 0 q" } },
    { { C("GET /cut HTTP/1.1\r\nHost: h\r\nUser-Ag") }, { "REQ 0 m=GET u=/cut p=HTTP/1.1 v=11 host=h raw=h n=1", "DONE 0 q" } },
    { { C("GET /cut HTTP/1.1") }, { "REQ 0 m=GET u=/cut" } },
    { { C("GET /c") }, { "!REQ" } },
};

static void converse(struct rig *r, const struct talk *t, size_t piece, size_t cut)
{
    size_t at = 0;
    bool on = true;
    rig_again(r);
    for (const struct said *s = t->said; on && s < t->said + TALK_MAX && s->bytes.n > 0; s++) {
        for (size_t i = 0; on && i < s->bytes.n;) {
            size_t n = s->bytes.n - i < piece ? s->bytes.n - i : piece;
            if (at + i < cut && cut < at + i + n)
                n = cut - at - i;
            on = rig_feed(r, s->dir, span_sub(s->bytes, i, n));
            i += n;
        }
        at += s->bytes.n;
    }
    http1_close(&r->h, &r->out);
    CHECK(r->open == r->done && pool_in_use(r->out.pool) == 0);
}

static size_t length_of(const struct talk *t)
{
    size_t n = 0;
    for (const struct said *s = t->said; s < t->said + TALK_MAX && s->bytes.n > 0; s++)
        n += s->bytes.n;
    return n;
}

static void all_is_told(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        converse(&r, &talks[i], SIZE_MAX, SIZE_MAX);
        for (const char *const *t = talks[i].told; *t != NULL; t++)
            if (**t == '!' ? strstr(r.text, *t + 1) != NULL : strstr(r.text, *t) == NULL)
                fail_msg("talk %zu, \"%s\":\n%s", i, *t, r.text);
    }
    rig_close(&r);
}

static void cuts_change_nothing(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        converse(&r, &talks[i], SIZE_MAX, SIZE_MAX);
        char *whole = strdup(r.text);
        for (size_t cut = 1; cut <= length_of(&talks[i]); cut++) {
            /* the last round goes byte by byte */
            converse(&r, &talks[i], cut < length_of(&talks[i]) ? SIZE_MAX : 1, cut);
            if (strcmp(whole, r.text) != 0)
                fail_msg("talk %zu cut at %zu:\n%s--- whole:\n%s", i, cut, r.text, whole);
        }
        free(whole);
    }
    rig_close(&r);
}

static void feed(struct rig *r, enum dir dir, const char *text)
{
    CHECK(rig_feed(r, dir, (struct span){ (const uint8_t *)text, strlen(text) }));
}

static void ends_with(struct rig *r, const char *want)
{
    http1_close(&r->h, &r->out);
    if (strstr(r->text, want) == NULL)
        fail_msg("lacks \"%s\":\n%s", want, r->text);
    CHECK(r->open == r->done && pool_in_use(r->out.pool) == 0);
    rig_again(r);
}

static void a_gap_in_a_body_is_counted_over(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    feed(&r, TO_SERVER, GET GET);
    feed(&r, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    http1_gap(&r.h, TO_CLIENT, 5, &r.out);
    feed(&r, TO_CLIENT, "xyHTTP/1.1 404 N\r\nContent-Length: 3\r\n\r\n");
    http1_gap(&r.h, TO_CLIENT, 3, &r.out);
    CHECK(strstr(r.text, "BODY 0 < 3 b=abc") != NULL);
    CHECK(strstr(r.text, "DONE 0 q r gap 0 5") != NULL);
    ends_with(&r, "DONE 1 q r gap 0 0");
    feed(&r, TO_CLIENT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc");
    http1_gap(&r.h, TO_CLIENT, 13, &r.out);
    feed(&r, TO_CLIENT, "\r\n0\r\n\r\n" OK_EMPTY);
    CHECK(strstr(r.text, "DONE 0 r gap 0 3") != NULL);
    ends_with(&r, "DONE 1 r 0 0");
    rig_close(&r);
}

static void a_gap_elsewhere_is_lost_until_a_message_begins(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    feed(&r, TO_SERVER, "POST /p HTTP/1.1\r\nHost: h\r\nX: ");
    http1_gap(&r.h, TO_SERVER, 100, &r.out);
    feed(&r, TO_SERVER, "GET of something that is no request\r\n");
    feed(&r, TO_SERVER, "GET /next HTTP/1.1\r\n\r\n");
    CHECK(strstr(r.text, "REQ 0 m=POST u=/p p=HTTP/1.1 v=11 host=h") != NULL);
    ends_with(&r, "REQ 1 m=GET u=/next");
    /* a lost response does not shift the others */
    feed(&r, TO_SERVER, GET);
    http1_gap(&r.h, TO_CLIENT, 500, &r.out);
    feed(&r, TO_CLIENT, "the rest of a body");
    feed(&r, TO_SERVER, "GET /second HTTP/1.1\r\n\r\n");
    feed(&r, TO_CLIENT, OK_EMPTY);
    CHECK(strstr(r.text, "DONE 0 q gap") != NULL);
    ends_with(&r, "DONE 1 q r 0 0 m=GET u=/second");
    rig_close(&r);
}

static void what_need_not_be_seen_may_be_skipped(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    r.out.want_resp_body = false;
    feed(&r, TO_SERVER, GET);
    CHECK(http1_skippable(&r.h, TO_CLIENT) == 0);
    feed(&r, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    CHECK(http1_skippable(&r.h, TO_CLIENT) == 1000 && http1_skippable(&r.h, TO_SERVER) == 0);
    feed(&r, TO_CLIENT, "0123456789");
    http1_skip(&r.h, TO_CLIENT, 990, &r.out);
    CHECK(strstr(r.text, "DONE 0 q r 0 1000") != NULL && strstr(r.text, "BODY") == NULL);
    feed(&r, TO_CLIENT, "HTTP/1.1 200 OK\r\n\r\n");
    CHECK(http1_skippable(&r.h, TO_CLIENT) == UINT64_MAX);
    http1_skip(&r.h, TO_CLIENT, 7, &r.out);
    http1_end(&r.h, TO_CLIENT, &r.out);
    ends_with(&r, "DONE 1 r 0 7");
    rig_close(&r);
}

static void a_long_head_is_told_and_passed(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    r.out.limits.head_max = 300;
    char head[2000] = "POST /long HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX: ";
    memset(head + strlen(head), 'x', 1500);
    strcat(head, "\r\n\r\nabcGET /after HTTP/1.1\r\n\r\n");
    for (size_t piece = 1; piece < strlen(head) + 50; piece += 50) {
        for (size_t i = 0; i < strlen(head); i += piece)
            rig_feed(&r, TO_SERVER, span_sub((struct span){ (uint8_t *)head, strlen(head) }, i, piece));
        CHECK(strstr(r.text, "ODD > HTTP_HEAD_TOO_LONG\nREQ 0 m=POST u=/long p=HTTP/1.1 v=11 host=h") != NULL);
        CHECK(strstr(r.text, "BODY 0 > 3 b=abc") != NULL);
        ends_with(&r, "REQ 1 m=GET u=/after");
    }
    rig_close(&r);
}

static void the_list_is_bounded_and_stays_in_order(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    r.out.limits.pipeline_max = 4;
    for (int i = 0; i < 6; i++)
        feed(&r, TO_SERVER, i < 5 ? GET : "GET /last HTTP/1.1\r\n\r\n");
    CHECK(r.done == 2 && r.out.no_memory == 2);
    for (int i = 0; i < 5; i++)
        feed(&r, TO_CLIENT, OK_EMPTY);
    feed(&r, TO_CLIENT, "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n");
    ends_with(&r, "DONE 5 q r 0 0 m=GET u=/last p=HTTP/1.1 v=11 s=404");
    rig_close(&r);
}

static void without_memory_all_is_told_and_done(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    void *held[64], *last = NULL;
    size_t n = 0;
    for (size_t size = POOL_MAX; size >= POOL_MIN; size /= 2)
        for (void *b; (b = pool_take(r.out.pool, size)) != NULL; last = b)
            if (n < 64)
                held[n++] = b;
    (void)last;
    feed(&r, TO_SERVER, GET "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab" GET "GET /");
    feed(&r, TO_CLIENT, OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    http1_close(&r.h, &r.out);
    CHECK(strstr(r.text, "REQ 2 m=GET") != NULL && r.open == r.done && r.open == 3 && r.out.no_memory > 0);
    while (n > 0)
        pool_give(r.out.pool, held[--n]);
    rig_close(&r);
}

static void too_many_headers_still_frame(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    r.details = false;
    feed(&r, TO_SERVER, "POST /many HTTP/1.1\r\n");
    for (int i = 0; i < 500; i++)
        feed(&r, TO_SERVER, "A: b\r\n");
    feed(&r, TO_SERVER, "Content-Length: 1\r\n\r\nx" GET);
    CHECK(strstr(r.text, "n=128") != NULL && strstr(r.text, "ODD > HTTP_TOO_MANY_HEADERS") != NULL);
    ends_with(&r, "REQ 1 m=GET");
    rig_close(&r);
}

static void folds_can_not_crowd_out_what_matters(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    r.details = false;
    feed(&r, TO_SERVER, "POST /f HTTP/1.1\r\n");
    for (int i = 0; i < 300; i++)
        feed(&r, TO_SERVER, "X: y\r\n a folded line\r\n");
    feed(&r, TO_SERVER, "Host: EVIL.Example\r\nTransfer-Encoding:\r\n\t chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET);
    CHECK(strstr(r.text, "host=evil.example") != NULL && strstr(r.text, "BODY 0 > 1") != NULL);
    ends_with(&r, "REQ 1 m=GET");
    rig_close(&r);
}

static void a_kept_head_can_be_read_again(void **state)
{
    (void)state;
    static struct http1_scratch s;
    CHECK(http1_headers(SPAN("A: b\r\nFold: x\r\n y\r\nCut: no"), &s) == 2);
    CHECK(span_is(s.list[1].name, "Fold") && span_is(s.list[1].value, "x y"));
}

static void the_probe_knows_http(void **state)
{
    (void)state;
    static const struct { enum dir dir; const char *text; enum app_probe want; } cases[] = {
        { TO_SERVER, "GET / HTTP/1.1\r\n", PROBE_YES }, { TO_SERVER, "GET /x", PROBE_YES }, { TO_SERVER, "GET ", PROBE_MORE },
        { TO_SERVER, "GE", PROBE_MORE }, { TO_SERVER, "\r\n", PROBE_MORE }, { TO_SERVER, "\r\nPOST http://a/ ", PROBE_YES },
        { TO_SERVER, "FOO / HTTP/1.1\r\n", PROBE_YES }, { TO_SERVER, "FOO / HTTP/1.1\n", PROBE_YES }, { TO_SERVER, "FOO / HTTP/1.1", PROBE_MORE },
        { TO_SERVER, "CONNECT a:443 HTTP/1.1\r\n", PROBE_YES }, { TO_SERVER, "get /x HTTP/1.0\n", PROBE_YES },
        { TO_SERVER, "OPTIONS sip:a@b SIP/2.0\r\n", PROBE_NO }, { TO_SERVER, "HELO example\r\n", PROBE_NO }, { TO_SERVER, "GET key\r\n", PROBE_NO },
        { TO_SERVER, "PRI * HTTP/2.0\r\n\r\n", PROBE_NO }, { TO_SERVER, "SSH-2.0-x\r\n", PROBE_NO }, { TO_SERVER, "\x16\x03\x01", PROBE_NO },
        { TO_SERVER, "GET x\x01", PROBE_NO }, { TO_CLIENT, "HTTP/1.1 200", PROBE_YES }, { TO_CLIENT, "HTT", PROBE_MORE },
        { TO_CLIENT, "HTTQ", PROBE_NO }, { TO_CLIENT, "220 smtp", PROBE_NO },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span all = { (const uint8_t *)cases[i].text, strlen(cases[i].text) }, exact = exact_copy(all, all.n);
        if (http1_probe(cases[i].dir, exact) != cases[i].want)
            fail_msg("%s", cases[i].text);
        exact_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_told),
        cmocka_unit_test(cuts_change_nothing),
        cmocka_unit_test(a_gap_in_a_body_is_counted_over),
        cmocka_unit_test(a_gap_elsewhere_is_lost_until_a_message_begins),
        cmocka_unit_test(what_need_not_be_seen_may_be_skipped),
        cmocka_unit_test(a_long_head_is_told_and_passed),
        cmocka_unit_test(the_list_is_bounded_and_stays_in_order),
        cmocka_unit_test(without_memory_all_is_told_and_done),
        cmocka_unit_test(too_many_headers_still_frame),
        cmocka_unit_test(folds_can_not_crowd_out_what_matters),
        cmocka_unit_test(a_kept_head_can_be_read_again),
        cmocka_unit_test(the_probe_knows_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
