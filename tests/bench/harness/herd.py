"""herd: thousands of viewers of a stream (tests/herd.c), and what they say of it.

    with Herd("-p", port, "-n", 8500) as herd:
        herd.ready()
        start = now_us()
        ...
        herd.told(start, revision)["last"]
"""

import os
import select
import subprocess
import time

from harness import host

DEADLINE = 120  # seconds for all of them to be told, or ready
MOMENTS = ["first", "median", "p99", "last"]


class Herd:
    def __init__(self, *options):
        command = [host.program("tests/herd"), "-s", "3600", *options]
        self.process = subprocess.Popen([str(w) for w in command], stdout=subprocess.PIPE)
        self.pid = self.process.pid
        self.lines = []
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def ready(self):
        self.next("ready")

    def told(self, start, revision=None):
        """When the notice came to them, in milliseconds after `start`. None: whichever is next."""
        return self._moments("told", start, revision)

    def held(self, start, revision=None):
        """When they held its board."""
        return self._moments("held", start, revision)

    def next(self, what, seconds=DEADLINE):
        """The words of the next line that begins so; those before it are dropped."""
        end = time.monotonic() + seconds
        while True:
            words = self._line(end - time.monotonic()).split()
            if words[0] == "fault":
                raise RuntimeError(" ".join(words))
            if words[0] == what:
                return words

    def _moments(self, what, start, revision):
        while True:
            words = self.next(what)
            if revision is None or int(words[1]) >= revision:
                times = [(int(word) - start) / 1000 for word in words[3:]]
                return {"id": int(words[1]), **dict(zip(MOMENTS, times, strict=True))}

    def _line(self, seconds):
        while not self.lines:
            if not select.select([self.process.stdout], [], [], max(seconds, 0))[0]:
                raise TimeoutError(f"the herd said nothing for {seconds:.0f} s")
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                raise RuntimeError("the herd has ended")
            *lines, self.rest = (self.rest + got).split(b"\n")
            self.lines += [line.decode() for line in lines]
        return self.lines.pop(0)
