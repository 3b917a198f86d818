#!/usr/bin/env python3
"""eve_schema.py itself: a sound line passes, and each way of spoiling it is told."""
import json
import unittest

from eve_schema import Bad, build, check_line

HEAD = {'timestamp': '2026-11-23T06:18:34.123456+0000', 'flow_id': 7, 'event_type': 'http',
        'src_ip': '10.0.0.1', 'src_port': 1, 'dest_ip': '2001:db8::1', 'dest_port': 80,
        'proto': 'TCP', 'ip_v': 4, 'pkt_src': 'wire/pcap', 'host': 'gw', 'tx_id': 0,
        'community_id': '1:axoRKkitbuznq9Ubu76a8xB0JtQ='}
HTTP = HEAD | {'http': {'hostname': 'h', 'url': '/', 'status': 200, 'length': 0}}


def line(event):
    return json.dumps(event, ensure_ascii=False).encode() + b'\n'


class Schema(unittest.TestCase):
    def bad(self, raw, ext=True):
        with self.assertRaises(Bad):
            check_line(raw, build(ext))

    def test_a_sound_line_passes(self):
        self.assertEqual(check_line(line(HTTP), build(True)), 'http')

    def test_our_keys_need_extensions(self):
        self.bad(line(HTTP), ext=False)
        plain = {k: v for k, v in HTTP.items() if k != 'ip_v'}
        self.assertEqual(check_line(line(plain), build(False)), 'http')

    def test_types_and_forms_are_checked(self):
        for key, value in (('timestamp', '2026-11-23T06:18:34.123456Z'), ('flow_id', 2**51),
                           ('flow_id', '7'), ('src_ip', '[::1]'), ('src_port', 65536),
                           ('proto', 'tcp'), ('proto', 'UDPX'), ('pkt_src', 'air'), ('tx_id', -1),
                           ('tx_id', True), ('community_id', '1:x'), ('event_type', 'htpt'),
                           ('vlan', []), ('invented', 1), ('host', '')):
            self.bad(line(HTTP | {key: value}))

    def test_objects_are_closed(self):
        self.bad(line(HTTP | {'http': HTTP['http'] | {'status': '200'}}))
        self.bad(line(HTTP | {'http': HTTP['http'] | {'package': 'x'}}))
        self.bad(line(HTTP | {'tls': {'version': 'TLS 1.3'}}))

    def test_what_must_stand_must_stand(self):
        for key in ('timestamp', 'event_type', 'src_ip', 'src_port', 'proto', 'http', 'tx_id'):
            self.bad(line({k: v for k, v in HTTP.items() if k != key}))

    def test_lines_are_lines(self):
        good = line(HTTP)
        self.bad(good[:-1])
        self.bad(good[:-2] + b'\n')
        self.bad(good.replace(b'"/"', b'"\xff"'))
        self.bad(good.replace(b'"/"', b'"' + b'x' * 60000 + b'"'))
        self.bad(good.replace(b'"tx_id": 0', b'"tx_id": 0, "tx_id": 0'))
        self.bad(good.replace(b'"tx_id": 0', b'"tx_id": NaN'))
        self.bad(b'\n')


if __name__ == '__main__':
    unittest.main()
