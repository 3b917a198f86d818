/* Is it HTTP/1? Methods everybody uses are believed with their target; anything else must show
 * a whole line that ends in HTTP/d.d, for SIP, RTSP, SMTP and Redis speak in upper-case words too. */
#include "app/http1_head.h"

enum { METHOD_MAX = 32 };

static bool token_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || (c >= '0' && c <= '9');
}

static bool common(struct span method)
{
    static const char *const known[] = { "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_is(method, known[i]))
            return true;
    return false;
}

/* "HTTP/1.1" and the like at the end of a line. */
static bool ends_in_protocol(struct span line)
{
    while (line.n > 0 &&
           (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    struct span last = span_sub(line, line.n >= 8 ? line.n - 8 : line.n, 8);
    return last.n == 8 && line.n > 9 && span_is_nocase(span_sub(last, 0, 5), "HTTP/") &&
           last.p[5] >= '0' && last.p[5] <= '1' && last.p[6] == '.';
}

static enum app_probe request_probe(struct span s)
{
    size_t n = 0;
    while (n < s.n && n <= METHOD_MAX && token_char(s.p[n]))
        n++;
    if (n == s.n)
        return n <= METHOD_MAX ? PROBE_MORE : PROBE_NO;
    if (n == 0 || (s.p[n] != ' ' && s.p[n] != '\t'))
        return PROBE_NO;
    struct span method = span_sub(s, 0, n), target = span_trim(span_sub(s, n, s.n));
    if (common(method) &&
        (span_starts(target, "/") || span_starts(target, "http://") || span_starts(target, "https://")))
        return PROBE_YES;
    struct span line = span_sub(s, 0, span_find(s, '\n'));
    for (size_t i = n; i < line.n && i < HTTP1_PROBE_MAX; i++)
        if (line.p[i] < ' ' && line.p[i] != '\t' && line.p[i] != '\r')
            return PROBE_NO;
    if (line.n < s.n)
        return ends_in_protocol(line) ? PROBE_YES : PROBE_NO;
    return line.n < HTTP1_PROBE_MAX ? PROBE_MORE : PROBE_NO;
}

static enum app_probe response_probe(struct span s)
{
    struct span mark = span_sub(s, 0, 5);
    if (memcmp(mark.p, "HTTP/", mark.n) != 0)
        return PROBE_NO;
    if (s.n < 6)
        return PROBE_MORE;
    return s.p[5] >= '0' && s.p[5] <= '1' ? PROBE_YES : PROBE_NO;
}

enum app_probe http1_probe(enum dir dir, struct span s)
{
    size_t empty = 0;       /* empty lines before the first are to be forgiven: RFC 9112 2.2 */
    while (empty < s.n && (s.p[empty] == '\r' || s.p[empty] == '\n'))
        empty++;
    s = span_sub(s, empty, s.n);
    if (s.n == 0)
        return PROBE_MORE;
    return dir == TO_SERVER ? request_probe(s) : response_probe(s);
}
