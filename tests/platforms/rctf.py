#!/usr/bin/env python3
"""rctf.py SEED SCOREBOARD [2]: a random competition on rCTF, redpwn's or (2) otter-sec's, and its ranking.

Prints the rows as SQL, and writes into SCOREBOARD what its leaderboard says, reckoned from its rules
alone: [[name, score, {challenge: points}], ...], the challenges by the numbers that md5 gives them.
"""

import functools
import hashlib
import json
import math
import random
import sys
import uuid
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 24, 12, tzinfo=timezone.utc)
END = START + timedelta(hours=10)


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, dict):
        value = json.dumps(value)
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, columns, rows):
    for row in rows:
        print(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(literal, row))});")


def number(name):
    return str(int(hashlib.md5(name.encode()).hexdigest()[:15], 16) % (2**53 - 1) + 1)


def worth(low, high, most, n):
    c0, c1 = -math.atanh(0.7), math.atanh(0.96)

    def a(x):
        return (1 - math.tanh(x)) / 2

    def f(x):
        return low + (high - low) * (a((c1 - c0) * x / max(1, most) + c0) - a(c1)) / (a(c0) - a(c1))

    return math.floor(max(f(n), f(max(1, most))) + 0.5)


def invent(rng, second):
    users = [(str(uuid.UUID(int=rng.getrandbits(128))), f"Team {i}", rng.choice(["open", "student"]),
              START - timedelta(minutes=rng.randrange(10000)), second and rng.random() < 0.1) for i in range(30)]
    challenges = []
    for i in range(12):
        data = {"name": f"challenge {i}", "category": "pwn", "flag": "secret",
                "points": {"min": rng.choice([50, 100]), "max": 500}}
        if rng.random() < 0.5:
            data["tiebreakEligible"] = rng.random() < 0.5
        if second:
            data |= rng.choice([{}, {}, {"hidden": True}, {"releaseTime": 4102444800000}, {"releaseTime": 1000}])
            data |= rng.choice([{}, {}, {"scoring": {"kind": "dynamic", "source": {"secret": "secret"}}}])
        challenges.append((f"{data['name']}-{i}", data, rng.choice([100, 200, 300])))
    solves = []
    for user in users:
        for challenge in rng.sample([c[0] for c in challenges] + ["deleted"], rng.randrange(9)):
            at = START + timedelta(seconds=rng.randrange(-600, 37000), milliseconds=len(solves))
            solves.append((f"s{len(solves)}", challenge, user[0], at, rng.randrange(-50, 200)))
    return users, challenges, solves


def leaderboard(users, challenges, solves, second):
    shown = {c[0]: c for c in challenges
             if not c[1].get("hidden") and c[1].get("releaseTime", 0) < datetime.now().timestamp() * 1000}
    banned = {u[0] for u in users if u[4]}
    valid = [s for s in sorted(solves, key=lambda s: s[3])
             if s[1] in shown and s[2] not in banned and s[3] <= END]
    if second:  # late deliveries of a king of the hill, up to the first other solve that is late
        for s in sorted(solves, key=lambda s: s[3]):
            if s[3] > END:
                if s[1] not in shown or shown[s[1]][1].get("scoring", {}).get("kind") != "dynamic":
                    break
                if s[2] not in banned:
                    valid.append(s)
    count = {c: sum(s[1] == c for s in valid) for c in shown}
    most = max(count.values(), default=0)
    points, last, eligible = {}, {}, {}
    for _, challenge, user, at, own in valid:
        _, data, stored = shown[challenge]
        if not second:
            value = worth(data["points"]["min"], data["points"]["max"], most, count[challenge])
        else:
            value = own if data.get("scoring", {}).get("kind") == "dynamic" else stored
        points.setdefault(user, {})[number(challenge)] = value
        last[user] = at
        if data.get("tiebreakEligible", not second):
            eligible[user] = at

    def compare(a, b):
        difference = sum(points[b[0]].values()) - sum(points[a[0]].values())
        if difference:
            return difference
        never = datetime.max.replace(tzinfo=timezone.utc)
        first, other = eligible.get(a[0], never), eligible.get(b[0], never)
        if first == other and (second or first == never):
            first, other = last[a[0]], last[b[0]]
        return (first > other) - (first < other)

    order = sorted(users, key=lambda u: u[3])
    order = sorted([u for u in order if u[0] in points], key=functools.cmp_to_key(compare))
    return [[u[1], sum(points[u[0]].values()), points[u[0]]] for u in order]


def main(seed, path, form=""):
    rng, second = random.Random(int(seed)), form == "2"
    users, challenges, solves = invent(rng, second)
    if second:
        insert("users", "id, name, division, created_at, banned", users)
        insert("challenges", "id, data, score", challenges)
        feeds = {c[0] for c in challenges if c[1].get("scoring", {}).get("kind") == "dynamic"}
        insert("solves", "id, challengeid, userid, createdat, points, source",
               [s + ("feed" if s[1] in feeds else "flag",) for s in solves])
        times = {"startTime": int(START.timestamp() * 1000), "endTime": int(END.timestamp() * 1000)}
        insert("settings", "id, data", [("value-0", times)])
    else:
        insert("users", "id, name, division", [u[:3] for u in users])
        insert("challenges", "id, data", [c[:2] for c in challenges])
        insert("solves", "id, challengeid, userid, createdat", [s[:4] for s in solves])
        print(f"UPDATE scoreboard.settings SET starts_at = '{START}', ends_at = '{END}';")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(leaderboard(users, challenges, solves, second), out)


main(*sys.argv[1:])
