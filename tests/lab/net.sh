# net.sh: three network namespaces in a row: clients (C) - a bridge, where captures are taken (M) - servers (S).
# Sourced. Sets C M S; net_up, net_down, in_client, in_server, capture. Nothing outside the namespaces is touched:
# names carry our process id, and net_down ends only what runs inside of them.
C=excise-$$-c M=excise-$$-m S=excise-$$-s
NET_DIR=            # set by net_up: files that the namespaces share

net_down() {
    local n p
    for n in "$C" "$M" "$S"; do
        [ -e "/run/netns/$n" ] || continue
        for p in $(ip netns pids "$n"); do kill "$p" 2>/dev/null || true; done
        for _ in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(ip netns pids "$n")" ] || break; sleep .1; done
        for p in $(ip netns pids "$n"); do kill -9 "$p" 2>/dev/null || true; done
        ip netns del "$n"
    done
}

# No offloads: what is captured are frames as on a wire, with valid checksums.
plain_port() {
    ip netns exec "$1" ethtool -K "$2" tso off gso off gro off tx off rx off sg off >/dev/null 2>&1 || true
    ip netns exec "$1" sysctl -qw "net.ipv6.conf.$2.accept_ra=0" "net.ipv6.conf.$2.router_solicitations=0"
    ip -n "$1" link set "$2" mtu 1500 up
}

# The clients' office is 10.20.0.0/24 and 2001:db8:20::/64; the server end answers for every other address in use.
net_up() {
    NET_DIR=$1
    mkdir -p "$NET_DIR"
    local n
    for n in "$C" "$M" "$S"; do ip netns add "$n"; ip -n "$n" link set lo up; done
    ip link add vc netns "$C" type veth peer name mc netns "$M"
    ip link add vs netns "$S" type veth peer name ms netns "$M"
    ip -n "$M" link add br0 type bridge stp_state 0 mcast_snooping 0
    ip -n "$M" link set mc master br0
    ip -n "$M" link set ms master br0
    ip netns exec "$M" sysctl -qw net.ipv6.conf.br0.disable_ipv6=1 net.ipv6.conf.mc.disable_ipv6=1 \
        net.ipv6.conf.ms.disable_ipv6=1
    plain_port "$C" vc; plain_port "$M" mc; plain_port "$M" ms; plain_port "$S" vs
    ip -n "$M" link set br0 up
    ip -n "$C" link set vc address 02:00:0a:14:00:0f
    ip -n "$S" link set vs address 02:00:0a:14:00:01
    for n in 15 22 31; do
        ip -n "$C" addr add 10.20.0.$n/24 dev vc
        ip -n "$C" addr add 2001:db8:20::$n/64 dev vc nodad
    done
    ip -n "$S" addr add 10.20.0.1/24 dev vs
    ip -n "$S" addr add 2001:db8:20::1/64 dev vs nodad
    ip -n "$C" route add default dev vc src 10.20.0.15
    ip -n "$C" -6 route add default dev vc src 2001:db8:20::15
    printf 'nameserver 10.20.0.1\noptions timeout:2\n' > "$NET_DIR/resolv.conf"
    ip netns exec "$C" ping -q -c1 -W5 10.20.0.1 >/dev/null
}

net_address() { # gives the server end further addresses
    local a
    for a in "$@"; do
        case $a in *:*) ip -n "$S" addr add "$a/128" dev vs nodad ;; *) ip -n "$S" addr add "$a/32" dev vs ;; esac
    done
}

# `ip netns exec` gives each command a mount namespace of its own, so the lab's resolver is seen by it alone.
with_names() { ip netns exec "$1" sh -c 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"' sh "$NET_DIR/resolv.conf" "${@:2}"; }
in_client() { with_names "$C" timeout -k 2 "$@"; }      # in_client SECONDS COMMAND...
in_server() { with_names "$S" "$@"; }
in_middle() { ip netns exec "$M" "$@"; }

wait_tcp() { # wait_tcp ADDRESS PORT: until a server listens, 15 s at most
    for _ in $(seq 150); do in_server bash -c ": < /dev/tcp/$1/$2" 2>/dev/null && return; sleep .1; done
    echo "lab: nothing listens on $1 port $2" >&2
    return 1
}

capture() { # capture FILE COMMAND...: what passes the clients' port while COMMAND runs
    local file=$1 status=0 pid; shift
    ip netns exec "$M" tcpdump -Z root -i mc -s 0 -U -w "$file.part" 2> "$file.log" & pid=$!
    for _ in $(seq 50); do ! grep -q 'listening on' "$file.log" || break; sleep .1; done
    set +e; (set -e; "$@"); status=$?; set -e
    sleep 1
    kill -TERM $pid; wait $pid || true
    [ $status = 0 ] || { echo "lab: the clients of $(basename "$file") failed" >&2; return 1; }
    grep -q '^0 packets dropped' "$file.log"
    mv "$file.part" "$file"; rm -f "$file.log"
}
