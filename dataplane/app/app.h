#ifndef APP_APP_H
#define APP_APP_H
/* Which protocol a flow speaks, and its parser. Recognition is by content, on any port, of both
 * directions; a tunnel (CONNECT, STARTTLS, Upgrade) starts recognition anew for what is inside. */
#include "app/field.h"
#include "flow/flow.h"

enum app_proto {
    APP_UNKNOWN, APP_FAILED, APP_HTTP, APP_HTTP2, APP_TLS, APP_DNS, APP_QUIC,
    APP_STARTTLS = 16,          /* and above: plus enum starttls_proto */
    APP_PROTOS = 32
};

struct app_counters { uint64_t flows[APP_PROTOS], tunnels, no_memory, failed, shed; };

struct app {
    struct slab parsers;        /* one for each flow that is being inspected */
    struct app_out out;
    struct app_counters n;
    unsigned nested;            /* tunnels that began in the slice at hand */
};

/* Room for `flows` flows under inspection at a time; `out` is copied. -1 when there is none. */
int app_open(struct app *a, uint32_t flows, const struct app_out *out);
void app_close(struct app *a);

size_t app_parser_size(void);

/* Bytes in order, missing bytes, and the end of a TCP direction; sets FLOW_QUIET when nothing more
 * is to be learnt. `dir` is the flow's own, not yet reversed. */
void app_tcp(struct app *a, struct flow *f, enum dir dir, struct span bytes);
void app_gap(struct app *a, struct flow *f, enum dir dir, uint64_t n);
void app_end(struct app *a, struct flow *f, enum dir dir);

void app_udp(struct app *a, struct flow *f, enum dir dir, struct span datagram);

/* Memory is short: the flow's parser tells what it knows and gives everything back. What comes next
 * is recognised anew, unless there was nothing more to learn. */
void app_shed(struct app *a, struct flow *f);

/* The flow ends: parsers tell what they know and give their memory back. */
void app_flow_closed(struct app *a, struct flow *f);

/* "http", "tls", ...; "failed" when no parser claimed it; NULL while unknown. */
const char *app_name(enum app_proto p);

#endif
