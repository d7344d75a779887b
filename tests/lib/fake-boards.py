#!/usr/bin/env python3
"""fake-boards: a host whose boards and stream do what a test says, for the page alone.

    fake-boards.py WEB-DIRECTORY [--competitors N] [--silent]

Prints its URL. Serves the page's files, and boards of 60 competitors whose scores change with each
revision. --silent: the stream never says a word, as behind a proxy that holds it back.

    POST /test/notices?count=N          N revisions, one after the other, each with a notice
    POST /test/clock?ahead=S            one of a clock that is S seconds ahead
    POST /test/refuse?count=N[&path=P]  the next N board reads that name a revision answer 503
    POST /test/hang?count=N[&path=P]    the next N board reads are never answered
    POST /test/lose?count=N[&path=P]    the next N files are not found
    POST /test/forbid?count=N[&path=P]  the next N board reads answer 403
    POST /test/slow?count=N[&path=P]    the next N board reads take six seconds, byte by byte
    POST /test/board                    what the body says is merged into each leaderboard, and what
                                        its "entries" and "challenges" say into those of that id; with
                                        a notice
    POST /test/file?path=P              the body is the file of that path from now on
    POST /test/health                   the body is merged into the health's answer
    GET  /test/counts                   {"reads": N, "refused": N, "notModified": N, "health": N,
                                         "streams": N}

?division=N shows those whose division_id is N; 404 where there is no such division.

The page's own rules hold: rev=N answers N or newer, or 503; ETag and If-None-Match. What names a
revision is dated five minutes ago, as from the browser's cache, unless the request forbids that;
all else is dated a minute ago and says so, as from a cache on the way.
"""
import argparse
import json
import mimetypes
import pathlib
import queue
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHALLENGES = [{"id": i, "title": f"challenge {i}", "category": ("Pwn", "Web", "Rev")[i % 3],
               "points": 100} for i in range(1, 13)]
START = 1_772_215_200  # seconds since 1970; a multiple of ten minutes
CACHED = 300  # seconds that a cache may keep what names a revision
HELD = 60  # seconds that a cache on the way has had any other board; it says so


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def solves_of(competitor, revision):
    """Everybody has solved more and more, in an order of his own, and begins again after all."""
    count = (competitor + revision) % (len(CHALLENGES) + 1)
    return [{"challenge_id": c["id"], "solved_at": stamp(START + competitor * 60 + c["id"] * 700),
             "is_first_blood": False} for c in CHALLENGES[:count]]


def mark_first_bloods(entries):
    firsts = {}
    for solve in sorted((s for e in entries for s in e["solves"]), key=lambda s: s["solved_at"]):
        firsts.setdefault(solve["challenge_id"], solve)
    for solve in firsts.values():
        solve["is_first_blood"] = True


def merge(rows, key, changes):
    """Each row with what `changes` (by its id, as text) has for it."""
    return [{**row, **changes.get(str(row[key]), {})} for row in rows]


def score_of(entry, challenges):
    worth = {c["id"]: c["points"] for c in challenges}
    return sum(s.get("points", worth[s["challenge_id"]]) for s in entry["solves"]) + sum(
        a["points"] for a in entry.get("awards", []))


def leaderboard(revision, competitors, id_key, name_key, changes):
    entries = [{id_key: i, name_key: f"name {i}", "score": 0, "solves": solves_of(i, revision)}
               for i in range(1, competitors + 1)]
    mark_first_bloods(entries)
    challenges = merge(CHALLENGES, "id", changes.get("challenges", {}))
    entries = merge(entries, id_key, changes.get("entries", {}))
    for entry in entries:
        if name_key not in entry or "name" in entry:
            entry[name_key] = entry.pop("name", "")
        entry["score"] = score_of(entry, challenges)
    entries.sort(key=lambda entry: (-entry["score"], entry[id_key]))
    rest = {key: value for key, value in changes.items() if key not in ("challenges", "entries")}
    return {**rest, "challenges": challenges, "entries": entries}


BOARDS = {"/api/leaderboard": ("user_id", "username"),
          "/api/leaderboard/teams": ("team_id", "team_name")}


class Trouble:
    """Befalls the next `count` requests; of one path, if it is given."""

    def __init__(self, count=0, path=None):
        self.count = count
        self.path = path

    def befalls(self, path):
        if self.count == 0 or self.path not in (None, path):
            return False
        self.count -= 1
        return True


