"""cgroup: one CPU and so much memory for everything that is started within.

    with cgroup.confine(cpus=1, memory=1 << 30) as cage:
        with cage.inside():
            ...start things; they stay in
        cage.peak(), cage.kills()

Needs root and a writable /sys/fs/cgroup, of either version.
"""

import os
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000
DEADLINE = 10  # seconds for the last process to go


@contextmanager
def confine(cpus, memory):
    cage = _Second() if (ROOT / "cgroup.controllers").exists() else _First()
    cage.make(cpus, memory)
    try:
        yield cage
    finally:
        cage.remove()


def _home(controller):
    """Where this process is now. Version 2 names no controller."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return ROOT / controller / path.lstrip("/")
    raise RuntimeError(f"no cgroup for {controller or 'this process'}")


class _Cage:
    """`groups`: the directories of it; the last one accounts memory. `controllers`: of each."""

    @contextmanager
    def inside(self):
        """This process itself goes in, so that what it starts is born there."""
        homes = [_home(controller) for controller in self.controllers]
        self._move(self.groups)
        try:
            yield
        finally:
            self._move(homes)

    def remove(self):
        for group in self.groups:
            end = time.monotonic() + DEADLINE
            while (group / "cgroup.procs").read_text() and time.monotonic() < end:
                time.sleep(0.1)
            group.rmdir()

    def _read(self, name):
        return (self.groups[-1] / name).read_text()

    def _move(self, groups):
        for group in groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def _add(self, parent, limits):
        group = parent / f"sb.{os.getpid()}"
        group.mkdir()
        for name, limit in limits.items():
            (group / name).write_text(str(limit))
        return group


class _First(_Cage):
    """Version 1: a hierarchy for each resource."""

    controllers = ["cpu", "memory"]

    def make(self, cpus, memory):
        cpu = {"cpu.cfs_period_us": PERIOD_US, "cpu.cfs_quota_us": int(cpus * PERIOD_US)}
        self.groups = [
            self._add(ROOT / "cpu", cpu),
            self._add(ROOT / "memory", {"memory.limit_in_bytes": memory}),
        ]

    def peak(self):
        return int(self._read("memory.max_usage_in_bytes"))

    def kills(self):
        return int(self._read("memory.oom_control").split("oom_kill ")[1])


class _Second(_Cage):
    """Version 2: one for all."""

    controllers = [""]

    def make(self, cpus, memory):
        (ROOT / "cgroup.subtree_control").write_text("+cpu +memory")
        limits = {"cpu.max": f"{int(cpus * PERIOD_US)} {PERIOD_US}", "memory.max": memory}
        self.groups = [self._add(ROOT, limits)]

    def peak(self):
        return int(self._read("memory.peak"))

    def kills(self):
        return int(self._read("memory.events").split("oom_kill ")[1].split()[0])
