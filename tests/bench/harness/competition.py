"""competition: invented competitions, with which a stack's PostgreSQL is filled, and their changes.

One is invented once, by simulation/simulate; PostgreSQL's files of it are kept in the build
directory, since a million submissions take a minute and copying them a second.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from harness import host
from harness.clock import now_us
from harness.report import directory


class Competition(NamedTuple):
    """Three of ten submissions are correct."""

    teams: int
    users: int
    challenges: int
    submissions: int


LARGE = Competition(10_000, 30_000, 100, 1_000_000)
SMALL = Competition(50, 150, 50, 5_000)

SOLVE = "INSERT INTO submissions (user_id, challenge_id, correct) SELECT u.id, c.id, true"
SOLVE += " FROM (SELECT id FROM users ORDER BY random() LIMIT 1) u,"
SOLVE += " (SELECT id FROM challenges ORDER BY random() LIMIT 1) c;\n"


def cache_of(competition):
    """Where its PostgreSQL cluster is kept: a change to what makes it gives a new one."""
    sources = [*host.REPOSITORY.glob("sql/*.sql"), host.REPOSITORY / "sql/platforms/demo.sql"]
    sources.append(host.REPOSITORY / "simulation/play.c")
    digest = hashlib.sha256(repr(competition).encode())
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return directory() / "competitions" / f"{competition.submissions}-{digest.hexdigest()[:16]}"


def load(stack, competition):
    """Makes the stack's PostgreSQL hold the competition, and nothing else."""
    cache, data = cache_of(competition), Path(stack.environment["PGHOST"]).resolve()
    if not cache.exists():
        for outdated in cache.parent.glob(f"{competition.submissions}-*"):
            shutil.rmtree(outdated)
        invent(stack, competition)
        stack.do("stop", "postgres")
        copy_tree(data, cache)
        stack.do("start", "postgres")
    else:
        stack.do("stop", "postgres")
        copy_tree(cache, data)
        stack.do("start", "postgres")


def invent(stack, competition):
    print(f"inventing a competition of {competition.submissions} submissions", flush=True)
    sizes = [f"--{name}={size}" for name, size in competition._asdict().items()]
    sizes[-1] = f"--history={competition.submissions}"
    empty = "TRUNCATE teams, users, challenges, submissions, awards RESTART IDENTITY"
    sql(stack, empty)
    simulate = [host.program("simulation/simulate"), "-c", "/dev/null", "--seconds=0"]
    run(stack, [*simulate, "--quiet", *sizes])
    sql(stack, "VACUUM ANALYZE")


def copy_tree(source, target):
    """`target` is there whole, or as it was."""
    fresh = target.with_name(target.name + ".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, fresh], check=True)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def sql(stack, statement):
    run(stack, ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement])


def run(stack, command):
    subprocess.run(command, check=True, env=stack.environment, stdout=subprocess.DEVNULL)


class Platform:
    """Commits solves over a connection that stays."""

    def __init__(self, stack, scope):
        self.psql = scope.enter_context(
            subprocess.Popen(
                ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1"],
                env=stack.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        scope.callback(self.psql.stdin.close)

    def commit(self):
        """Returns when it was asked to, which is a little before the commit."""
        start = now_us()
        self.psql.stdin.write(SOLVE)
        self.psql.stdin.flush()
        return start

    def do(self, statement):
        """Returns once it is committed."""
        self.psql.stdin.write(statement + "\n\\echo done\n")
        self.psql.stdin.flush()
        self.psql.stdout.readline()

    def commit_and_wait(self):
        self.do(SOLVE)
