#ifndef DETECT_SCENE_H
#define DETECT_SCENE_H
/* What rules are held against at one moment: a fact, its packet, and who talks to whom. */
#include "api/meta.h"
#include "api/ruleset.h"
#include "app/field.h"

struct scene {
    enum trigger trigger;
    const struct meta *meta;
    const struct fact *fact;        /* NULL at TRIG_FLOW and TRIG_APP */
    unsigned instance;              /* of buffers that come several times: question, alternative name */
    enum dir dir;                   /* source to destination, in the rule header's sense */
    struct addr src, dst;
    uint16_t sport, dport;
    uint8_t proto;
    bool established;
};

#endif
