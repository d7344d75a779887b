#!/usr/bin/env python3
"""noctf.py SEED SCOREBOARD: a random competition on noCTF, and how noCTF ranks it.

Prints the rows as SQL, and writes into SCOREBOARD what the scoreboards of all divisions say, merged by
score and time, reckoned from noCTF's rules alone: [[name, score, {challenge: points}], ...].
"""

import json
import math
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 24, 12, tzinfo=timezone.utc)
END = START + timedelta(hours=10)


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        value = json.dumps(value)
    if isinstance(value, list):
        value = "{" + ",".join(value) + "}"
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, columns, rows):
    for row in rows:
        print(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(literal, row))});")


def js_round(x):
    return math.floor(x + 0.5)


def worth(score, n, w):
    p = score["params"]
    match score["strategy"]:
        case "core:static":
            x = p["base"]
        case "core:quadratic":
            x = max(p["minimum"],
                    math.ceil((p["minimum"] - p["initial"]) / p["decay"] ** 2 * max(0, n - 1) ** 2 + p["initial"]))
        case "core:exponential":
            x = p["minimum"] + (p["initial"] - p["minimum"]) / (1 + (max(0, n - 1) / p["k"]) ** p["j"])
        case "core:bounded_weight":
            x = max(p["lower"], min(p["upper"], w))
    return js_round(x)


def invent(rng):
    strategies = [
        ("core:static", {"base": 137}),
        ("core:quadratic", {"minimum": 100, "initial": 500, "decay": 7}),
        ("core:exponential", {"minimum": 50, "initial": 1000, "k": 12.5, "j": 1.2}),
        ("core:bounded_weight", {"lower": 10, "upper": 300}),
    ]
    divisions = [(1, "open", "open", True), (2, "students", "students", True),
                 (3, "staff", "staff", False)]
    challenges = []
    for i in range(1, 13):
        strategy, params = rng.choice(strategies)
        bonus = rng.choice([None, [50, 30, 10], [7.5, 2.5]])
        score = {"strategy": strategy, "params": params} | ({"bonus": bonus} if bonus else {})
        visible = rng.choice([None, None, None, START, datetime(2099, 1, 1, tzinfo=timezone.utc)])
        challenges.append((i, f"challenge {i}", {"flags": ["secret"], "score": score}, {"categories": "pwn,web"},
                           rng.random() < 0.1, visible))
    teams = [(i, f"team {i}", rng.choice([[], [], [], [], ["hidden"], ["frozen"]]), rng.choice([1, 1, 1, 2, 2, 3]))
             for i in range(1, 31)]
    users = [(i, f"user {i}", []) for i in range(1, 61)]
    members = [(i, (i + 1) // 2) for i, _, _ in users]
    submissions = []
    for team in teams:
        for challenge in rng.sample(challenges, rng.randrange(9)):
            at = START + timedelta(seconds=rng.randrange(-600, 37000), milliseconds=len(submissions))
            submissions.append((len(submissions) + 1, rng.choice([2 * team[0], None]), team[0], challenge[0],
                                rng.choice([None] * 9 + [77]), rng.randrange(-50, 400), rng.random() < 0.05,
                                rng.choice(["correct", "correct", "correct", "queued", "incorrect"]), at))
    awards = [(i, rng.choice(teams)[0], rng.choice([-50, 0, 25, 100]), START + timedelta(minutes=i))
              for i in range(1, 9)]
    return divisions, challenges, teams, users, members, submissions, awards


def scoreboard(world):
    _, challenges, teams, _, _, submissions, awards = world
    now = datetime.now(timezone.utc)
    scores = {c[0]: c[2]["score"] for c in challenges if not c[4] and (c[5] is None or c[5] <= now)}
    shown = {t[0]: t for t in teams if "hidden" not in t[2] and t[3] != 3}
    points, last = {t: {} for t in shown}, {}
    valid = [s for s in sorted(submissions, key=lambda s: s[8])
             if s[7] == "correct" and not s[6] and s[2] in shown and s[3] in scores
             and START.timestamp() <= math.floor(s[8].timestamp()) <= END.timestamp()]
    for division in (1, 2):
        for challenge, score in scores.items():
            solves = [s for s in valid if s[3] == challenge and shown[s[2]][3] == division]
            n = sum(s[4] is None for s in solves)
            bonus = iter(score.get("bonus", []))
            for _, _, team, _, own, weight, _, _, at in solves:
                points[team][challenge] = own if own is not None else worth(score, n, weight) + js_round(next(bonus, 0))
                last[team] = max(at, last.get(team, at))
    score_of = {t: sum(points[t].values()) + sum(a[2] for a in awards if a[1] == t) for t in shown}
    listed = [t for t in shown if points[t] or any(a[1] == t for a in awards)]
    listed.sort(key=lambda t: (-score_of[t], last.get(t, datetime.min.replace(tzinfo=timezone.utc)), t))
    return [[shown[t][1], score_of[t], points[t]] for t in listed]


def main(seed, path):
    rng = random.Random(int(seed))
    world = invent(rng)
    setup = {"active": True, "name": "the competition", "start_time_s": int(START.timestamp()),
             "end_time_s": int(END.timestamp()), "flag_prefix": "secret"}
    insert("config", "namespace, value", [("core.setup", setup), ("core.mail", {"password": "secret"})])
    insert("policy", "id, permissions, public, is_enabled",
           [(1, ["challenge.get", "scoreboard.get"], True, True), (2, ["*"], False, True)])
    for table, columns, rows in zip(
        ["division", "challenge", "team", '"user"', "team_member", "submission", "award"],
        ["id, name, slug, is_visible", "id, title, private_metadata, tags, hidden, visible_at",
         "id, name, flags, division_id", "id, name, flags", "user_id, team_id",
         "id, user_id, team_id, challenge_id, value, weight, hidden, status, created_at",
         "id, team_id, value, created_at"],
        world,
    ):
        insert(table, columns, rows)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(scoreboard(world), out)


main(*sys.argv[1:])
