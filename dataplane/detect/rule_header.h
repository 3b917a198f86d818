#ifndef DETECT_RULE_HEADER_H
#define DETECT_RULE_HEADER_H
/* A rule's first line: protocol, addresses, ports, direction, and the state of the flow. */
#include "detect/scene.h"

bool rule_header_holds(const struct ruleset *rs, const struct rs_rule *r, const struct scene *s);

#endif
