#!/usr/bin/env python3
"""How long other reads take while many requests are in flight.

  in-flight.py SOCKET PATH...

For each PATH: sends 500 requests for it over as many connections to the web server's Unix socket,
reads none of the answers, then reads a board 20 times. Prints "STATUS*COUNT SECONDS": the status
lines of the 500 (status and how many had it), and what the 20 took.
"""
import collections
import socket
import sys
import time

IN_FLIGHT = 500
READS = 20


def send(server, path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(server)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n".encode())
    return connection


def status_of(connection):
    with connection, connection.makefile("rb") as answer:
        return answer.read().split(b" ")[1].decode()


def measure(server, path):
    waiting = [send(server, path) for _ in range(IN_FLIGHT)]
    start = time.monotonic()
    for _ in range(READS):
        assert status_of(send(server, "/api/timeline")) == "200"
    seconds = time.monotonic() - start
    statuses = collections.Counter(map(status_of, waiting))
    print(",".join(f"{status}*{count}" for status, count in statuses.items()), f"{seconds:.3f}")


for path in sys.argv[2:]:
    measure(sys.argv[1], path)
