"""rebuilder: the daemon's rebuild without the daemon (tests/bench/rebuilder.c), and solves to rebuild."""

import json
import subprocess
import tempfile
from pathlib import Path

from harness import host
from harness.competition import Platform
from harness.cpu import Meter


class Rebuilder:
    """rebuilder.c on a stack, with an empty snapshot directory in memory."""

    def __init__(self, stack, scope, settings=""):
        self.platform = Platform(stack, scope)
        memory = tempfile.TemporaryDirectory(prefix="sb.", dir="/dev/shm")
        folder = Path(scope.enter_context(memory))
        self.directory = folder / "snapshot"
        config = folder / "scoreboardd.conf"
        config.write_text(config_of(stack, self.directory) + settings, encoding="utf-8")
        self.process = scope.enter_context(
            subprocess.Popen(
                [host.program("tests/bench/rebuilder"), config],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        scope.callback(self.process.stdin.close)
        self.groups = {
            "rebuilder": [self.process.pid],
            "postgres": stack.pids("postgres"),
            "redis": stack.pids("redis"),
        }

    def ask(self, wish):
        self.process.stdin.write(wish + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"rebuilder ended on {wish!r}")
        return json.loads(answer)

    def measure(self, wish):
        """Its answer, with the CPU microseconds of each process."""
        with Meter(self.groups) as meter:
            answer = self.ask(wish)
        return {**answer, **meter.us, "cpu": sum(meter.us.values())}

    def measure_change(self):
        """A rebuild after a solve, so that there is something to tell in a delta."""
        self.platform.commit_and_wait()
        return self.measure("rebuild")


def config_of(stack, snapshot):
    return f"""
[scoreboard]
directory = {snapshot}
[postgres]
conninfo = host={stack.environment["PGHOST"]} dbname=scoreboard user=scoreboard_daemon
[redis]
socket = {stack.environment["SB_REDIS_SOCKET"]}
deadline = 10s
[snapshot]
keep_age = 1s
"""
