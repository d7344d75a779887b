#!/usr/bin/env python3
"""gzctf.py SEED SCOREBOARD: a random competition on GZCTF, and how GZCTF ranks it.

Prints the rows as SQL, and writes into SCOREBOARD what its scoreboard says of game 2, reckoned from
its rules alone: [[name, score, {challenge: points}], ...] in order.
"""

import json
import math
import random
import struct
import sys
import uuid
from datetime import datetime, timedelta, timezone

GAME = 2
START = datetime(2026, 1, 24, 12, tzinfo=timezone.utc)
END = START + timedelta(hours=10)
ALL = (1 << 13) - 1
GET_SCORE, GET_BLOOD, AFFECT_VALUE = 1 << 10, 1 << 11, 1 << 12


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, columns, rows):
    for row in rows:
        names = ", ".join(f'"{name}"' for name in columns.split())
        print(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(map(literal, row))});')


def invent(rng):
    permissions = [ALL, ALL & ~GET_BLOOD, ALL & ~GET_SCORE, ALL & ~AFFECT_VALUE, 1]
    divisions = [(i, GAME, f"division {i}", rng.choice(permissions)) for i in (1, 2, 3)]
    challenges = []
    for i in range(1, 13):
        deadline = START + timedelta(minutes=rng.randrange(600)) if rng.random() < 0.3 else None
        game = GAME if i <= 10 else 1
        difficulty = rng.choice([3.0, 5.0, 7.5, 10.0])
        challenges.append((i, game, f"challenge {i}", rng.randrange(13), rng.random() < 0.9, deadline,
                           rng.random() < 0.2, rng.choice([500, 777, 1000, 1001]),
                           rng.choice([0.1, 0.25, 0.333]), difficulty))
    configs = [(c[0], d[0], rng.choice(permissions)) for c in challenges for d in divisions
               if rng.random() < 0.2]
    teams = [(i, f"team {i}") for i in range(1, 31)]
    users = [(uuid.UUID(int=rng.getrandbits(128)), f"user{i}", rng.choice([1, 1, 1, 1, 0]))
             for i in range(60)]
    participations, members = [], []
    for i, (team, _) in enumerate(teams):
        division = rng.choice([None, None, 1, 2, 3])
        participations.append((100 + i, GAME if i < 27 else 1, team, division, rng.choice([1, 1, 1, 1, 0, 3])))
        for user in (2 * i, 2 * i + 1):
            members.append((participations[i][1], team, users[user][0], 100 + i))
    submissions, solves = [], []
    for participation in participations:
        of_game = [c for c in challenges if c[1] == participation[1]]
        for challenge in rng.sample(of_game, min(len(of_game), rng.randrange(9))):
            number = len(submissions) + 1
            at = START + timedelta(seconds=rng.randrange(-600, 37000), milliseconds=number)
            user = rng.choice([users[2 * (participation[0] - 100)][0], None])
            submissions.append((number, rng.choice(["Accepted"]), at, user, participation[2],
                                participation[0], participation[1], challenge[0]))
            solves.append((participation[0], challenge[0], number))
    return divisions, challenges, configs, teams, users, participations, members, submissions, solves


def value(challenge, n):
    original, rate, difficulty = challenge[7:10]
    return original if n <= 1 else math.floor(original * (rate + (1.0 - rate) * math.exp((1 - n) / difficulty)))


def scoreboard(world, bonus):
    divisions, challenges, configs, teams, _, participations, _, submissions, solves = world
    defaults = {d[0]: d[3] for d in divisions}
    special = {(c, d): p for c, d, p in configs}
    shown = {c[0]: c for c in challenges if c[1] == GAME and c[4]}
    listed = {p[0]: p for p in participations if p[1] == GAME and p[4] == 1}
    names = dict(teams)
    sent = {s[0]: s for s in submissions}

    def may(participation, challenge, permission):
        division = listed[participation][3]
        if division is None:
            return True
        return bool(special.get((challenge, division), defaults[division]) & permission)

    valid = []
    for participation, challenge, submission in solves:
        at = sent[submission][2]
        if participation not in listed or challenge not in shown or not START <= at < END:
            continue
        if shown[challenge][5] is None or at <= shown[challenge][5]:
            valid.append((at, participation, challenge))
    valid.sort()
    count, bloods = {}, {}
    for _, participation, challenge in valid:
        if may(participation, challenge, AFFECT_VALUE):
            count[challenge] = count.get(challenge, 0) + 1
    points, last = {p: {} for p in listed}, {}
    for at, participation, challenge in valid:
        worth = value(shown[challenge], count.get(challenge, 0))
        place = None
        if may(participation, challenge, GET_BLOOD) and not shown[challenge][6] and bloods.get(challenge, 0) < 3:
            place = bloods.get(challenge, 0)
            bloods[challenge] = place + 1
        if not may(participation, challenge, GET_SCORE):
            continue
        if place is not None:
            factor = single(single(bonus[place] / single(1000.0)) + single(1.0))
            worth = round(single(single(worth) * factor))  # half to even, as Convert.ToInt32
        points[participation][challenge] = worth
        last[participation] = at
    before_all = datetime.min.replace(tzinfo=timezone.utc)
    order = sorted(listed, key=lambda p: (-sum(points[p].values()), last.get(p, before_all), p))
    return [[names[listed[p][2]], sum(points[p].values()), points[p]] for p in order]


def main(seed, path):
    rng = random.Random(int(seed))
    world = invent(rng)
    bonus = rng.choice([[50, 30, 10], [333, 77, 1], [1000, 500, 250], [0, 0, 0]])
    packed = (bonus[0] << 20) + (bonus[1] << 10) + bonus[2]
    insert("Games", "Id Title Hidden StartTimeUtc EndTimeUtc BloodBonus",
           [(1, "another", True, START, END, 0), (GAME, "the game", False, START, END, packed)])
    for table, columns, rows in zip(
        ["Divisions", "GameChallenges", "DivisionChallengeConfig", "Teams", "AspNetUsers", "Participations",
         "UserParticipations", "Submissions", "FirstSolves"],
        ["Id GameId Name DefaultPermissions",
         "Id GameId Title Category IsEnabled DeadlineUtc DisableBloodBonus OriginalScore MinScoreRate Difficulty",
         "ChallengeId DivisionId Permissions", "Id Name", "Id UserName Role", "Id GameId TeamId DivisionId Status",
         "GameId TeamId UserId ParticipationId",
         "Id Status SubmitTimeUtc UserId TeamId ParticipationId GameId ChallengeId",
         "ParticipationId ChallengeId SubmissionId"],
        world,
    ):
        insert(table, columns, rows)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(scoreboard(world, bonus), out)


main(*sys.argv[1:])
