"""quiet: what must hold once the faults are over. Each function returns complaints, one a line."""
import os
import subprocess

from schedule import NODES
from servers import wait_until

HEAL_SECONDS = 60
DESCRIPTORS_MORE = 40  # than at the first quiet point: streams and requests that are just there
REVISIONS_MAX = 33  # snapshot.keep_max, and one being written
KEYS_MAX = 3  # snapshot, claim and, for a moment, the lock


def is_whole(cluster):
    """All that was committed is at one revision in PostgreSQL, Redis, and on every node."""
    try:
        drawn = cluster.postgres.sql("SELECT rev FROM scoreboard.state WHERE NOT EXISTS (SELECT FROM scoreboard.outbox)")
        stored = cluster.active.call("HGET", "scoreboard:snapshot", "rev")
    except (OSError, subprocess.SubprocessError):
        return False
    return drawn != "" and stored == drawn and all(current_of(cluster, node) == drawn for node in NODES)


def current_of(cluster, node):
    try:
        return os.path.basename(os.readlink(cluster.directory / f"node{node}" / "current"))
    except OSError:
        return "none"


def not_healed(cluster):
    if wait_until(HEAL_SECONDS, is_whole, cluster):
        return []
    served = ", ".join(f"node {node} {current_of(cluster, node)}" for node in NODES)
    drawn = cluster.postgres.sql("SELECT rev, (SELECT count(*) FROM scoreboard.outbox) FROM scoreboard.state")
    return [f"not healed after {HEAL_SECONDS} s: drawn|outbox {drawn}, "
            f"stored {cluster.active.call('HGET', 'scoreboard:snapshot', 'rev')}, {served}"]


def not_equal(cluster):
    """The boards of every node against a recomputation in SQL."""
    library = os.path.join(os.path.dirname(__file__), "..", "lib", "boards.bash")
    check = subprocess.run(["bash", "-c", 'source "$1" && assert_boards_equal_sql', "bash", library],
                           env=cluster.environment, check=False, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [] if check.returncode == 0 else [f"the boards are not what SQL computes: {check.stdout[-2000:]}"]


def descriptors_of(cluster):
    return {node: len(os.listdir(f"/proc/{cluster.pid(f'daemon:{node}')}/fd")) for node in NODES}


def not_bounded(cluster, before):
    complaints = []
    for node, count in descriptors_of(cluster).items():
        if count > before[node] + DESCRIPTORS_MORE:
            complaints.append(f"daemon {node} has {count} descriptors, and had {before[node]}")
        directory = cluster.directory / f"node{node}"
        for boards in filter(os.path.exists, (directory / "boards", directory / "staff/boards")):
            revisions = os.listdir(boards)
            if len(revisions) > REVISIONS_MAX:
                complaints.append(f"{boards} has {len(revisions)} revisions: {sorted(revisions)}")
    keys = cluster.active.call("KEYS", "*")
    if len(keys) > KEYS_MAX:
        complaints.append(f"Redis has {keys}")
    return complaints


def complaints(cluster, before):
    return not_healed(cluster) or not_equal(cluster) + not_bounded(cluster, before)
