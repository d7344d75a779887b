"""host: the parts that are measured: a whole private stack, and processes beside it.

    with host.stack("--nodes", "1") as stack:
        stack.environment["SB_URL"], stack.do("stop", "daemon:1"), stack.pids("lighttpd:1")

    with host.process(["redis-server", ...], ready=lambda: host.listens(socket), log=path) as pid:
        ...

Each ends with its block, whatever happens in it.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DEADLINE = 30  # seconds for a process to be ready, or to end


class Stack:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.environment = _sourced(self.directory / "env")

    def do(self, verb, *parts):
        _stack(verb, self.directory, *parts)

    def pids(self, *parts):
        """The first process of each part; cpu.py finds what it has forked."""
        return [int(pid) for pid in _stack("pid", self.directory, *parts).split()]


@contextmanager
def stack(*options):
    """What `tests/stack up DIR OPTIONS...` starts."""
    with scratch() as directory:
        _stack("up", directory, *options)
        try:
            yield Stack(directory)
        finally:
            _stack("down", directory)


@contextmanager
def process(command, ready, log, **options):
    """Runs a command in a process group of its own, from when `ready()` is true."""
    with open(log, "ab") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdout=output,
            stderr=output,
            start_new_session=True,
            **options,
        )
    try:
        _await(lambda: child.poll() is not None or ready())
        if child.poll() is not None:
            raise RuntimeError(f"{command[0]} ended: {Path(log).read_text(encoding='utf-8')}")
        yield child.pid
    finally:
        _end(child)


@contextmanager
def scratch():
    """A directory in /tmp, since a Unix socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="sb.", dir="/tmp") as directory:
        os.chmod(directory, 0o711)  # PostgreSQL's user must get through
        yield Path(directory)


def listens(path):
    """Whether somebody listens on a Unix socket. Takes no connection from its backlog."""
    lines = Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()
    return any(" 00010000 " in line and line.endswith(f" {path}") for line in lines)


def accepts(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def program(name):
    """A program of the build directory."""
    return Path(os.environ["SB_BUILD"], name)


def _stack(verb, directory, *arguments):
    command = [REPOSITORY / "tests/stack", verb, directory, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _sourced(path):
    command = ["bash", "-c", 'source "$0" && env -0', str(path)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def _await(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {DEADLINE} s")
        time.sleep(0.02)


def _end(child):
    try:
        child.terminate()  # it alone: multiwatch starts those anew that end beside it
        child.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    except ProcessLookupError:
        child.wait()
