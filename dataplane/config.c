/* The defaults; api/config.h says when to change them. */
#include "api/config.h"

#include <string.h>

struct config config_defaults(void)
{
    struct config c = {
        .flows_max = 1 << 20,
        .half_open_share = 25,
        .stream_memory = 96ULL << 20,
        .fragments_max = 4096,
        .reasm_flow_max = 1 << 20,
        .tcp_new_s = 60, .tcp_established_s = 600, .tcp_closed_s = 10, .udp_s = 60, .icmp_s = 30,
        .fragment_s = 30,
        .head_max = 65536 - 256,    /* a pool buffer, with what stands before it */
        .body_max = 102400,
        .pipeline_max = 64,
        .vlan_tracking = true,
        .classify = true,
        .midstream = true,
        .eve_extensions = true,
        .eve_community_id = true,
        .eve_file_max = 1ULL << 30,
        .eve_total_max = 10ULL << 30,
        .stats_s = 60,
        .anomaly_per_s = 100,
    };
    strcpy(c.home_net, "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]");
    return c;
}
