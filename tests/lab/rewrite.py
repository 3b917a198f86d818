#!/usr/bin/env python3
"""Makes a capture out of others (classic pcap, Ethernet): what a lab's wire would hardly show by itself.

    rewrite.py --wrap N OUT IN...       TCP sequence numbers start N below their wrap-around, in both directions
    rewrite.py --reorder N OUT IN...    every N-th pair of successive data segments of one direction is swapped
    rewrite.py --lose N OUT IN...       every N-th TCP data segment is missing, as if the capture had lost it"""
import argparse
import struct

ETHERNET, TCP = 14, 6


def frames(path):
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == b"\xd4\xc3\xb2\xa1" and data[20:24] == b"\x01\0\0\0", path
    at = 24
    while at < len(data):
        seconds, micros, caught, length = struct.unpack_from("<IIII", data, at)
        yield [(seconds, micros), length, bytearray(data[at + 16:at + 16 + caught])]
        at += 16 + caught


class Segment:
    """Where TCP stands in a frame: IPv4 without options' surprises, IPv6 without extension headers."""

    def __init__(self, frame):
        kind = int.from_bytes(frame[12:14], "big")
        self.at = None
        if kind == 0x0800 and frame[23] == TCP:
            self.at = ETHERNET + (frame[14] & 15) * 4
            self.end = ETHERNET + int.from_bytes(frame[16:18], "big")
            self.ends = (bytes(frame[26:30]), bytes(frame[30:34]))
        elif kind == 0x86dd and frame[20] == TCP:
            self.at = ETHERNET + 40
            self.end = self.at + int.from_bytes(frame[18:20], "big")
            self.ends = (bytes(frame[22:38]), bytes(frame[38:54]))
        if self.at is not None:
            self.ports = (bytes(frame[self.at:self.at + 2]), bytes(frame[self.at + 2:self.at + 4]))
            self.body = self.at + (frame[self.at + 12] >> 4) * 4
            self.data = self.end - self.body
            self.syn = bool(frame[self.at + 13] & 2)

    def key(self, back=False):
        (a, b), (p, q) = self.ends, self.ports
        return (b, q, a, p) if back else (a, p, b, q)


def add(frame, at, shift):
    value = (int.from_bytes(frame[at:at + 4], "big") + shift) & 0xffffffff
    frame[at:at + 4] = value.to_bytes(4, "big")


def shift_sack(frame, s, shift):
    at = s.at + 20
    while at < s.body and frame[at] != 0:
        if frame[at] == 1:
            at += 1
            continue
        if frame[at] == 5:
            for edge in range(at + 2, at + frame[at + 1], 4):
                add(frame, edge, shift)
        at += max(frame[at + 1], 2)


def mend_checksum(frame, s):
    frame[s.at + 16:s.at + 18] = b"\0\0"
    length = s.end - s.at
    whole = b"".join(s.ends) + struct.pack(">II", length, TCP) + bytes(frame[s.at:s.end]) + b"\0" * (length % 2)
    total = sum(struct.unpack(">%dH" % (len(whole) // 2), whole))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    frame[s.at + 16:s.at + 18] = (~total & 0xffff).to_bytes(2, "big")


def wrap(all_frames, n):
    shifts = {}
    for _, _, frame in all_frames:
        s = Segment(frame)
        if s.at is None:
            continue
        if s.syn:
            shifts[s.key()] = -n - int.from_bytes(frame[s.at + 4:s.at + 8], "big")
        add(frame, s.at + 4, shifts.get(s.key(), 0))
        if frame[s.at + 13] & 16:
            add(frame, s.at + 8, shifts.get(s.key(back=True), 0))
            shift_sack(frame, s, shifts.get(s.key(back=True), 0))
        mend_checksum(frame, s)
    return all_frames


def data_places(all_frames):
    return [(i, s) for i, f in enumerate(all_frames) if (s := Segment(f[2])).at is not None and s.data > 0]


def reorder(all_frames, n):
    """Neighbours of one direction only: no network delivers an answer before its question."""
    places = data_places(all_frames)
    pairs = [(i, j) for (i, s), (j, t) in zip(places, places[1:]) if s.key() == t.key() and all_frames[i][2] != all_frames[j][2]]
    last = -1
    for i, j in pairs[n - 1::n]:
        if i > last:
            a, b = all_frames[i], all_frames[j]
            a[0], b[0] = b[0], a[0]     # the times stay sorted
            all_frames[i], all_frames[j], last = b, a, j
    return all_frames


def lose(all_frames, n):
    gone = {i for i, _ in data_places(all_frames)[n - 1::n]}
    return [f for i, f in enumerate(all_frames) if i not in gone]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    how = p.add_mutually_exclusive_group(required=True)
    for name in ("wrap", "reorder", "lose"):
        how.add_argument("--" + name, type=int, metavar="N")
    p.add_argument("out")
    p.add_argument("ins", nargs="+")
    a = p.parse_args()
    all_frames = sorted((f for path in a.ins for f in frames(path)), key=lambda f: f[0])
    for name, change in (("wrap", wrap), ("reorder", reorder), ("lose", lose)):
        if getattr(a, name) is not None:
            all_frames = change(all_frames, getattr(a, name))
    with open(a.out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for (seconds, micros), length, frame in all_frames:
            f.write(struct.pack("<IIII", seconds, micros, len(frame), length) + frame)


main()
