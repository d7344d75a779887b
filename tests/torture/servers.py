"""servers: PostgreSQL and Redis as the torture handles them; each call has a deadline."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

SECONDS = 10


def wait_until(seconds, is_so, *arguments):
    end = time.monotonic() + seconds
    while not is_so(*arguments):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Postgres:
    def __init__(self, environment):
        self.environment = environment
        self.data = pathlib.Path(environment["PGHOST"])
        self.copy = self.data.with_name("copy")

    def sql(self, statements):
        """The answer; raises CalledProcessError or TimeoutExpired where there is none."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statements]
        environment = {**self.environment, "PGCONNECT_TIMEOUT": "2"}
        return subprocess.run(command, env=environment, timeout=SECONDS, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.strip()

    def keep_copy(self):
        self.replace(self.copy, self.data)

    def take_copy_back(self):
        self.replace(self.data, self.copy)

    @staticmethod
    def replace(target, source):
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


class Redis:
    """One of a pair. Of the stack's own one the stack knows how it is started."""

    def __init__(self, path, port):
        self.path = str(path)
        self.port = port

    def call(self, *words):
        """The answer's first line, or of an array its lines one after the other."""
        command = b"*%d\r\n" % len(words)
        for word in map(lambda w: str(w).encode(), words):
            command += b"$%d\r\n%s\r\n" % (len(word), word)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(self.path)
            connection.sendall(command)
            with connection.makefile("rb") as answer:
                return self.parse(answer)

    def parse(self, answer):
        line = answer.readline().strip().decode()
        kind, rest = line[:1], line[1:]
        if kind == "$":
            return None if rest == "-1" else answer.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == "*":
            return [self.parse(answer) for _ in range(int(rest))]
        if kind == "-":
            raise OSError(f"Redis: {rest}")
        return rest

    def answers(self):
        try:
            return self.call("PING") == "PONG"
        except OSError:
            return False

    def listen_for_replicas(self):
        self.call("CONFIG", "SET", "port", self.port)

    def used_memory(self):
        return int(re.search(r"used_memory:(\d+)", self.call("INFO", "memory"))[1])

    def follow(self, other):
        self.call("REPLICAOF", "127.0.0.1", other.port)

    def stand_alone(self):
        self.call("REPLICAOF", "NO", "ONE")


class Replica(Redis):
    """The one that the stack does not have: configured as the stack's, beside it."""

    def __init__(self, run, etc, port):
        super().__init__(run / "replica.sock", port)
        self.command = ["redis-server", etc / "redis.conf", "--unixsocket", self.path,
                        "--port", str(port), "--dir", str(run)]
        self.log = etc.parent / "logs" / "replica.log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if not wait_until(SECONDS, self.answers):
            raise OSError("the second Redis does not come up")

    def end(self):
        if self.process:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
