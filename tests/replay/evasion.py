#!/usr/bin/env python3
"""Ways to hide from a gateway: each conversation here reaches a real server as a request for what
is listed, so each must raise its alerts exactly once, whatever decoys surround it.

    tests/replay/evasion.py [EXCISED]        default build/excised-san; exit 1 when a case fails
    tests/replay/evasion.py --pcap FILE      only write the capture

All cases stand in one capture, each from a client address of its own (10.9.y.z)."""
import argparse
import collections
import importlib.machinery
import importlib.util
import ipaddress
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
WEB, RESOLVER = "198.51.100.10", "198.51.100.53"
PKG, HOST, DNS, TLS, QUIC, VISIT = range(1, 7)
RULES = """
alert npm any any -> any any (msg:"package"; flow:to_server; npm.package; content:"evil-pkg"; startswith; sid:1;)
alert http any any -> any any (msg:"host"; flow:to_server; http.host; content:"evil.example"; endswith; sid:2;)
alert dns any any -> any any (msg:"name"; dns.query; content:"evil.example"; nocase; endswith; sid:3;)
alert tls any any -> any any (msg:"sni"; flow:to_server; tls.sni; content:"evil.example"; endswith; sid:4;)
alert quic any any -> any any (msg:"quic"; quic.sni; content:"evil.example"; endswith; sid:5;)
alert http any any -> any any (msg:"visit"; flow:to_server; http.uri; content:"/visit"; sid:6;)
pass http any any -> any any (msg:"allowed"; http.host; content:"allowed.example"; sid:7;)
pass quic any any -> any any (msg:"allowed"; quic.sni; content:"allowed.example"; sid:8;)
pass tls any any -> any any (msg:"allowed"; tls.sni; content:"allowed.example"; sid:9;)
"""
GET = b"GET /evil-pkg/-/evil-pkg-1.0.0.tgz HTTP/1.1\r\nHost: registry.npmjs.org\r\nUser-Agent: curl/8\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CASES = []


def load(name):
    path = os.path.join(ROOT, "tools", name)
    sys.path.insert(0, os.path.dirname(path))
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


mkpcap = load("mkpcap")


