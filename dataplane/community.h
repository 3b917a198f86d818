#ifndef COMMUNITY_H
#define COMMUNITY_H
/* Community ID, version 1 (github.com/corelight/community-id-spec): the same text for a flow in
 * the events of every sensor that sees it, whichever end it saw first. */
#include "base/addr.h"

enum { COMMUNITY_LEN = 30 };    /* "1:" and 28 characters of base64 */

struct endpoints { struct addr src, dst; uint16_t sport, dport; uint8_t proto; };   /* ICMP: type, code */

void community_id(const struct endpoints *e, uint16_t seed, char out[COMMUNITY_LEN]);

#endif
