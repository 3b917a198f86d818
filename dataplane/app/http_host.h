#ifndef APP_HTTP_HOST_H
#define APP_HTTP_HOST_H
/* A request may name two hosts: its target's authority, which RFC 9112 3.2.2 says counts, and its
 * Host header, by which some servers go all the same. */
#include "app/field.h"

enum { HTTP_HOST_MAX = 255 };

/* True when the Host header names another host than req->host does; *other is then the same request
 * with that one, lower-cased in `room`. The header list must be there (FACT_HTTP_REQUEST). */
bool http_other_host(const struct http_request *req, struct http_request *other,
                     uint8_t room[HTTP_HOST_MAX]);

#endif
