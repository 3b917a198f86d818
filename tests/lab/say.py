#!/usr/bin/env python3
"""Sends bytes as they are and prints what comes back, until the other end closes. Usage: say.py ADDRESS PORT TEXT"""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:
    s.sendall(sys.argv[3].encode().decode("unicode_escape").encode("latin-1"))
    while part := s.recv(65536):
        sys.stdout.buffer.write(part)
