#ifndef APP_RECOGNISE_H
#define APP_RECOGNISE_H
/* Which protocol begins like this? Asks the parsers' probes, and keeps a stream's first bytes while
 * one of them wants to see more. */
#include "app/app.h"
#include "app/starttls.h"

enum { WAIT_MAX = 1024 };       /* bytes that a probe may ask to see */

struct guess { enum app_probe answer; enum app_proto proto; enum starttls_proto starttls; };

/* The first protocol that says yes; else MORE if any might. `dir` is as events see it. */
struct guess recognise_stream(const struct flow *f, enum dir dir, struct span first);

/* May a direction of this protocol begin so? What came before it (a SOCKS greeting, say) may not. */
bool recognise_agrees(enum app_proto proto, const struct flow *f, enum dir dir, struct span first);

/* Empty lines before a request are nobody's beginning, and servers forgive any number of them. */
bool recognise_only_line_ends(struct span s);

/* APP_DNS, APP_QUIC, or APP_UNKNOWN. */
enum app_proto recognise_datagram(const struct flow *f, struct span datagram);

/* Is it of another protocol than the flow's? A server passes over datagrams that it does not
 * understand, so one of them does not make those that follow its own. */
bool recognise_changed(const struct flow *f, struct span datagram);

/* First bytes that wait, in buffers of the pool. */
struct waiting { uint8_t *bytes[2]; uint16_t n[2]; };

/* False when there is no memory, or enough. */
bool waiting_keep(struct waiting *w, struct pool *pool, enum dir dir, struct span bytes);

/* What waits of a direction and the bytes behind it, as many as fit; not copied when nothing waits. */
struct span waiting_join(const struct waiting *w, enum dir dir, struct span bytes,
                         uint8_t room[2 * WAIT_MAX]);

void waiting_drop(struct waiting *w, struct pool *pool, enum dir dir);

#endif
