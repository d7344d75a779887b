#!/usr/bin/env python3
"""ctfd.py SEED SCOREBOARD users|teams [frozen]: a random competition on CTFd, and how CTFd ranks it.

Prints the rows as SQL, and writes into SCOREBOARD what its scoreboard says, reckoned from its rules
alone: [[name, score, {challenge: points}], ...], of the challenges that it names. Frozen, what decays
and was solved since has the value that it would have if it had not been.
"""

import json
import math
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 24, 12)
FREEZE = START + timedelta(hours=5)


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


def invent(rng, mode):
    teams = [(i, f"team {i}", rng.random() < 0.1, rng.random() < 0.1, rng.choice([None, 1])) for i in range(1, 16)]
    users = [(i, f"user {i}", rng.choice(["user"] * 9 + ["admin"]), rng.random() < 0.1, rng.random() < 0.1,
              rng.choice(teams)[0] if mode == "teams" else None, rng.choice([None, 2])) for i in range(1, 41)]
    challenges = []
    for i in range(1, 13):
        state = rng.choice(["visible"] * 4 + ["hidden", "locked"])
        needs = rng.choice([None] * 4 + [{"prerequisites": [1]}])
        decays = (500, rng.choice([50, 100]), rng.choice([0, 3, 7]), rng.choice(["linear", "logarithmic", "static"]))
        challenges.append((i, f"challenge {i}", "pwn", rng.choice([0, 100, 137, 500]), state, needs) + decays)
    solved, solves, awards = set(), [], []
    for i in range(1, 220):
        user, challenge = rng.choice(users), rng.choice(challenges)
        at = START + timedelta(seconds=i // 3 * 450)
        account = user[5] if mode == "teams" else user[0]
        if (account, challenge[0]) in solved or (user[0], challenge[0]) in solved:
            awards.append((i, user[0], user[5], rng.choice([-50, -10, 0, 25]), at))
        else:
            solved.add((account, challenge[0]))
            solved.add((user[0], challenge[0]))
            solves.append((i, challenge[0], user[0], user[5], at))
    return teams, users, challenges, solves, awards


def worth(challenge, n):
    initial, minimum, decay, function = challenge[6:10]
    n = max(0, n - 1)
    if function == "linear":
        return max(minimum, initial - decay * n)
    return max(minimum, math.ceil((minimum - initial) / (decay or 1) ** 2 * n ** 2 + initial))


def scoreboard(world, mode, until):
    teams, users, challenges, solves, awards = world
    account = 3 if mode == "teams" else 2
    value = {c[0]: c[3] for c in challenges}
    shown = {t[0] for t in teams if not any(t[2:4])} if mode == "teams" else {u[0] for u in users if not any(u[3:5])}
    for challenge in challenges:
        if challenge[9] != "static" and any(s[1] == challenge[0] and s[4] >= until for s in solves):
            n = sum(s[1] == challenge[0] and s[4] < until and s[account] in shown for s in solves)
            value[challenge[0]] = worth(challenge, n)
    gains = [(s[account], s[0], value[s[1]], s[4], s[1]) for s in solves if s[4] < until]
    gains += [(a[account - 1], a[0], a[3], a[4], None) for a in awards if a[4] < until]
    solved = {g[4] for g in gains}
    named = {c[0] for c in challenges if c[4] == "visible" and (c[5] is None or c[0] in solved)}
    listed = []
    for row in teams if mode == "teams" else users:
        hidden, banned = row[2:4] if mode == "teams" else row[3:5]
        mine = [g for g in gains if g[0] == row[0]]
        counted = [g for g in mine if g[2] != 0]
        if counted and not hidden and not banned:
            key = (-sum(g[2] for g in counted), max(g[3] for g in counted), max(g[1] for g in counted))
            listed.append((key, row[1], {g[4]: g[2] for g in mine if g[4] in named}))
    listed.sort(key=lambda entry: entry[0])
    return [[name, -key[0], points] for key, name, points in listed]


def main(seed, path, mode, frozen=""):
    rng = random.Random(int(seed))
    world = invent(rng, mode)
    teams, users, challenges, solves, awards = world
    freeze = int(FREEZE.replace(tzinfo=timezone.utc).timestamp())
    settings = [("user_mode", mode), ("ctf_name", "the competition"), ("score_visibility", "public"),
                ("mail_password", "secret"), ("freeze", freeze if frozen else "")]
    insert("config", "key, value", settings)
    insert("brackets", "id, name, type", [(1, "of teams", "teams"), (2, "of users", "users")])
    insert("teams", "id, name, hidden, banned, bracket_id", teams)
    insert("users", "id, name, type, hidden, banned, team_id, bracket_id", users)
    odd = [c for c in challenges if c[0] % 2]
    insert("challenges", "id, name, category, value, state, requirements, initial, minimum, decay, function",
           [c[:6] + (None, None, None, "static") if c in odd else c for c in challenges])
    insert("dynamic_challenge", "id, dynamic_initial, dynamic_minimum, dynamic_decay, dynamic_function",
           [c[:1] + c[6:] for c in odd])
    insert("submissions", "id, challenge_id, user_id, team_id, date, type", [s + ("correct",) for s in solves])
    insert("solves", "id, challenge_id, user_id, team_id", [s[:4] for s in solves])
    insert("awards", "id, user_id, team_id, value, date", awards)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(scoreboard(world, mode, FREEZE if frozen else datetime.max), out)


main(*sys.argv[1:])
