"""cpu: CPU time and memory of a process, its threads and all that it has forked.

Time is the process's CPU clock, in nanoseconds, to which its ended threads have added theirs. To
this come the children that have ended and were waited for, in the kernel's ticks of 10 ms, so
whoever measures processes that come and go lets them run for long.
"""

import os
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all of its descendants that live."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(task).split():
            pids += tree(int(child))
    return pids


def cpu_us(pids):
    """Microseconds of CPU that the processes and their descendants have used so far."""
    return sum(_own_us(pid) + _reaped_us(pid) for root in pids for pid in tree(root))


def memory_kb(pids):
    """Kilobytes that the processes and their descendants hold; shared pages count by share."""
    return sum(_pss_kb(pid) for root in pids for pid in tree(root))


def prefer(pids):
    """Gives the processes, with their descendants, the CPU before everybody else.

    So a busy machine measures as an idle one does. For what takes short; needs root, or is left.
    """
    for pid in [pid for root in pids for pid in tree(root)]:
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            _set_policy(int(thread.name), os.SCHED_RR, 1)


def prefer_myself():
    """The same for this process, before those too, but not for what it starts."""
    _set_policy(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, 2)


def _set_policy(pid, policy, priority):
    try:
        os.sched_setscheduler(pid, policy, os.sched_param(priority))
    except (PermissionError, ProcessLookupError):
        pass


def _read(path):
    try:
        return Path(path).read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it has ended meanwhile


def _own_us(pid):
    clock = ~pid << 3 | 2  # as clock_getcpuclockid(3) has it
    try:
        return time.clock_gettime(clock) * 1_000_000
    except OSError:
        return 0  # it has ended meanwhile


def _reaped_us(pid):
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    ticks = int(fields[13]) + int(fields[14]) if fields else 0
    return ticks * 1_000_000 / TICKS_PER_SECOND


def _pss_kb(pid):
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


class Meter:
    """CPU time of several groups of processes while something is done.

        meter = Meter({"lighttpd": [pid], "responders": pids})
        with meter:
            ...
        meter.us["lighttpd"]
    """

    def __init__(self, groups):
        self.groups = groups
        self.us = {}

    def __enter__(self):
        self._before = {name: cpu_us(pids) for name, pids in self.groups.items()}
        return self

    def __exit__(self, *_):
        self.us = {name: cpu_us(pids) - self._before[name] for name, pids in self.groups.items()}
