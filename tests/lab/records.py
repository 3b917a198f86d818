#!/usr/bin/env python3
"""A TLS client whose ClientHello goes out in several records (RFC 8446 5.1 allows it). The hello is OpenSSL's, only its
framing is ours. Fails unless the server completes the handshake and answers a request.
Usage: records.py ADDRESS PORT NAME BYTES together|apart     BYTES of the hello in each record; apart: a segment each"""
import socket
import ssl
import sys
import time


def reframe(hello, size):
    """One handshake record in, several out: type, version and length (5 bytes), then a part of the body."""
    kind, length = hello[:3], int.from_bytes(hello[3:5], "big")
    body = hello[5:5 + length]
    assert kind[0] == 22 and len(hello) == 5 + length
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return [kind + len(p).to_bytes(2, "big") + p for p in parts]


def main():
    address, port, name, size, how = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    inbox, outbox = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(inbox, outbox, server_hostname=name)
    sock = socket.create_connection((address, int(port)), 5)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def step(what):
        while True:
            try:
                result = what()
                sock.sendall(outbox.read())
                return result
            except ssl.SSLWantReadError:
                sock.sendall(outbox.read())
                part = sock.recv(65536)
                if not part:
                    sys.exit("records: the server closed")
                inbox.write(part)

    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    records = reframe(outbox.read(), int(size))
    for part in records if how == "apart" else [b"".join(records)]:
        sock.sendall(part)
        if how == "apart":
            time.sleep(0.02)
    step(tls.do_handshake)
    step(lambda: tls.write(b"GET /api/ HTTP/1.0\r\nHost: %s\r\n\r\n" % name.encode()))
    answer = step(lambda: tls.read(65536))
    if not answer.startswith(b"HTTP/1.1 200"):
        sys.exit("records: the server answered %r" % answer[:40])


main()