class Talk:
    """One client's packets, each as wrong as the case wants it."""

    def __init__(self, capture, client):
        self.capture, self.client = capture, client
        self.sport, self.server, self.port = 40000, WEB, 80
        self.isn = [1000, 5000]
        self.next = [1000, 5000]

    def wait(self, seconds):
        """Time goes by, in batches of packets that have nothing to do with this."""
        self.capture.now += int(seconds * 1_000_000)
        for i in range(130):
            self.capture.udp("192.0.2.1", "192.0.2.2", 9, b"x")

    def tcp(self, who, flags, data=b"", seq=None, ack=None, win=64240, options=b""):
        """A segment of the client's (0) or the server's (1); without seq the next in order."""
        ends = [(self.client, self.sport), (self.server, self.port)]
        me, other = ends[who], ends[1 - who]
        at = self.next[who] if seq is None else seq
        if ack is None:
            ack = self.next[1 - who] if flags & ACK else 0
        head = struct.pack("!HHIIBBHHH", me[1], other[1], at & 0xffffffff, ack & 0xffffffff,
                           (5 + len(options) // 4) << 4, flags, win, 0, 0)
        self.capture.ip(me[0], other[0], 6, head + options + data, 16)
        if seq is None:
            self.next[who] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def open(self):
        self.tcp(0, SYN)
        self.tcp(1, SYN | ACK)
        self.tcp(0, ACK)

    def ask(self, data):
        """Sent in order, and acknowledged."""
        for i in range(0, len(data), 1400):
            self.tcp(0, PSH | ACK, data[i:i + 1400])
        self.tcp(1, ACK)

    def answer(self, data=OK):
        self.tcp(1, PSH | ACK, data)
        self.tcp(0, ACK)

    def close(self):
        self.tcp(0, FIN | ACK)
        self.tcp(1, FIN | ACK)
        self.tcp(0, ACK)

    def whole(self, *turns):
        """A tidy conversation; bytes are the client's, lists of bytes the server's."""
        self.open()
        for turn in turns:
            if isinstance(turn, bytes):
                self.ask(turn)
            else:
                self.answer(turn[0])
        self.close()

    def udp(self, who, data):
        ends = [(self.client, self.sport), (self.server, self.port)]
        me, other = ends[who], ends[1 - who]
        head = struct.pack("!HHHH", me[1], other[1], 8 + len(data), 0)
        self.capture.ip(me[0], other[0], 17, head + data, 6)


def case(*sids):
    def keep(f):
        CASES.append((sorted(sids), f))
        return f
    return keep


def http(path=b"/visit", host=b"evil.example", method=b"GET"):
    return method + b" " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


def name(text):
    return b"".join(bytes([len(l)]) + l for l in text.encode().split(b".") if l) + b"\0"


def query(qname=name("www.evil.example"), flags=0x0100, counts=(1, 0, 0, 0), more=b""):
    return struct.pack("!6H", 0x1234, flags, *counts) + qname + struct.pack("!HH", 1, 1) + more


def block(width, data):
    return len(data).to_bytes(width, "big") + data


def hello(sni=b"www.evil.example", exts=b"", ciphers=b"\x13\1\x13\2", names=None):
    """A ClientHello; `names` replaces the whole server name list."""
    names = b"\0" + block(2, sni) if names is None else names
    all_exts = exts + b"\0\0" + block(2, block(2, names)) + b"\0\x2b" + block(2, block(1, b"\3\4"))
    body = b"\3\3" + bytes(32) + block(1, b"") + block(2, ciphers) + block(1, b"\0") + block(2, all_exts)
    return b"\1" + block(3, body)


def records(message, size=16384, kind=22):
    return b"".join(bytes([kind, 3, 1]) + block(2, message[i:i + size]) for i in range(0, len(message), size))


def initial(sni, dcid=b"\1\2\3\4\5\6\7\x08"):
    from mkpcap_quic import initial as seal
    return seal(mkpcap.client_hello(sni, "h3", quic=True), dcid)


# ---- TCP ----

@case(PKG)
def plain(t):
    t.whole(GET, [OK])


@case(PKG)
def sent_twice(t):
    t.open()
    t.ask(GET)
    t.tcp(0, PSH | ACK, GET, seq=t.next[0] - len(GET))
    t.answer()
    t.close()


@case(PKG, PKG)
def second_package_on_a_connection(t):
    t.whole(GET, [OK], GET.replace(b"evil-pkg", b"evil-pkg2"), [OK])


@case(PKG)
def decoy_syn_before_the_answer(t):
    t.tcp(0, SYN)
    t.tcp(0, SYN, seq=77777)
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def decoy_syn_just_ahead(t):
    t.tcp(0, SYN)
    t.tcp(0, SYN, seq=t.isn[0] + 5)
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def decoy_syn_with_data_before_the_answer(t):
    t.tcp(0, SYN)
    t.tcp(0, SYN, b"GET /innocent HTTP/1.1\r\n\r\n", seq=t.isn[0] + 5)
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def decoy_syn_in_the_request(t):
    t.open()
    t.ask(GET[:20])
    t.tcp(0, SYN, seq=123456)
    t.ask(GET[20:])
    t.answer()


@case(PKG)
def decoy_rst_and_syn_in_the_request(t):
    t.open()
    t.ask(GET[:12])
    t.tcp(0, RST, seq=t.next[0])
    t.tcp(0, SYN, seq=t.next[0] + 100)
    t.ask(GET[12:])
    t.answer()


@case(PKG)
def decoy_fin_in_the_request(t):
    t.open()
    t.ask(GET[:12])
    t.tcp(0, FIN | ACK, seq=t.next[0])
    t.ask(GET[12:])
    t.answer()


@case(PKG)
def decoy_rst_in_the_request(t):
    t.open()
    t.ask(GET[:12])
    t.tcp(0, RST | ACK, seq=t.next[0])
    t.ask(GET[12:])
    t.answer()


@case(PKG)
def decoy_rst_and_a_pause(t):
    t.open()
    t.ask(GET[:12])
    t.tcp(0, RST | ACK, seq=t.next[0])
    t.wait(20)
    t.ask(GET[12:])
    t.answer()


@case(PKG)
def decoy_data_before_the_syn(t):
    t.tcp(0, PSH | ACK, b"HTTP/1.1 200 OK\r\n\r\n", seq=t.isn[0] - 400, ack=1)
    t.open()
    t.ask(GET)
    t.answer()


@case(PKG)
def decoy_data_before_a_syn_of_zero(t):
    t.next[0] = 0
    t.tcp(0, PSH | ACK, b"junk", seq=0x50000000, ack=1)
    t.open()
    t.ask(GET)
    t.answer()


@case(PKG)
def decoy_data_and_a_second_syn(t):
    t.tcp(0, PSH | ACK, b"GET / HTTP/1.1\r\n", seq=0x50000000, ack=1)
    t.tcp(0, SYN)
    t.tcp(0, SYN, seq=99999)
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def byte_by_byte_backwards(t):
    t.open()
    at = t.next[0]
    for i in reversed(range(len(GET))):
        t.tcp(0, PSH | ACK, GET[i:i + 1], seq=at + i)
    t.next[0] += len(GET)
    t.answer()


@case(PKG)
def keep_alives_and_window_probes(t):
    t.open()
    t.tcp(0, ACK, b"\0", seq=t.next[0] - 1)
    t.ask(GET[:7])
    t.tcp(1, ACK, win=0)
    t.tcp(0, ACK, b"X", seq=t.next[0] - 1)
    t.tcp(0, PSH | ACK, GET[7:8])
    t.tcp(1, ACK)
    t.ask(GET[8:])
    t.answer()


@case(PKG)
def data_behind_an_old_acknowledgement(t):
    t.open()
    t.tcp(0, PSH | ACK, GET, ack=1)
    t.answer()


@case(PKG)
def ports_used_again_behind_tls(t):
    t.open()
    t.ask(records(hello(b"www.example.org")))
    t.answer(records(b"\2" + block(3, b"\3\3" + bytes(32) + b"\0\x13\1\0" + block(2, b"\0\x2b\0\2\3\4"))))
    t.wait(5)
    t.next = [900000, 700000]
    t.open()
    t.ask(GET)
    t.answer()


@case(PKG)
def simultaneous_open(t):
    t.tcp(0, SYN)
    t.tcp(1, SYN)
    t.tcp(0, SYN | ACK, seq=t.isn[0], ack=t.isn[1] + 1)
    t.tcp(1, SYN | ACK, seq=t.isn[1], ack=t.isn[0] + 1)
    t.ask(GET)
    t.answer()


@case(PKG)
def fast_open(t):
    t.tcp(0, SYN, GET)
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.answer()


@case(PKG)
def fast_open_refused(t):
    t.tcp(0, SYN, b"GET /innocent HTTP/1.1\r\n\r\n", seq=t.next[0])
    t.next[0] += 1
    t.tcp(1, SYN | ACK)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def half_a_request_then_silence(t):
    t.open()
    t.ask(GET[:12])
    t.wait(59)
    t.ask(GET[12:])
    t.answer()


def fragments(t, data, size, order=lambda l: l):
    """A TCP segment as pieces of an IP packet."""
    t.tcp(0, PSH | ACK, data)
    when, frame = t.capture.frames.pop()
    head, body = bytearray(frame[14:34]), frame[34:]
    pieces = []
    for at in range(0, len(body), size):
        part = body[at:at + size]
        h = bytearray(head)
        h[2:4] = struct.pack("!H", 20 + len(part))
        h[4:6] = struct.pack("!H", 0x4242)
        h[6:8] = struct.pack("!H", at // 8 | (0x2000 if at + size < len(body) else 0))
        h[10:12] = b"\0\0"
        h[10:12] = struct.pack("!H", mkpcap.checksum(bytes(h)))
        pieces.append((when, frame[:14] + bytes(h) + part))
    t.capture.frames += order(pieces)


@case(PKG)
def in_fragments(t):
    t.open()
    fragments(t, GET, 8)
    t.answer()


@case(PKG)
def in_fragments_backwards_and_twice(t):
    t.open()
    fragments(t, GET, 16, lambda l: l[:0:-1] + l)
    t.answer()


@case(PKG)
def one_vlan_for_each_direction(t):
    first = len(t.capture.frames)
    t.whole(GET, [OK])
    for i in range(first, len(t.capture.frames)):
        when, f = t.capture.frames[i]
        vlan = 10 if f[26:30] == ipaddress.ip_address(t.client).packed else 20
        t.capture.frames[i] = (when, f[:12] + struct.pack("!HH", 0x8100, vlan) + f[12:])


@case(PKG)
def other_window_scale_in_a_decoy_syn(t):
    scale = b"\1\3\3\7"
    t.tcp(0, SYN, options=scale)
    t.tcp(0, SYN, seq=4711)
    t.tcp(1, SYN | ACK, options=scale)
    t.tcp(0, ACK)
    t.ask(GET)
    t.answer()


@case(PKG)
def urgent_byte_in_the_request(t):
    t.open()
    t.tcp(0, PSH | ACK | 32, GET)
    t.answer()


@case(PKG)
def request_after_the_server_said_goodbye(t):
    t.open()
    t.tcp(1, FIN | ACK)
    t.ask(GET)


@case(PKG)
def request_with_a_fin(t):
    t.open()
    t.tcp(0, FIN | PSH | ACK, GET)
    t.tcp(1, ACK)
    t.answer()


@case(PKG)
def client_alone_is_seen(t):
    t.tcp(0, SYN)
    t.tcp(0, ACK, ack=1)
    t.tcp(0, PSH | ACK, GET, ack=1)


@case(PKG)
def port_used_again_and_the_client_alone_is_seen(t):
    t.tcp(0, SYN)
    t.tcp(0, PSH | ACK, records(hello(b"www.example.org")), ack=1)
    t.wait(3)
    t.next[0] = 99000
    t.tcp(0, SYN)
    t.tcp(0, PSH | ACK, GET, ack=1)


# ---- recognition ----

@case(PKG)
def empty_lines_first(t):
    t.whole(b"\r\n" * 200 + GET, [OK])


@case(PKG)
def empty_lines_in_slices(t):
    t.whole(*[b"\r\n" * 100] * 8, GET, [OK])


@case(PKG)
def empty_lines_one_by_one(t):
    t.whole(*[b"\r\n"] * 40, GET, [OK])


@case(PKG)
def behind_socks_byte_by_byte(t):
    turns = [bytes([b]) for b in b"\5\1\0"] + [[b"\5\0"]]
    turns += [bytes([b]) for b in b"\5\1\0\1\xc6\x33\x64\x0a\0\x50"] + [[b"\5\0\0\1\0\0\0\0\0\0"]]
    t.whole(*turns, GET, [OK])


@case(TLS)
def tls_behind_socks(t):
    t.whole(b"\5\1\0", [b"\5\0"], b"\5\1\0\3\4host\1\xbb", [b"\5\0\0\1\0\0\0\0\0\0"], records(hello()))


# ---- HTTP/1 ----

@case(PKG)
def many_refused_connects(t):
    no = b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"
    t.whole(http(b"a.example:443", b"a.example", b"CONNECT") * 8 + GET, [no * 8 + OK])


@case(PKG)
def many_refused_connects_one_by_one(t):
    no = [b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"]
    t.whole(*[http(b"a.example:443", b"a.example", b"CONNECT"), no] * 8, GET, [OK])


@case(PKG)
def pipelined_behind_hundred(t):
    t.whole(http(b"/", b"a.example") * 100 + GET, [OK * 101])


@case(PKG)
def chunked_request_first(t):
    t.whole(b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"00000000005;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n" + GET, [OK + OK])


@case(PKG)
def after_an_upgrade_refused(t):
    t.whole(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", [OK], GET, [OK])


@case(PKG)
def after_interim_answers(t):
    t.whole(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n"], b"abc" + GET, [OK + OK])


@case(PKG)
def head_then_get(t):
    t.whole(http(b"/", b"a", b"HEAD"), [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"], GET, [OK])


@case(PKG)
def huge_head(t):
    t.whole(GET[:-2] + b"X-Filler: " + b"a" * 70000 + b"\r\n\r\n", [OK])


@case(PKG)
def huge_head_before(t):
    t.whole(http(b"/", b"a.example")[:-2] + b"X-Filler: " + b"a" * 70000 + b"\r\n\r\n" + GET, [OK * 2])


@case(PKG)
def old_http(t):
    t.whole(b"GET /evil-pkg/-/evil-pkg-1.0.0.tgz\r\n", [b"\x1f\x8b"])


@case(HOST, VISIT)
def host_in_odd_form(t):
    t.whole(http(b"/visit", b"EVIL.example.:80"), [OK])


@case(HOST, VISIT)
def host_in_absolute_form(t):
    t.whole(http(b"http://user@evil.example:80/visit", b"a.example"), [OK])


@case(HOST, VISIT)
def host_header_beside_an_absolute_form(t):
    t.whole(http(b"http://good.example/visit", b"EVIL.example:80"), [OK])


@case(HOST, VISIT)
def host_without_colon_blank(t):
    t.whole(b"GET /visit HTTP/1.1\nHost:evil.example\n\n", [OK])


@case(HOST, VISIT)
def host_second_when_first_is_empty(t):
    t.whole(b"GET /visit HTTP/1.1\r\nHost:\r\nHost: evil.example\r\n\r\n", [OK])


@case(VISIT, VISIT)
def pass_ends_with_its_request(t):
    t.whole(http(b"/visit", b"a.example"), [OK], http(b"/visit", b"allowed.example"), [OK],
            http(b"/visit", b"b.example"), [OK])


@case(VISIT)
def pass_does_not_reach_into_a_tunnel(t):
    t.whole(http(b"/visit", b"allowed.example"), [OK], http(b"b.example:80", b"b.example", b"CONNECT"),
            [b"HTTP/1.1 200 Connection established\r\n\r\n"], http(b"/visit", b"b.example"), [OK])


@case(VISIT, VISIT)
def same_rule_inside_and_outside_a_tunnel(t):
    t.whole(http(b"/visit", b"a.example"), [OK], http(b"b.example:80", b"b.example", b"CONNECT"),
            [b"HTTP/1.1 200 Connection established\r\n\r\n"], http(b"/visit", b"b.example"), [OK])


@case(PKG)
def connect_answered_after_the_client_went_on(t):
    t.open()
    t.ask(http(b"a.example:80", b"a.example", b"CONNECT") + GET[:15])
    t.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")
    t.ask(GET[15:])
    t.answer()


@case(PKG)
def behind_a_request_with_two_lengths(t):
    t.whole(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + GET, [OK * 2])


@case(PKG)
def behind_an_odd_request_on_a_connection(t):
    t.whole(b"GET / HTTP/1.1\r\n\r\n", [OK], b"\x01\x02 junk\r\n", [b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"],
            GET, [OK])


@case(PKG, VISIT)
def head_in_many_slices_with_a_pipelined_end(t):
    both = http(b"/visit", b"a.example") + GET
    t.whole(*[both[i:i + 7] for i in range(0, len(both), 7)], [OK * 2])


# ---- npm ----

def path(p):
    return GET.replace(b"/evil-pkg/-/evil-pkg-1.0.0.tgz", p)


@case(PKG)
def path_with_dots(t):
    t.whole(path(b"/evil-pkg/./-/x/../evil-pkg-1.0.0.tgz"), [OK])


@case(PKG)
def path_with_slashes(t):
    t.whole(path(b"//evil-pkg//-//evil-pkg-1.0.0.tgz"), [OK])


@case(PKG)
def path_encoded(t):
    t.whole(path(b"/%65vil-pkg/%2d/evil-pkg-1.0.0.tg%7a?a=b").replace(b"registry.npmjs.org", b"mirror.example"), [OK])


@case(PKG)
def path_with_a_dot_at_its_end(t):
    t.whole(path(b"/x/%2e%2e/evil-pkg/-/evil-pkg-1.0.0.tgz/.").replace(b"registry.npmjs.org", b"mirror.example"), [OK])


@case(PKG)
def path_with_backslashes(t):
    t.whole(path(b"/evil-pkg\\-\\evil-pkg-1.0.0.tgz"), [OK])


# ---- TLS ----

@case(TLS)
def hello_in_tiny_records(t):
    t.whole(records(hello(), 3))


@case(TLS)
def hello_with_alerts_between(t):
    h = hello()
    t.whole(records(h[:20]) + b"\x15\3\1\0\2\1\x70" + records(h[20:]))


@case(TLS)
def another_type_of_name_first(t):
    t.whole(records(hello(names=b"\7" + block(2, b"x") + b"\0" + block(2, b"www.evil.example"))))


@case(TLS)
def name_changed_after_a_retry(t):
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    again = b"\2" + block(3, b"\3\3" + retry + b"\0\x13\1\0" + block(2, b"\0\x2b\0\2\3\4\0\x33\0\2\0\x17"))
    t.whole(records(hello(b"www.example.org")), [records(again)], b"\x14\3\3\0\1\1" + records(hello()))


@case(TLS)
def name_kept_after_a_retry(t):
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    again = b"\2" + block(3, b"\3\3" + retry + b"\0\x13\1\0" + block(2, b"\0\x2b\0\2\3\4\0\x33\0\2\0\x17"))
    t.whole(records(hello()), [records(again)], records(hello()))


@case(TLS)
def pass_ends_with_its_hello(t):
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    again = b"\2" + block(3, b"\3\3" + retry + b"\0\x13\1\0" + block(2, b"\0\x2b\0\2\3\4\0\x33\0\2\0\x17"))
    t.whole(records(hello(b"allowed.example")), [records(again)], records(hello()))


@case(TLS)
def name_in_odd_form(t):
    t.whole(records(hello(b"WWW.Evil.Example.")))


# ---- DNS ----

def ask_resolver(t, *datagrams):
    t.server, t.port = RESOLVER, 53
    for d in datagrams:
        t.udp(0, d)


@case(DNS)
def dns_behind_junk(t):
    ask_resolver(t, *[b"x"] * 20, query())


@case(DNS)
def dns_behind_quic(t):
    ask_resolver(t, initial("www.example.org"), *[b"\xc0\0\0\0\1\x08" + bytes(1194)] * 40, query())


@case(DNS)
def dns_name_with_a_pointer(t):
    ask_resolver(t, query(b"\3www\4evil\7example\xc0\4"))


@case(DNS)
def dns_odd_flags(t):
    ask_resolver(t, query(flags=0x7bf0))


@case(DNS)
def dns_name_in_capitals(t):
    ask_resolver(t, query(name("wWw.eViL.eXaMpLe")))


@case(DNS)
def dns_second_question(t):
    ask_resolver(t, query(name("a.example"), counts=(2, 0, 0, 0), more=name("evil.example") + b"\0\1\0\1"))


@case(DNS)
def dns_tcp_odd_flags_byte_by_byte(t):
    t.server, t.port = RESOLVER, 53
    q = block(2, query(flags=0x0140))
    t.whole(*[q[i:i + 1] for i in range(len(q))])


@case(DNS)
def dns_tcp_behind_a_short_message(t):
    t.server, t.port = RESOLVER, 53
    t.whole(block(2, query(name("a.example"))), block(2, b""), block(2, b"abc"), block(2, query()))


# ---- QUIC ----

def ask_web(t, *datagrams):
    t.port = 443
    for d in datagrams:
        t.udp(0, d)


@case(QUIC)
def quic_behind_junk(t):
    ask_web(t, *[b"junk"] * 20, initial("www.evil.example"))


@case(QUIC)
def quic_behind_dns(t):
    ask_web(t, query(name("a.example")), initial("www.evil.example"))


@case(QUIC)
def quic_behind_broken_initials(t):
    good = initial("www.evil.example")
    ask_web(t, *[good[:-40] + bytes(40)] * 12, good)


@case(QUIC)
def second_quic_connection_of_a_port(t):
    ask_web(t, initial("www.example.org", b"\7" * 8))
    t.udp(1, b"\xc0\0\0\0\1\0\x08" + b"\x55" * 8 + b"\0\x44\0" + bytes(1024))
    t.udp(0, b"\x40" + bytes(100))
    ask_web(t, initial("www.evil.example", b"\6" * 8))


@case(QUIC)
def pass_ends_with_its_quic_connection(t):
    ask_web(t, initial("allowed.example", b"\7" * 8), initial("www.evil.example", b"\6" * 8))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("excised", nargs="?", default=os.path.join(ROOT, "build", "excised-san"))
    args.add_argument("--pcap", metavar="FILE")
    args.add_argument("--only", metavar="CASE")
    args = args.parse_args()

    capture = mkpcap.Capture()
    want = {}
    for n, (sids, f) in enumerate(CASES):
        if args.only in (None, f.__name__):
            client = str(ipaddress.ip_address("10.9.0.1") + n)
            f(Talk(capture, client))
            want[client] = (sids, f.__name__)
    if args.pcap:
        with open(args.pcap, "wb") as f:
            capture.write(f)
        return 0
    with tempfile.TemporaryDirectory() as tmp:
        pcap, rules = os.path.join(tmp, "x.pcap"), os.path.join(tmp, "x.rules")
        with open(pcap, "wb") as f:
            capture.write(f)
        with open(rules, "w", encoding="utf-8") as f:
            f.write(RULES)
        subprocess.run([args.excised, "-r", pcap, "-S", rules, "-l", tmp], check=True, stdout=subprocess.DEVNULL)
        got = collections.defaultdict(list)
        with open(os.path.join(tmp, "eve.json"), encoding="utf-8") as f:
            for line in f:
                e = json.loads(line)
                if e["event_type"] == "alert":
                    client = e["src_ip"] if e["src_ip"].startswith("10.9.") else e["dest_ip"]
                    got[client].append(e["alert"]["signature_id"])
    bad = 0
    for client, (sids, what) in want.items():
        if sorted(got[client]) != sids:
            bad += 1
            print("%s (%s): wanted %s, got %s" % (what, client, sids, sorted(got[client])))
    print("%d ways to hide, %d worked" % (len(want), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
