/* Names of what the decoder counts and finds wrong. */
#include "decode/decode.h"

struct decode_text decode_counter_text(enum decode_counter c)
{
    static const struct decode_text texts[] = {
#define X(name, unit, sentence) { #name, unit, sentence },
        DECODE_COUNTERS(X)
#undef X
    };
    return texts[c];
}

struct decode_text decode_anomaly_text(enum decode_anomaly a)
{
    static const struct decode_text texts[] = {
#define X(name, event, sentence) { event, "packets", sentence },
        DECODE_ANOMALIES(X)
#undef X
    };
    return texts[a];
}

const char *packet_source_text(enum packet_source s)
{
    static const char *const texts[] = {
        [SRC_WIRE] = "wire/pcap",
        [SRC_GRE] = "gre tunnel",
        [SRC_IPV4_TUNNEL] = "ipv4 tunnel",
        [SRC_IPV6_TUNNEL] = "ipv6 tunnel",
        [SRC_TEREDO] = "teredo tunnel",
        [SRC_DEFRAG] = "defrag",
        [SRC_GENEVE] = "geneve encapsulation",
        [SRC_VXLAN] = "vxlan encapsulation",
        [SRC_ERSPAN] = "erspan tunnel",
        [SRC_GTP] = "gtp tunnel",
        [SRC_FLUSH] = "stream (flow timeout)",
    };
    return texts[s];
}
