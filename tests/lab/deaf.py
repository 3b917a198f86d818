#!/usr/bin/env python3
"""A UDP port that takes everything and never answers, so that nothing says "unreachable". Usage: deaf.py ADDRESS PORT"""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
while s.recv(65536):
    pass
