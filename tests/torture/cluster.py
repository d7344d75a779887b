"""cluster: three real nodes (tests/stack) behind links that can be cut, and all that is done to them.

Each step of a schedule is a method here. What it is done to is named as the stack names its parts.
"""
import os
import pathlib
import shlex
import signal
import subprocess
import threading
import urllib.error
import urllib.request

from link import Links
from schedule import NODES, PARTS
from servers import Postgres, Redis, Replica, free_port, wait_until

HERE = pathlib.Path(__file__).resolve().parent
STACK = HERE.parent / "stack"
LIMITS = ("rebuild.lock_ttl=2s", "rebuild.backoff_max=2s", "postgres.read_deadline=3s",
          "postgres.connect_deadline=1s", "postgres.poll_deadline=1s", "redis.deadline=500ms",
          "redis.lease=1s")

COMPETITION = """
    INSERT INTO teams (name) SELECT 'team ' || i FROM generate_series(1, 6) i;
    INSERT INTO users (username, team_id) SELECT 'user ' || i, nullif(i % 7, 0) FROM generate_series(1, 60) i;
    INSERT INTO challenges (title, category) SELECT 'challenge ' || i, 'misc' FROM generate_series(1, 20) i
"""
PLAY = {
    "solve": """INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT u.id, c.id, true FROM users u, challenges c
        WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.user_id = u.id AND s.challenge_id = c.id)
        ORDER BY (u.id * 7 + c.id * 13 + {0}) % 1009 LIMIT 1""",
    "burst": """INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT u.id, c.id, true FROM users u, challenges c
        WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.user_id = u.id AND s.challenge_id = c.id)
        ORDER BY (u.id * 7 + c.id * 13 + {0}) % 1009 LIMIT 10""",
    "wrong": "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1 + {0} % 60, 1 + {0} % 20, false)",
    "award": "INSERT INTO awards (user_id, points) VALUES (1 + {0} % 60, {0})",
    "rename": "UPDATE teams SET name = 'team no. {0}' WHERE id = 1 + {0} % 6",
    "register": "INSERT INTO users (username, team_id) VALUES ('newcomer {0}', 1 + {0} % 6)",
}


