#include "app/http_host.h"

static struct span without_port(struct span host)
{
    if (host.n > 0 && host.p[0] == '[') {
        struct span inside = span_sub(host, 1, host.n);
        return span_sub(inside, 0, span_find(inside, ']'));
    }
    return span_sub(host, 0, span_find(host, ':'));
}

bool http_other_host(const struct http_request *req, struct http_request *other,
                     uint8_t room[HTTP_HOST_MAX])
{
    if (req->uri.n == 0 || req->uri.p[0] == '/' || span_is(req->method, "CONNECT"))
        return false;           /* the usual form: its host is the header's */
    for (unsigned i = 0; i < req->n_headers; i++) {
        if (!span_is_nocase(req->headers[i].name, "host"))
            continue;
        struct span raw = req->headers[i].value, host = without_port(raw);
        if (host.n == 0 || host.n > HTTP_HOST_MAX)
            continue;
        for (size_t k = 0; k < host.n; k++)
            room[k] = ascii_lower(host.p[k]);
        host.p = room;
        if (span_eq(host, req->host))
            return false;
        *other = *req;
        other->host = host;
        other->host_raw = raw;
        return true;
    }
    return false;
}
