#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H
/* From captured bytes to the innermost packet: link layer, tags and tunnels are taken off one after
 * the other, fragments are put together, and the offsets that later stages need are found once.
 * One per worker. A packet in a tunnel that can't be understood is reported as the outer packet. */
#include "api/config.h"
#include "base/hash.h"
#include "base/pool.h"
#include "decode/defrag.h"
#include "packet.h"

/* What was seen. The names stand lower-cased in stats events under "decoder". */
#define DECODE_COUNTERS(X)                                                                         \
    X(PKTS, "packets", "packets decoded")                                                          \
    X(BYTES, "bytes", "their bytes on the wire")                                                   \
    X(INVALID, "packets", "malformed packets; the anomalies say why")                              \
    X(NOT_IP, "packets", "ARP, LLDP and other packets without IP")                                 \
    X(UNKNOWN_LINKTYPE, "packets", "packets of a link type that is not known")                     \
    X(SNAPPED, "packets", "packets cut by the snap length")                                        \
    X(ETHERNET, "headers", "Ethernet headers, also inside tunnels")                                \
    X(VLAN, "headers", "802.1Q and 802.1ad tags")                                                  \
    X(MPLS, "packets", "MPLS label stacks")                                                        \
    X(PPP, "headers", "PPP headers")                                                               \
    X(PPPOE, "headers", "PPPoE session headers")                                                   \
    X(WLAN, "headers", "802.11 data frames")                                                       \
    X(IPV4, "headers", "IPv4 headers")                                                             \
    X(IPV6, "headers", "IPv6 headers")                                                             \
    X(TCP, "packets", "TCP segments")                                                              \
    X(UDP, "packets", "UDP datagrams")                                                             \
    X(ICMPV4, "packets", "ICMP messages")                                                          \
    X(ICMPV6, "packets", "ICMPv6 messages")                                                        \
    X(SCTP, "packets", "SCTP packets")                                                             \
    X(ESP, "packets", "ESP packets, which nobody can look into")                                   \
    X(GRE, "headers", "GRE headers")                                                               \
    X(ERSPAN, "headers", "ERSPAN mirrors")                                                         \
    X(IP_IN_IP, "headers", "IP headers directly in an IP packet")                                  \
    X(TEREDO, "headers", "Teredo packets")                                                         \
    X(VXLAN, "headers", "VXLAN headers")                                                           \
    X(GENEVE, "headers", "Geneve headers")                                                         \
    X(GTP, "headers", "GTP-U headers")                                                             \
    X(UDP_TUNNEL, "headers", "other tunnels over UDP: L2TP, AYIYA, TZSP, CAPWAP, LISP")            \
    X(TUNNEL_NOT_FOLLOWED, "packets", "tunnels with something inside that is not IP, or no tunnel") \
    X(FRAGMENTS_IPV4, "packets", "IPv4 fragments")                                                 \
    X(FRAGMENTS_IPV6, "packets", "IPv6 fragments, without atomic ones")                            \
    X(REASSEMBLED, "packets", "packets put together from fragments")                               \
    X(FRAGMENT_TIMEOUT, "packets", "incomplete packets given up after fragment_s")                 \
    X(FRAGMENT_EVICTED, "packets", "incomplete packets given up for want of room")                 \
    X(FRAGMENT_REFUSED, "packets", "fragments that could not be kept: no memory, too many pieces, cut") \
    X(BAD_CHECKSUM, "packets", "packets with a bad checksum (only looked at with -k all)")

