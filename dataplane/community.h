#ifndef COMMUNITY_H
#define COMMUNITY_H
/* Community ID, version 1 (github.com/corelight/community-id-spec): the same text for a flow in
 * the events of every sensor that sees it, whichever end it saw first. */
#include "base/addr.h"

#include <stdbool.h>

enum { COMMUNITY_LEN = 30 };    /* "1:" and 28 characters of base64 */

/* `six`: of an IPv6 packet, also when the addresses are IPv4-mapped. Ports of ICMP: type, code. */
struct endpoints { struct addr src, dst; uint16_t sport, dport; uint8_t proto; bool six; };

void community_id(const struct endpoints *e, uint16_t seed, char out[COMMUNITY_LEN]);

#endif
