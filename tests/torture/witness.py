"""witness: looks at a node all the time, as its viewers or its staff do, and notes what must not be.

A node that does not answer breaks no promise; one that answers something older, or that has told of
boards that it does not have, does. Everything is asked through the node's own lighttpd.
"""
import contextlib
import http.client
import json
import threading
import time
import urllib.parse

LOOK_SECONDS = 0.1
GARBAGE_AHEAD = 86_400_000  # ms; REVISION_AHEAD_MAX of lib/revision.h
PATIENCE = 5


def is_garbage(revision):
    """Of a database whose clock was days ahead: what comes after it may be lower; and older, on a node that begins
    again meanwhile and goes by the last revision that it can believe."""
    return revision > time.time() * 1000 + GARBAGE_AHEAD


class Witness:
    def __init__(self, cluster, node, other, **credentials):
        self.cluster = cluster
        self.node = node
        self.other = other  # another node, asked for what this one has told
        self.credentials = credentials  # the staff's; else it is one of the public
        self.complaints = []
        self.revision = 0
        self.solves = 0
        self.forgiven = 0  # decreases that a restored database explains
        self.told = 0  # the greatest id of an event
        self.over = False
        self.threads = [threading.Thread(target=self.run, args=(task,), daemon=True)
                        for task in (self.read, self.follow)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join(3 * PATIENCE)

    def silence(self):
        """Who has seen nothing can tell nothing."""
        return [f"{self.name()}: the witness has {what}" for what, seen in
                (("read no board", self.revision), ("heard no event", self.told)) if not seen]

    def name(self):
        return f"node {self.node}{', to the staff' if self.credentials else ''}"

    def complain(self, words):
        self.complaints.append(f"{self.name()}: {words}")

    def run(self, task):
        while not self.over:
            try:
                task()
            except (OSError, http.client.HTTPException):
                time.sleep(LOOK_SECONDS)
            except Exception as error:  # no witness falls silent
                self.complain(f"the witness itself failed: {error!r}")
                return

    @contextlib.contextmanager
    def ask(self, node, path, **headers):
        host = urllib.parse.urlsplit(self.cluster.urls[node]).netloc
        with contextlib.closing(http.client.HTTPConnection(host, timeout=PATIENCE)) as connection:
            connection.request("GET", path, headers={**self.credentials, **headers})
            yield connection.getresponse()

    # --- The current board: never older than before ----------------------------------------------

    def read(self):
        with self.ask(self.node, "/api/leaderboard") as answer:
            body = answer.read()
        if answer.status == 200:
            self.judge(int(answer.headers["X-Scoreboard-Revision"]), json.loads(body))
        time.sleep(LOOK_SECONDS)

    def judge(self, revision, board):
        solves = sum(len(entry["solves"]) for entry in board["entries"])
        if is_garbage(self.revision):
            self.revision = self.solves = 0
        if revision < self.revision:
            self.complain(f"served revision {revision} after {self.revision}")
        if solves < self.solves:
            self.judge_loss(revision, solves)
        if revision == self.revision and solves != self.solves:
            self.complain(f"served revision {revision} with {self.solves} solves, and then with {solves}")
        self.revision, self.solves = max(revision, self.revision), solves

    def judge_loss(self, revision, solves):
        """Only a database that was restored may lose solves; each does it once."""
        self.forgiven += 1
        if self.forgiven > self.cluster.restored:
            self.complain(f"served {solves} solves with revision {revision}, after {self.solves}")

    # --- The stream: who is told of a revision can get it -----------------------------------------

    def follow(self):
        last = 0
        with self.ask(self.node, "/api/scoreboard/stream", **{"Last-Event-ID": str(self.told)}) as answer:
            while not self.over and (line := answer.readline()):
                if line.startswith(b"id: "):
                    last = self.hear(last, int(line[4:]))

    def hear(self, last, revision):
        if revision < last and not is_garbage(last):
            self.complain(f"told of {revision} after {last}")
        self.told = max(self.told, revision)
        for node in (self.node, self.other):
            try:
                self.fetch(node, revision)
            except (OSError, http.client.HTTPException):
                pass  # it is down
        return revision

    def fetch(self, node, revision):
        with self.ask(node, f"/api/leaderboard?rev={revision}") as answer:
            answer.read()
        if is_garbage(revision):
            return
        if answer.status == 200 and int(answer.headers["X-Scoreboard-Revision"]) < revision:
            self.complain(f"asked node {node} for {revision}, got {answer.headers['X-Scoreboard-Revision']}")
        # lighttpd, whose backend is away, names no time at which to come back.
        if answer.status == 503 and node == self.node and answer.headers["Retry-After"] == "1":
            self.complain(f"told of {revision}, and then did not have it")