/* What was wrong: the event name, as Suricata has it, and each one's counter. */
#define DECODE_ANOMALIES(X)                                                                        \
    X(TOO_MANY_LAYERS, "decoder.too_many_layers", "more layers than anybody needs")                \
    X(ETHERNET_SHORT, "decoder.ethernet.pkt_too_small", "an Ethernet header is cut")               \
    X(LINK_SHORT, "decoder.sll.pkt_too_small", "a link header other than Ethernet is cut")         \
    X(VLAN_SHORT, "decoder.vlan.header_too_small", "a VLAN tag is cut")                            \
    X(TAG_SHORT, "decoder.ieee8021ah.header_too_small", "a tag other than VLAN is cut")            \
    X(MPLS_SHORT, "decoder.mpls.header_too_small", "an MPLS label stack has no end")               \
    X(PPP_SHORT, "decoder.ppp.pkt_too_small", "a PPP header is cut")                               \
    X(PPPOE_SHORT, "decoder.pppoe.pkt_too_small", "a PPPoE header is cut")                         \
    X(RAW_VERSION, "decoder.ipraw.invalid_ip_version", "IP was due, but it is neither 4 nor 6")    \
    X(IPV4_SHORT, "decoder.ipv4.pkt_too_small", "an IPv4 header is cut")                           \
    X(IPV4_VERSION, "decoder.ipv4.wrong_ip_version", "the version of an IPv4 header is not 4")     \
    X(IPV4_HLEN, "decoder.ipv4.hlen_too_small", "an IPv4 header says it has under 20 bytes")       \
    X(IPV4_LEN, "decoder.ipv4.iplen_smaller_than_hlen", "an IPv4 packet shorter than its header")  \
    X(IPV4_TRUNC, "decoder.ipv4.trunc_pkt", "an IPv4 packet longer than the frame")                \
    X(IPV4_FRAG_LARGE, "decoder.ipv4.frag_pkt_too_large", "IPv4 fragments beyond 65535 bytes")     \
    X(IPV4_FRAG_OVERLAP, "decoder.ipv4.frag_overlap", "IPv4 fragments overlap")                    \
    X(IPV6_SHORT, "decoder.ipv6.pkt_too_small", "an IPv6 header is cut")                           \
    X(IPV6_VERSION, "decoder.ipv6.wrong_ip_version", "the version of an IPv6 header is not 6")     \
    X(IPV6_TRUNC, "decoder.ipv6.trunc_pkt", "an IPv6 packet longer than the frame")                \
    X(IPV6_EXT, "decoder.ipv6.trunc_exthdr", "an IPv6 extension header is cut")                    \
    X(IPV6_FRAG_LARGE, "decoder.ipv6.frag_pkt_too_large", "IPv6 fragments beyond 65535 bytes")     \
    X(IPV6_FRAG_OVERLAP, "decoder.ipv6.frag_overlap", "IPv6 fragments overlap: RFC 5722")          \
    X(TCP_SHORT, "decoder.tcp.pkt_too_small", "a TCP header is cut")                               \
    X(TCP_HLEN, "decoder.tcp.hlen_too_small", "a TCP header under 20 bytes")                       \
    X(TCP_OPTIONS, "decoder.tcp.invalid_optlen", "TCP options run past the header")                \
    X(UDP_SHORT, "decoder.udp.pkt_too_small", "a UDP header is cut")                               \
    X(UDP_LEN, "decoder.udp.hlen_too_small", "a UDP length under 8 bytes or beyond the packet")    \
    X(ICMPV4_SHORT, "decoder.icmpv4.pkt_too_small", "an ICMP header is cut")                       \
    X(ICMPV6_SHORT, "decoder.icmpv6.pkt_too_small", "an ICMPv6 header is cut")                     \
    X(GRE_SHORT, "decoder.gre.pkt_too_small", "a GRE header is cut")                               \
    X(GRE_VERSION, "decoder.gre.wrong_version", "a GRE version other than 0 and 1")                \
    X(ERSPAN_SHORT, "decoder.erspan.header_too_small", "an ERSPAN header is cut or unknown")

#define X(name, unit, sentence) DECODE_##name,
enum decode_counter { DECODE_COUNTERS(X) DECODE_COUNTER_N };
#undef X
#define X(name, event, sentence) ANOMALY_##name,
enum decode_anomaly { DECODE_ANOMALIES(X) DECODE_ANOMALY_N };
#undef X

struct decode {
    uint64_t count[DECODE_COUNTER_N];
    uint64_t anomalies[DECODE_ANOMALY_N];
    bool checksums;
    struct defrag defrag;
};

/* `workers`: how many share config's fragments_max and stream_memory. `pool` must outlive it. -1
 * when the system has no room. */
int decode_open(struct decode *d, const struct config *config, struct hash_key key,
                struct pool *pool, unsigned workers);
void decode_close(struct decode *d);

/* Fills the decode part of every packet of the batch and clears the flow part. What is in the
 * defragmenter's buffers stays valid until the next call. */
void decode_batch(struct decode *d, struct batch *b);

/* For tables of counters: "IPV4" (to be lower-cased in events), "headers", "IPv4 headers"; an
 * anomaly's name is its event's. */
struct decode_text { const char *name, *unit, *sentence; };
struct decode_text decode_counter_text(enum decode_counter c);
struct decode_text decode_anomaly_text(enum decode_anomaly a);

/* "wire/pcap", "gre tunnel", ...: `pkt_src` of events. */
const char *packet_source_text(enum packet_source s);

#endif
