#!/usr/bin/env python3
"""A small HTTP proxy for the lab: absolute-form requests and CONNECT. Usage: proxy.py ADDRESS PORT"""
import socket
import sys
import threading
from urllib.parse import urlsplit


def read_head(s):
    head = b""
    while b"\r\n\r\n" not in head:
        part = s.recv(4096)
        if not part:
            return None, b""
        head += part
    head, rest = head.split(b"\r\n\r\n", 1)
    return head, rest


def pump(a, b):
    try:
        while part := a.recv(65536):
            b.sendall(part)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(client, server):
    back = threading.Thread(target=pump, args=(server, client), daemon=True)
    back.start()
    pump(client, server)
    back.join()


def serve(client):
    with client:
        head, rest = read_head(client)
        if head is None:
            return
        line, _, fields = head.partition(b"\r\n")
        method, target, version = line.split(b" ", 2)
        if method == b"CONNECT":
            host, _, port = target.decode().rpartition(":")
            with socket.create_connection((host, int(port)), 10) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.sendall(rest)
                join(client, server)
            return
        # one request a connection: the answer ends with it
        url = urlsplit(target.decode())
        keep = [f for f in fields.split(b"\r\n") if not f.lower().startswith((b"connection:", b"proxy-connection:"))]
        path = url.path + ("?" + url.query if url.query else "")
        with socket.create_connection((url.hostname, url.port or 80), 10) as server:
            server.sendall(b"\r\n".join([b" ".join([method, path.encode() or b"/", version])] + keep
                                        + [b"Connection: close", b"", b""]) + rest)
            join(client, server)


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
