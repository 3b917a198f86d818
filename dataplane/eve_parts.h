#ifndef EVE_PARTS_H
#define EVE_PARTS_H
/* The objects that events are put together from. Each function appends ,"name":{...}. `ext` says
 * whether keys that Suricata 7 does not have may stand in it. */
#include "eve.h"
#include "json.h"

/* A string whose bytes on the wire are cut at `cut` takes at most this in a line: most bytes need
 * no escaping, and a line's length stays bounded for those that do. */
static inline size_t line_cut(size_t cut) { return 2 * cut; }

/* ISO 8601 with six digits, the form that every reader of EVE expects: 31 characters. */
struct stamp { int64_t day; char date[12]; };
void eve_time(struct json *j, struct stamp *s, uint64_t ts_ns);

void eve_address(struct json *j, const struct addr *a, bool six);
void eve_alert(struct json *j, const struct event *e, bool ext);
void eve_drop(struct json *j, const struct event *e);
void eve_http(struct json *j, const struct http_tx *t);
void eve_tls(struct json *j, const struct tls_session *s, bool ext);
void eve_quic(struct json *j, const struct quic_session *s, bool ext);
void eve_npm(struct json *j, const struct npm_fact *n);
void eve_dns_question(struct json *j, const struct event *e, unsigned i);
void eve_dns_answer(struct json *j, const struct event *e);
void eve_dns_alert(struct json *j, const struct event *e);
void eve_flow(struct json *j, struct stamp *s, const struct event *e);
void eve_alert_flow(struct json *j, struct stamp *s, const struct event *e);
void eve_anomaly(struct json *j, const struct event *e);
void eve_stats(struct json *j, struct event *e, bool ext);

/* ,"ext":{...}: what was seen that Suricata has no key for. */
void eve_ext(struct json *j, const struct event *e);

#endif
