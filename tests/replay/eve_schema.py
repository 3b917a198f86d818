#!/usr/bin/env python3
"""Checks every line of eve.json files against the conventions of excise-eve(5): types, required and
allowed keys of each event type, and the rules that consumers depend on.

usage: eve_schema.py [--extensions yes|no] [--quiet] FILE...      (- reads standard input)

Exit status: 0 all lines are sound, 1 some are not (each is named with file and line), 2 usage.
"""
import argparse
import ipaddress
import json
import re
import sys

LINE_MAX = 60000
KEYS_MAX = 100
FLOW_ID_MAX = 2**51 - 1
TIME = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$')
CERT_TIME = re.compile(r'^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d$')
HEX = re.compile(r'^[0-9a-f]+$')
MD5 = re.compile(r'^[0-9a-f]{32}$')
JA4 = re.compile(r'^[tqd][0-9s][0-9]?[di0-9].{1,}_[0-9a-f]{12}_[0-9a-f]{12}$')
COMMUNITY = re.compile(r'^1:[A-Za-z0-9+/]{27}=$')
PKT_SRC = {'wire/pcap', 'gre tunnel', 'ipv4 tunnel', 'ipv6 tunnel', 'teredo tunnel', 'defrag',
           'stream (detect/log)', 'stream (flow timeout)', 'geneve encapsulation',
           'vxlan encapsulation', 'erspan tunnel', 'gtp tunnel', 'detect reload flush', 'capture timeout flush', 'shutdown flush'}
PROTO = {'TCP', 'UDP', 'ICMP', 'IPv6-ICMP', 'SCTP', 'GRE', 'ESP', 'AH', 'IGMP'}
STATS = {'uptime', 'capture', 'decoder', 'defrag', 'flow', 'flow_bypassed', 'tcp', 'detect', 'ips',
         'app_layer', 'file_store', 'memcap', 'exception_policy', 'http', 'ftp'}