class Cluster:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.clocks = self.directory / "clocks"
        self.clocks.mkdir(parents=True)
        self.environment = {**os.environ, "SB_LAUNCHER": str(HERE / "clocked"), "CLOCKS": str(self.clocks)}
        self.links = Links()
        self.replica = None
        self.played = 0  # changes that were committed
        self.restored = 0  # how often the database lost what it had told
        self.lock = threading.Lock()

    # --- Up and down ------------------------------------------------------------------------------

    def stack(self, verb, *arguments):
        subprocess.run([STACK, verb, self.directory, *arguments], env=self.environment, check=True,
                       stdin=subprocess.DEVNULL)

    def up(self):
        for part in ("postgres", "redis", *(f"{part}{node}" for part in PARTS for node in NODES)):
            self.step_clock(part, 0)
        options = [word for limit in LIMITS for word in ("--config", limit)]
        self.stack("up", "--nodes", str(len(NODES)), *options)
        self.read_environment()
        self.add_replica()
        for node in NODES:
            self.add_links(node)
        self.stack("restart", *(f"{part}:{node}" for part in ("daemon", "publishers") for node in NODES))
        self.postgres.sql(COMPETITION)
        self.copy_database()

    def read_environment(self):
        for line in (self.directory / "env").read_text().splitlines():
            name, value = shlex.split(line)[1].split("=", 1)
            self.environment[name] = value
        self.urls = dict(zip(NODES, self.environment["SB_URLS"].split()))
        self.run = (self.directory / "run").resolve()
        self.postgres = Postgres(self.environment)
        self.staff = {"Authorization": "Bearer " + self.ctl("token", "--staff").strip()}

    def ctl(self, *words):
        program = pathlib.Path(self.environment.get("SB_BUILD", HERE.parent.parent)) / "cli/scoreboardctl"
        return subprocess.run([program, "-c", self.environment["SB_CONFIG"], *words], check=True, text=True,
                              env=self.environment, stdout=subprocess.PIPE).stdout

    def add_replica(self):
        self.replica = Replica(self.run, self.directory / "etc", free_port())
        self.active = Redis(self.run / "redis.sock", free_port())
        self.stacks_own = self.active
        self.other = self.replica
        self.replica.start()
        self.settle_redis()

    def add_links(self, node):
        postgres, redis = self.run / f"postgres{node}", self.run / f"redis{node}.sock"
        postgres.mkdir()
        self.links.add(f"postgres:{node}", str(postgres / ".s.PGSQL.5432"),
                       f"{self.environment['PGHOST']}/.s.PGSQL.5432")
        self.links.add(f"redis:{node}", str(redis), self.active.path)
        config = self.directory / "etc" / f"scoreboardd{node}.conf"
        text = config.read_text().replace(f"host={self.environment['PGHOST']} ", f"host={postgres} ")
        config.write_text(text.replace(f"socket = {self.active.path}\n", f"socket = {redis}\n"))

    def down(self):
        """Complaints, as of a part that had crashed."""
        complaints = []
        if self.replica:
            self.replica.end()
        try:
            if (self.directory / "env").exists():
                self.stack("down")
        except subprocess.CalledProcessError:
            complaints.append("a part did not end well")
        for left in pathlib.Path("/dev/shm").glob("*faketime_*"):  # of those that were killed
            if not pathlib.Path("/proc", left.name.split("_")[-1]).exists():
                left.unlink(missing_ok=True)
        return complaints

    # --- Parts: each is named as in tests/stack ----------------------------------------------------

    def pid(self, part):
        return int((self.directory / "parts" / f"{part.replace(':', '')}.pid").read_text())

    def signal_all(self, part, number):
        """To the part and its children: the keeper's session without the keeper."""
        if part == "redis" and self.active is self.replica:
            os.kill(self.replica.process.pid, number)
            return
        session = (self.directory / "parts" / f"{part.replace(':', '')}.session").read_text().strip()
        found = subprocess.run(["pgrep", "-s", session], stdout=subprocess.PIPE, check=False, text=True)
        for pid in found.stdout.split():
            if pid != session:
                os.kill(int(pid), number)

    def is_replica(self, part):
        return part == "redis" and self.active is self.replica

    def start(self, part):
        if self.is_replica(part):
            self.replica.start()
        else:
            self.stack("start", part)

    def stop(self, part):
        self.stack("stop", part)

    def kill(self, part):
        if self.is_replica(part):
            self.replica.end()
        else:
            self.stack("kill", part)

    def freeze(self, part):
        self.signal_all(part, signal.SIGSTOP)

    def thaw(self, part):
        self.signal_all(part, signal.SIGCONT)

    def reload(self, part):
        os.kill(self.pid(part), signal.SIGUSR1)

    # --- Hosts and the network --------------------------------------------------------------------

    def link(self, name, mode):
        self.links.set_mode(name, mode)

    def mend(self, name, _mode):
        self.links.set_mode(name, "open")

    def limit_files(self, part, limit):
        subprocess.run(["prlimit", "--pid", str(self.pid(part)), f"--fsize={limit}"], check=True)

    def fill_disk(self, part):
        self.limit_files(part, "0:unlimited")

    def free_disk(self, part):
        self.limit_files(part, "unlimited")

    def step_clock(self, part, seconds):
        clock = self.clocks / part.replace(":", "")
        new = clock.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(clock)

    def restore_clock(self, part, _seconds):
        self.step_clock(part, 0)

    # --- PostgreSQL -------------------------------------------------------------------------------

    def end_sessions(self, _part):
        self.try_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'scoreboard%'")

    def copy_database(self, part="postgres"):
        self.stack("stop", part)
        self.postgres.keep_copy()
        self.stack("start", part)

    def restore_database(self, part):
        with self.lock:
            self.restored += 1
        self.stack("kill", part)
        self.postgres.take_copy_back()
        self.stack("start", part)

    def begin_freeze(self, _name):
        """Nothing that was shown is hidden, not even what a clock that was ahead has dated."""
        self.try_sql("""UPDATE scoreboard.settings SET freezes_at = greatest(
            clock_timestamp(), (SELECT max(submitted_at) FROM submissions) + interval '1 ms',
            (SELECT max(awarded_at) FROM awards) + interval '1 ms')""")

    def end_freeze(self, _name):
        self.try_sql("UPDATE scoreboard.settings SET freezes_at = NULL")

    def try_sql(self, statements):
        """Whether it was committed, as far as one can know."""
        try:
            self.postgres.sql(statements)
            return True
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False

    # --- Redis ------------------------------------------------------------------------------------

    def flush(self, _part):
        self.active.call("FLUSHALL")

    def fill_memory(self, _part, room):
        """Some rooms are for looks and locks, and not for boards."""
        self.active.call("CONFIG", "SET", "maxmemory", self.active.used_memory() + room)

    def free_memory(self, _part, _room):
        self.active.call("CONFIG", "SET", "maxmemory", 0)

    def end_subscriptions(self, _part):
        self.active.call("CLIENT", "KILL", "TYPE", "pubsub")

    def orphan_replica(self, _part):
        """The replica hears no more of what is written: so much is lost when it takes over."""
        self.other.stand_alone()

    def fail_over(self, _part):
        self.active, self.other = self.other, self.active
        for node in NODES:
            self.links.set_target(f"redis:{node}", self.active.path)
        self.other.follow(self.active)

    def split(self, _part, left_behind):
        """The replica takes over, and one node does not hear of it."""
        self.other.stand_alone()
        self.active, self.other = self.other, self.active
        for node in NODES:
            if node != left_behind:
                self.links.set_target(f"redis:{node}", self.active.path)

    def unite(self, _part, left_behind):
        self.links.set_target(f"redis:{left_behind}", self.active.path)
        self.other.follow(self.active)

    def settle_redis(self):
        """A pair again, whatever became of the one that is followed."""
        self.active.listen_for_replicas()
        self.active.stand_alone()
        self.other.listen_for_replicas()
        self.other.follow(self.active)
        if not wait_until(20, lambda: "master_link_status:up" in self.other.call("INFO", "replication")):
            raise OSError("the replica does not follow")

    # --- Play -------------------------------------------------------------------------------------

    def play(self, what, number):
        if what == "publish":
            self.publish(1 + number % len(NODES))
        elif what == "hint":
            try:
                self.active.call("PUBLISH", "scoreboard.events", '{"scope":"all","reason":"foreign"}')
            except OSError:
                pass  # nobody has promised to hear it
        else:
            self.played += self.try_sql(PLAY[what].format(number))

    def publish(self, node):
        request = urllib.request.Request(
            f"{self.urls[node]}/api/scoreboard/events", b'{"scope":"all","reason":"settings_changed"}',
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.environment['SB_TOKEN']}"})
        try:
            urllib.request.urlopen(request, timeout=5).close()
        except (OSError, urllib.error.HTTPError):
            pass  # it was told so

    def settle(self):
        """What a fault left that is no fault of the cluster's: a round ends with whole servers."""
        self.end_freeze("postgres")
        self.settle_redis()
