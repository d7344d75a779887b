#!/usr/bin/env python3
"""smctf.py SEED SCOREBOARD [divisions]: a random competition on smctf, and how smctf ranks its teams.

Prints the rows as SQL, and writes into SCOREBOARD what its team leaderboard says, reckoned from its
rules alone: [[name, score, {challenge: points}], ...]. With `divisions` it is 1.3, whose divisions
have values of their own and whose admins and blocked users do not play; else 1.0.
"""

import json
import math
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 24, 12, tzinfo=timezone.utc)


def literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, columns, rows):
    for row in rows:
        print(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(literal, row))});")


def worth(initial, minimum, n, decay):
    minimum = min(minimum, initial)
    if decay <= 0:
        return initial
    value = (minimum - initial) / float(decay) ** 2 * float(n) ** 2 + initial
    return max(minimum, math.ceil(value - 1e-9))


def invent(rng):
    teams = [(i, f"{rng.choice('abcxyz')} team {i}", rng.choice([1, 2])) for i in range(1, rng.randrange(10, 30))]
    users = [(i, f"user {i}", rng.choice(["user"] * 8 + ["admin", "blocked"]), rng.choice(teams)[0])
             for i in range(1, 61)]
    challenges = [(i, f"challenge {i}", "Pwn", rng.choice([500, 300, 100]), rng.choice([100, 50, 400]))
                  for i in range(1, 13)]
    solved, submissions = set(), []
    for _ in range(400):
        user, challenge = rng.choice(users), rng.choice(challenges)
        correct = rng.random() < 0.4 and (user[3], challenge[0]) not in solved
        if correct:
            solved.add((user[3], challenge[0]))
        at = START + timedelta(seconds=len(submissions) * 10)
        submissions.append((len(submissions) + 1, user[0], challenge[0], correct, at))
    users = [u if rng.random() < 0.9 else (*u[:3], rng.choice(teams)[0]) for u in users]  # an admin moves some
    return teams, users, challenges, submissions


def scoreboard(world, with_divisions):
    teams, users, challenges, submissions = world
    plays = {u[0]: u for u in users if not with_divisions or u[2] not in ("admin", "blocked")}
    division_of = {t[0]: t[2] if with_divisions else 0 for t in teams}
    players = {u[3] for u in plays.values()}
    points = {t[0]: {} for t in teams}
    scores = {t[0]: 0 for t in teams}  # what two members found before they became a team counts twice
    for division in set(division_of.values()):
        decay = sum(division_of[t[0]] == division and (not with_divisions or t[0] in players) for t in teams)
        for challenge, _, _, initial, minimum in challenges:
            solvers = [plays[s[1]][3] for s in submissions if s[2] == challenge and s[3] and s[1] in plays]
            solvers = [t for t in solvers if division_of[t] == division]
            for team in solvers:
                points[team][challenge] = worth(initial, minimum, len(solvers), decay)
                scores[team] += points[team][challenge]
    order = sorted(teams, key=lambda t: (-scores[t[0]], t[1]))
    return [[t[1], scores[t[0]], points[t[0]]] for t in order]


def main(seed, path, form=""):
    rng = random.Random(int(seed))
    world = invent(rng)
    teams, users, challenges, submissions = world
    if form == "divisions":
        insert("divisions", "id, name", [(1, "open"), (2, "students")])
        insert("teams", "id, name, division_id", teams)
    else:
        insert("teams", "id, name", [t[:2] for t in teams])
    insert("users", "id, username, role, team_id", users)
    insert("challenges", "id, title, category, points, minimum_points", challenges)
    insert("submissions", "id, user_id, challenge_id, correct, submitted_at", submissions)
    insert("app_configs", "key, value", [("ctf_start_at", "2026-01-24T12:20:00Z"), ("ctf_end_at", "2026-01-24T12:50:00Z"),
                                       ("title", "secret")])  # both were moved, which no leaderboard minds
    with open(path, "w", encoding="utf-8") as out:
        json.dump(scoreboard(world, form == "divisions"), out)


main(*sys.argv[1:])
