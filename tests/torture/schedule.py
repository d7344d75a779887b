"""schedule: what is done to a cluster and when, drawn from a seed and from nothing else.

A schedule is a list of rounds, and a round a list of steps in the order of time: events of play, and
faults that each begin and end within the round. So at a round's end all is whole again, or shall be
soon. The same seed gives the same schedule on every machine; what it meets there is not the same.
"""
import dataclasses
import random

NODES = (1, 2, 3)
ROUND_SECONDS = 5.0
PARTS = ("daemon", "readers", "publishers", "lighttpd")


@dataclasses.dataclass(frozen=True)
class Step:
    at: float  # seconds after the round's begin
    name: str  # a method of Cluster
    arguments: tuple = ()

    def subject(self):
        return self.name if self.name == "play" else self.arguments[0]

    def __str__(self):
        return " ".join([f"{self.at:5.2f}", self.name, *map(str, self.arguments)])


# Each fault: how often, how long, what it is done to, and how it begins and ends. Two that are done
# to the same thing do not overlap. A fault that ends nothing is over at once.
@dataclasses.dataclass(frozen=True)
class Fault:
    weight: int
    longest: float
    subjects: tuple
    begin: str
    end: str = ""
    arguments: tuple = ()  # one of these is drawn


EACH_PART = tuple(f"{part}:{node}" for part in PARTS for node in NODES)
EACH_LINK = tuple(f"{server}:{node}" for server in ("postgres", "redis") for node in NODES)
DAEMONS = tuple(f"daemon:{node}" for node in NODES)

FAULTS = (
    Fault(6, 3.0, EACH_PART, "kill", "start"),
    Fault(4, 4.0, DAEMONS, "kill", "start"),
    Fault(3, 2.0, EACH_PART, "stop", "start"),
    Fault(6, 4.0, EACH_PART, "freeze", "thaw"),
    Fault(3, 4.0, DAEMONS, "freeze", "thaw"),
    Fault(3, 2.0, tuple(f"lighttpd:{node}" for node in NODES), "reload"),
    Fault(8, 4.0, EACH_LINK, "link", "mend", ("cut", "hang", "slow", "refuse")),
    Fault(4, 4.0, DAEMONS, "fill_disk", "free_disk"),
    Fault(3, 4.0, DAEMONS, "step_clock", "restore_clock", (-86400, -3600, -2, 2, 3600, 86400)),
    Fault(2, 3.0, ("postgres",), "step_clock", "restore_clock", (-3600, -5, 5, 3600, 190000)),
    Fault(3, 4.0, ("postgres",), "begin_freeze", "end_freeze"),
    Fault(3, 2.0, ("postgres",), "stop", "start"),
    Fault(3, 2.0, ("postgres",), "kill", "start"),
    Fault(3, 3.0, ("postgres",), "freeze", "thaw"),
    Fault(3, 0.0, ("postgres",), "end_sessions"),
    Fault(2, 0.0, ("postgres",), "copy_database"),
    Fault(2, 0.0, ("postgres",), "restore_database"),
    Fault(3, 2.0, ("redis",), "kill", "start"),
    Fault(4, 3.0, ("redis",), "freeze", "thaw"),
    Fault(4, 0.0, ("redis",), "flush"),
    Fault(4, 4.0, ("redis",), "fill_memory", "free_memory", (0, 10_000, 30_000, 100_000)),
    Fault(3, 0.0, ("redis",), "end_subscriptions"),
    Fault(4, 2.0, ("redis",), "orphan_replica", "fail_over"),
    Fault(3, 3.0, ("redis",), "split", "unite", NODES),
)

PLAY = ("solve", "solve", "solve", "wrong", "award", "rename", "publish", "hint", "burst", "register")


def draw_fault(rng, busy):
    """A fault's steps, or none where its subject has another one at that time."""
    fault = rng.choices(FAULTS, [f.weight for f in FAULTS])[0]
    subject = rng.choice(fault.subjects)
    begin = round(rng.uniform(0, ROUND_SECONDS), 2)
    end = round(begin + rng.uniform(0.1, 1.0) * fault.longest, 2)
    arguments = (rng.choice(fault.arguments),) if fault.arguments else ()
    if any(begin <= until and since <= end for since, until in busy.get(subject, [])):
        return []
    busy.setdefault(subject, []).append((begin, end))
    steps = [Step(begin, fault.begin, (subject, *arguments))]
    if fault.end:
        steps.append(Step(end, fault.end, (subject, *arguments)))
    return steps


def draw_round(rng):
    busy = {}
    steps = []
    for _ in range(rng.randint(2, 8)):
        steps += draw_fault(rng, busy)
    for _ in range(rng.randint(5, 25)):
        steps.append(Step(round(rng.uniform(0, ROUND_SECONDS), 2), "play", (rng.choice(PLAY), rng.randrange(1000))))
    return sorted(steps, key=lambda step: step.at)


def draw(seed, rounds):
    rng = random.Random(seed)
    return [draw_round(rng) for _ in range(rounds)]
