#!/usr/bin/env python3
"""siege: clients that mean no good, and what they do to a reader's latency.

    siege.py [--together] [--connections N] URL SOCKET [KIND...]

For each kind, or for all together, N connections (500) are held to URL (http://HOST:PORT, lighttpd) or to SOCKET (the
daemon's), by a process of its own:

    silent          connect to URL and say nothing
    silent-daemon   the same to SOCKET
    drip            send a request to URL, one byte a second
    drip-daemon     the same to SOCKET
    deaf            ask URL for a board twenty times, and read nothing
    deaf-stream     ask URL for the stream and read nothing
    bodies          POST to URL bodies without an end, of 100 KB a second
    lengths         POST to URL what says that it is a terabyte

Whoever is sent away comes again. They have low priority: elsewhere they would have another host's
processors. A board is read 60 times before, meanwhile and afterwards; prints
"KIND RATIO WORST": the median meanwhile over that of before and afterwards, and the slowest read in
milliseconds. Fails if a read does, or if most of the connections were never made.
"""
import argparse
import asyncio
import http.client
import multiprocessing
import os
import resource
import socket
import statistics
import time
import urllib.parse

READS = 60
SETTLE_SECONDS = 3
BOARD = "/api/leaderboard"
STREAM = "/api/scoreboard/stream"
EVENTS = "/api/scoreboard/events"


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: host", *lines, "", ""]).encode()


async def say_nothing(reader, _writer):
    await reader.read()


async def drip(_reader, writer):
    for byte in head("GET", BOARD, "X-Long: " + "x" * 1000):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


def ask(path, times):
    async def asker(_reader, writer):
        for _ in range(times):
            writer.write(head("GET", path))
            await writer.drain()
        await asyncio.sleep(3600)

    return asker


async def send_body(_reader, writer):
    chunk = b"2710\r\n" + bytes(10000) + b"\r\n"
    writer.write(head("POST", EVENTS, "Content-Type: application/json", "Transfer-Encoding: chunked"))
    while True:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(0.1)


async def send_length(_reader, writer):
    writer.write(head("POST", EVENTS, "Content-Type: application/json", f"Content-Length: {1 << 40}"))
    while True:
        writer.write(bytes(1000))
        await writer.drain()
        await asyncio.sleep(0.1)


KINDS = {
    "silent": ("url", say_nothing),
    "silent-daemon": ("socket", say_nothing),
    "drip": ("url", drip),
    "drip-daemon": ("socket", drip),
    "deaf": ("url", ask(BOARD, 20)),
    "deaf-stream": ("url", ask(STREAM, 1)),
    "bodies": ("url", send_body),
    "lengths": ("url", send_length),
}


class Target:
    def __init__(self, url, path):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, path

    async def connect(self, where):
        if where == "socket":
            return await asyncio.open_unix_connection(self.path)
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.setblocking(False)
        await asyncio.get_running_loop().sock_connect(peer, (self.host, self.port))
        return await asyncio.open_connection(sock=peer, limit=4096)


async def besiege(target, kind, connected):
    """One of them, for ever. Adds itself to `connected`, once."""
    where, deed = KINDS[kind]
    new = 1
    while True:
        try:
            reader, writer = await target.connect(where)
            connected.value += new
            new = 0
            if kind.startswith("deaf"):
                reader._transport.pause_reading()  # pylint: disable=protected-access
            await deed(reader, writer)
            writer.close()
        except OSError:
            pass
        await asyncio.sleep(1)  # the same moment for none


def run_siege(target, kinds, connections, connected):
    os.nice(19)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def all_of_them():
        await asyncio.gather(*(besiege(target, kind, connected) for kind in kinds for _ in range(connections)))

    asyncio.run(all_of_them())


def read_board(target):
    """Milliseconds."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=20)
    connection.request("GET", BOARD, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise OSError(f"a board was answered {answer.status}")
    return 1000 * (time.monotonic() - begin)


def read_boards(target):
    times = []
    for _ in range(READS):
        times.append(read_board(target))
        time.sleep(0.02)
    return times


def measure(target, kinds, connections):
    before = read_boards(target)
    connected = multiprocessing.Value("i", 0)
    siege = multiprocessing.Process(target=run_siege, args=(target, kinds, connections, connected), daemon=True)
    siege.start()
    time.sleep(SETTLE_SECONDS)
    meanwhile = read_boards(target)
    siege.kill()
    siege.join()
    wanted = connections * len(kinds)
    if connected.value < wanted / 2:
        raise OSError(f"{'+'.join(kinds)}: {connected.value} of {wanted} connections were made")
    time.sleep(SETTLE_SECONDS)
    calm = statistics.median(before + read_boards(target))
    return statistics.median(meanwhile) / calm, max(meanwhile)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--together", action="store_true")
    parser.add_argument("url")
    parser.add_argument("socket")
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    options = parser.parse_args()
    target = Target(options.url, options.socket)
    kinds = options.kinds or list(KINDS)
    for group in [kinds] if options.together else [[kind] for kind in kinds]:
        ratio, worst = measure(target, group, options.connections)
        print(f"{'+'.join(group)} {ratio:.2f} {worst:.1f}", flush=True)


if __name__ == "__main__":
    main()