class Host(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, web, competitors, silent):
        super().__init__(("127.0.0.1", 0), Handler)
        self.web = pathlib.Path(web)
        self.competitors = competitors
        self.silent = silent
        self.set_clock(0)
        self.troubles = {name: Trouble() for name in ("refuse", "hang", "lose", "forbid", "slow")}
        self.changes = {}  # of the boards
        self.health = {}
        self.files = {}  # instead of those in `web`
        self.listeners = []
        self.counts = {"reads": 0, "refused": 0, "notModified": 0, "health": 0,
                       "streams": 0}

    def set_clock(self, ahead):
        self.revision = int((time.time() + ahead) * 1000)

    def notice(self):
        self.revision += 1
        for listener in list(self.listeners):
            listener.put(self.revision)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    age = 0  # of the answer, in seconds
    slow = False

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) - self.age)

    def answer(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.age == HELD:
            self.send_header("Age", str(HELD))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        parts = 12 if self.slow else 1
        step = len(body) // parts + 1
        for at in range(0, len(body), step):
            self.wfile.write(body[at:at + step])
            time.sleep(0.5 if self.slow else 0)

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        count = int(query.get("count", 0))
        if url.path == "/test/file":
            self.server.files[query["path"]] = self.rfile.read(int(self.headers["Content-Length"]))
        elif url.path in ("/test/board", "/test/health"):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if url.path == "/test/board":
                self.server.changes.update(body)
                self.server.notice()
            else:
                self.server.health.update(body)
        elif url.path == "/test/notices":
            for _ in range(count):
                self.server.notice()
                time.sleep(0.004)  # a daemon joins those that are closer
        elif url.path == "/test/clock":
            self.server.set_clock(int(query["ahead"]))
            self.server.notice()
        else:
            self.server.troubles[url.path.rpartition("/")[2]] = Trouble(count, query.get("path"))
        self.answer(200, str(self.server.revision).encode())

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path in BOARDS:
            self.board(url)
        elif url.path == "/api/scoreboard/stream":
            self.stream()
        elif url.path == "/api/scoreboard/health":
            self.server.counts["health"] += 1
            self.answer(200, json.dumps({"status": "ok", "revision": self.server.revision,
                                         **self.server.health}).encode())
        elif url.path == "/test/counts":
            self.answer(200, json.dumps(self.server.counts).encode())
        else:
            self.file(url.path)

    def board(self, url):
        server = self.server
        query = dict(urllib.parse.parse_qsl(url.query))
        wanted = int(query.get("rev", 0))
        self.age = CACHED if wanted and "Cache-Control" not in self.headers else HELD
        if server.troubles["hang"].befalls(url.path):
            threading.Event().wait()
        if wanted and (wanted > server.revision or server.troubles["refuse"].befalls(url.path)):
            server.counts["refused"] += 1
            self.answer(503, b'{"error":"not yet"}', Retry_After=1, Cache_Control="no-store")
            return
        if server.troubles["forbid"].befalls(url.path):
            self.answer(403, b'{"error":"not open"}', Cache_Control="no-store")
            return
        board = leaderboard(server.revision, server.competitors, *BOARDS[url.path], server.changes)
        division = query.get("division")
        if division and division not in [str(d["id"]) for d in board.get("divisions", [])]:
            self.answer(404, b'{"error":"not found"}', Cache_Control="no-store")
            return
        if division:
            board["entries"] = [e for e in board["entries"] if e.get("division_id") == int(division)]
        revision = server.revision
        etag = f'"{revision}{url.path}{division}"'
        if self.headers.get("If-None-Match") == etag:
            server.counts["notModified"] += 1
            self.answer(304, ETag=etag)
            return
        server.counts["reads"] += 1
        self.slow = server.troubles["slow"].befalls(url.path)
        self.answer(200, json.dumps(board).encode(), ETag=etag, X_Scoreboard_Revision=revision,
                    Cache_Control="no-cache")
        self.slow = False

    def stream(self):
        self.server.counts["streams"] += 1
        if self.server.silent:
            threading.Event().wait()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        listener = queue.Queue()
        self.server.listeners.append(listener)
        self.say(f"retry: 500\nid: {self.server.revision}\nevent: ready\ndata: {{}}\n\n")
        try:
            while True:
                try:
                    self.say(f"id: {listener.get(timeout=5)}\nevent: scoreboard\ndata: {{}}\n\n")
                except queue.Empty:
                    self.say(": still here\n\n")
        except OSError:
            self.server.listeners.remove(listener)

    def say(self, text):
        self.wfile.write(text.encode())

    def file(self, path):
        file = self.server.web / (path.lstrip("/") or "index.html")
        if path in self.server.files:
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            self.answer(200, self.server.files[path], kind, Cache_Control="no-cache")
        elif file.is_file() and not self.server.troubles["lose"].befalls(path):
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            self.answer(200, file.read_bytes(), kind, Cache_Control="no-cache")
        else:
            self.answer(404, b"{}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("web")
    parser.add_argument("--competitors", type=int, default=60)
    parser.add_argument("--silent", action="store_true")
    host = Host(**vars(parser.parse_args()))
    print(f"http://127.0.0.1:{host.server_port}", flush=True)
    host.serve_forever()