class Bad(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Bad(what)


# ---- types: functions that raise Bad(sentence) ----

def text(v, at):
    need(isinstance(v, str), f'{at}: is no string')


def some_text(v, at):
    text(v, at)
    need(v != '', f'{at}: is empty')


def number(low=0, high=2**64 - 1):
    def check(v, at):
        need(isinstance(v, int) and not isinstance(v, bool), f'{at}: is no integer')
        need(low <= v <= high, f'{at}: {v} is not within {low}..{high}')
    return check


def flag(v, at):
    need(isinstance(v, bool), f'{at}: is no boolean')


def true(v, at):
    need(v is True, f'{at}: stands in the event although it is not true')


def matches(pattern):
    def check(v, at):
        text(v, at)
        need(pattern.match(v), f'{at}: {v!r} has not the form {pattern.pattern}')
    return check


def one_of(*values):
    def check(v, at):
        need(v in values, f'{at}: {v!r} is none of {", ".join(map(str, values))}')
    return check


def address(v, at):
    text(v, at)
    try:
        ipaddress.ip_address(v)
    except ValueError:
        raise Bad(f'{at}: {v!r} is no address') from None
    need('%' not in v and '[' not in v, f'{at}: {v!r} carries a zone or brackets')


def list_of(check, least=1):
    def each(v, at):
        need(isinstance(v, list), f'{at}: is no array')
        need(len(v) >= least, f'{at}: is an empty array')
        for i, item in enumerate(v):
            check(item, f'{at}[{i}]')
    return each


def obj(required=None, **optional):
    """An object with these keys and no other."""
    known = dict(optional)
    known.update(required or {})

    def check(v, at):
        need(isinstance(v, dict), f'{at}: is no object')
        for k in required or {}:
            need(k in v, f'{at}: lacks {k!r}')
        for k, item in v.items():
            need(k in known, f'{at}: {k!r} is not a key of it')
            known[k](item, f'{at}.{k}')
    return check


def metadata(v, at):
    need(isinstance(v, dict), f'{at}: is no object')
    for k, item in v.items():
        list_of(text)(item, f'{at}.{k}')


def proto(v, at):
    need(v in PROTO or (isinstance(v, str) and re.match(r'^\d{3}$', v)), f'{at}: {v!r} is unknown')


def empty(v, at):
    need(v == {}, f'{at}: should be empty')


U16, U32, U64 = number(0, 65535), number(0, 2**32 - 1), number()

RECORD = obj({'rrname': text, 'rrtype': some_text, 'ttl': U32}, rdata=some_text)
QUERY = obj({'type': one_of('query'), 'id': U16, 'rrname': text, 'rrtype': some_text,
             'opcode': number(0, 15)}, version=one_of(2), tx_id=U64)
ANSWER = obj({'version': one_of(2), 'type': one_of('answer'), 'id': U16, 'flags': matches(HEX),
              'opcode': number(0, 15), 'rcode': some_text}, qr=true, aa=true, tc=true, rd=true,
             ra=true, rrname=text, rrtype=some_text, answers=list_of(RECORD),
             grouped=metadata, authorities=list_of(RECORD))


def dns_event(v, at):
    need(isinstance(v, dict) and 'type' in v, f'{at}: lacks a type')
    (QUERY if v['type'] == 'query' else ANSWER)(v, at)
    need(v.get('version') == 2, f'{at}: is not version 2')


FLOW_COUNTS = {'pkts_toserver': U64, 'pkts_toclient': U64, 'bytes_toserver': U64,
               'bytes_toclient': U64, 'start': matches(TIME)}
JA3 = obj({'hash': matches(MD5), 'string': text})


def build(ext):
    """What each object may look like, with or without our own keys."""
    def ours(**keys):
        return keys if ext else {}

    http = obj({'length': U64}, hostname=some_text, http_port=number(1, 65535), url=some_text,
               http_user_agent=some_text, xff=some_text, http_content_type=some_text,
               content_range=obj({'raw': some_text}, start=U64, end=U64, size=U64),
               http_refer=some_text, http_method=some_text, protocol=some_text,
               status=number(0, 999), status_string=some_text, redirect=some_text,
               version=one_of('2'),
               http2=obj({'stream_id': U32, 'request': empty, 'response': empty}))
    tls = obj({'version': matches(re.compile(r'^(UNDETERMINED|TLSv1|SSLv[23]|TLS 1\.[123])$'))},
              subject=some_text, issuerdn=text, serial=some_text, fingerprint=some_text,
              sni=some_text, notbefore=matches(CERT_TIME), notafter=matches(CERT_TIME),
              session_resumed=true, ja3=JA3, ja3s=JA3,
              **ours(ja4=matches(JA4), subjectaltname=list_of(text), client_alpns=list_of(text),
                     server_alpns=list_of(text)))
    quic = obj({'version': some_text}, sni=some_text, ua=some_text, ja3=JA3, ja3s=JA3,
               **ours(ja4=matches(JA4)))
    npm = obj({'kind': one_of('tarball', 'metadata', 'file', 'audit', 'publish', 'search')},
              package=some_text, version=some_text, spec=some_text, registry=some_text,
              client=some_text, session=some_text, placeholder=true)
    extra = obj({}, ech=one_of('grease', 'offered'), gap=true, outer_src_ip=address,
                outer_dest_ip=address)
    alert = obj({'action': one_of('allowed', 'blocked'), 'gid': U32, 'signature_id': U32, 'rev': U32,
                 'signature': text, 'category': text, 'severity': number(1, 4)}, metadata=metadata,
                **ours(references=list_of(text)))
    verdict = obj({'action': one_of('drop', 'accept', 'pass', 'alert')},
                  reject=list_of(one_of('tcp-reset', 'icmp-prohib')),
                  **ours(reject_target=one_of('both', 'to_client', 'to_server')))
    drop = obj({'len': U16}, ttl=number(0, 255), hoplimit=number(0, 255), tcpseq=U32, tcpack=U32,
               tcpwin=U16, reason=some_text)
    alert_flow = obj(FLOW_COUNTS | {'src_ip': address, 'dest_ip': address}, src_port=U16,
                     dest_port=U16)
    flow = obj(FLOW_COUNTS | {'end': matches(TIME), 'age': U64,
                              'state': one_of('new', 'established', 'closed', 'bypassed'),
                              'reason': one_of('timeout', 'forced', 'shutdown'), 'alerted': flag},
               bypass=one_of('local', 'capture'), action=one_of('drop', 'accept', 'pass'))
    tcp = obj({'tcp_flags': matches(HEX), 'tcp_flags_ts': matches(HEX),
               'tcp_flags_tc': matches(HEX), 'state': some_text, 'ts_max_regions': U16,
               'tc_max_regions': U16}, syn=true, fin=true, rst=true, psh=true, ack=true, urg=true,
              ecn=true, cwr=true, ts_gap=true, tc_gap=true)
    anomaly = obj({'type': one_of('decode', 'stream', 'applayer'), 'event': some_text},
                  app_proto=some_text, layer=one_of('proto_parser', 'proto_detect', 'parser'))

    def tree(v, at):
        if isinstance(v, dict):
            for k, item in v.items():
                need(k != '', f'{at}: has an empty key')
                tree(item, f'{at}.{k}')
        else:
            U64(v, at)

    def stats(v, at):
        need(isinstance(v, dict), f'{at}: is no object')
        for k in v:
            need(k in STATS or (ext and k == 'excise'), f'{at}: {k!r} is no group of counters')
        tree(v, at)

    packet = {'src_ip': address, 'dest_ip': address, 'proto': proto}
    head = {'flow_id': number(0, FLOW_ID_MAX), 'in_iface': some_text, 'vlan': list_of(U16),
            'src_port': U16, 'dest_port': U16, 'icmp_type': number(0, 255),
            'icmp_code': number(0, 255), 'community_id': matches(COMMUNITY), 'host': some_text,
            **ours(ip_v=one_of(4, 6))}
    wire = {'pcap_cnt': number(1), 'pkt_src': one_of(*PKT_SRC)}
    tx = {'tx_id': U64}
    app = {'app_proto': some_text}
    protocols = {'http': http, 'tls': tls, 'quic': quic, 'dns': obj({}, query=list_of(QUERY, 0),
                 answer=ANSWER), **ours(npm=npm)}
    top_ext = ours(ext=extra)

    # event type: (required keys, allowed keys)
    events = {
        'alert': (packet | {'alert': alert, 'direction': one_of('to_server', 'to_client')},
                  head | wire | tx | app | protocols | top_ext
                  | {'verdict': verdict, 'flow': alert_flow}),
        'drop': (packet | {'drop': drop, 'verdict': verdict}, head | wire),
        'http': (packet | {'http': http, 'tx_id': U64}, head | wire | top_ext),
        'tls': (packet | {'tls': tls}, head | wire | top_ext),
        'quic': (packet | {'quic': quic}, head | wire | top_ext),
        'dns': (packet | {'dns': dns_event}, head | wire),
        'flow': (packet | {'flow': flow, 'flow_id': head['flow_id']}, head | app | {'tcp': tcp}),
        'anomaly': ({'anomaly': anomaly}, packet | head | wire | tx),
        'stats': ({'stats': stats}, {'host': some_text}),
    }
    if ext:
        events['npm'] = (packet | {'npm': npm}, head | wire | tx | app | top_ext | {'http': http})
    return events


def few_keys(v):
    if isinstance(v, dict):
        return len(v) <= KEYS_MAX and all(map(few_keys, v.values()))
    return all(map(few_keys, v)) if isinstance(v, list) else True


def once(pairs):
    keys = [k for k, _ in pairs]
    need(len(keys) == len(set(keys)), f'a key stands twice: {sorted(keys)}')
    return dict(pairs)


def refuse(name):
    raise Bad(f'{name} is no JSON')


def check_line(raw, events):
    need(raw.endswith(b'\n'), 'does not end in a line feed')
    need(50 <= len(raw) <= LINE_MAX, f'has {len(raw)} bytes')
    try:
        line = raw.decode('utf-8')
        e = json.loads(line, object_pairs_hook=once, parse_constant=refuse)
    except ValueError as why:
        raise Bad(f'is no UTF-8 JSON: {why}') from None
    need(isinstance(e, dict), 'is no object')
    need(next(iter(e)) == 'timestamp', 'does not begin with the timestamp')
    matches(TIME)(e['timestamp'], 'timestamp')
    need(len(e['timestamp']) == 31, 'timestamp: has not 31 characters')
    kind = e.get('event_type')
    need(kind in events, f'event_type: {kind!r} is not allowed')
    required, allowed = events[kind]
    both = allowed | required | {'timestamp': text, 'event_type': text}
    obj({k: both[k] for k in required}, **both)(e, kind)
    need(few_keys(e), f'has more than {KEYS_MAX} keys at a level')
    if e.get('proto') in ('TCP', 'UDP', 'SCTP'):
        need('src_port' in e and 'dest_port' in e, f'{e["proto"]} without ports')
    if kind == 'flow' and e['proto'] == 'TCP':
        need('tcp' in e, 'a TCP flow without tcp{}')
    return kind


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--extensions', choices=('yes', 'no'), default='yes')
    p.add_argument('--quiet', action='store_true', help='say nothing when all is well')
    p.add_argument('--most', type=int, default=50, help='bad lines to show')
    p.add_argument('files', nargs='+', metavar='FILE')
    a = p.parse_args()
    events, counts, bad = build(a.extensions == 'yes'), {}, 0
    for name in a.files:
        with (sys.stdin.buffer if name == '-' else open(name, 'rb')) as f:
            for n, raw in enumerate(f, 1):
                try:
                    kind = check_line(raw, events)
                    counts[kind] = counts.get(kind, 0) + 1
                except Bad as why:
                    bad += 1
                    if bad <= a.most:
                        print(f'{name}:{n}: {why}', file=sys.stderr)
    if bad or not a.quiet:
        told = ', '.join(f'{counts[k]} {k}' for k in sorted(counts)) or 'no events'
        print(f'{"BAD: " + str(bad) + " lines; " if bad else ""}{told}')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
