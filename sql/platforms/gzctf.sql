-- GZCTF 1.8: its scoreboard as GET /api/game/{id}/Scoreboard has it. A database has many games: `migrate
-- --part ID` chooses one; else it is the newest that is not hidden.
-- recognised by: "Games"("Id", "Title", "Hidden", "StartTimeUtc", "EndTimeUtc", "BloodBonus")
-- recognised by: "GameChallenges"("Id", "GameId", "OriginalScore", "MinScoreRate", "Difficulty")
-- recognised by: "FirstSolves"("ParticipationId", "ChallengeId", "SubmissionId") "Participations"("Id", "TeamId")
--
-- Teams compete; a user's own board is what that user has solved. Bloods are worth more: a solve has its
-- own points. A team whose division has no place in the overall ranking (RankOverall) has one here.

SELECT {{schema}}.watch('"FirstSolves"', '{ParticipationId, ChallengeId, SubmissionId}', 'submission');
SELECT {{schema}}.watch('"Submissions"', '{Id, UserId, SubmitTimeUtc}', 'submission', 'r."Status" = ''Accepted''');
SELECT {{schema}}.watch('"Participations"', '{Id, GameId, TeamId, DivisionId, Status}', 'team', 'r."Status" = 1');
SELECT {{schema}}.watch('"Teams"', '{Id, Name}', 'team', listed => false);
SELECT {{schema}}.watch('"AspNetUsers"', '{Id, UserName, Role}', 'user', listed => false);
SELECT {{schema}}.watch('"UserParticipations"', '{UserId, ParticipationId}', 'user');
SELECT {{schema}}.watch('"GameChallenges"', '{Id, GameId, Title, Category, IsEnabled, DeadlineUtc, DisableBloodBonus,
    OriginalScore, MinScoreRate, Difficulty}', 'challenge', 'r."IsEnabled"');
SELECT {{schema}}.watch('"Games"', '{Id, Title, Hidden, StartTimeUtc, EndTimeUtc, BloodBonus}');
SELECT {{schema}}.watch('"Divisions"', '{Id, GameId, Name, DefaultPermissions}');
SELECT {{schema}}.watch('"DivisionChallengeConfig"', '{DivisionId, ChallengeId, Permissions}');

-- A bonus out of bounds counts as the default: 50, 30 and 10 per mille, ten bits each.
CREATE FUNCTION {{schema}}.game()
RETURNS TABLE (id integer, name text, starts_at timestamptz, ends_at timestamptz, visible boolean, bonus bigint[])
LANGUAGE sql STABLE AS $$
    SELECT "Id", "Title", "StartTimeUtc", "EndTimeUtc", NOT "Hidden",
        CASE WHEN greatest("BloodBonus" >> 20 & 1023, "BloodBonus" >> 10 & 1023, "BloodBonus" & 1023) > 1000
            THEN '{50,30,10}'
            ELSE ARRAY["BloodBonus" >> 20 & 1023, "BloodBonus" >> 10 & 1023, "BloodBonus" & 1023] END
    FROM {{platform}}."Games"
    WHERE "Id" = coalesce({{part}}, (SELECT max("Id") FROM {{platform}}."Games" WHERE NOT "Hidden"))
$$;

SELECT {{schema}}.define('competition', $$
    SELECT name, starts_at, NULL, ends_at, visible, 'first_to_reach' FROM {{schema}}.game() $$);
SELECT {{schema}}.define('boundaries');
SELECT {{schema}}.define('divisions', $$
    SELECT d."Id", d."Name" FROM {{platform}}."Divisions" d JOIN {{schema}}.game() g ON g.id = d."GameId" $$);

-- What was solved in time, and what the division's permissions make of it: 1 << 10, points; 1 << 11, a
-- blood; 1 << 12, it moves the value. Without a division all is permitted. `blood`: the first is 1.
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz)
RETURNS TABLE (participation integer, team integer, user_id uuid, challenge integer, at timestamptz,
    scores boolean, counts boolean, blood bigint)
LANGUAGE sql STABLE AS $$
    SELECT p, t, u, c, at, may & 1024 <> 0, may & 4096 <> 0,
        CASE WHEN bleeds THEN row_number() OVER (PARTITION BY c, bleeds ORDER BY at, p) END
    FROM (
        SELECT p."Id" AS p, p."TeamId" AS t, s."UserId" AS u, c."Id" AS c, s."SubmitTimeUtc" AS at, may,
            may & 2048 <> 0 AND NOT c."DisableBloodBonus" AS bleeds
        FROM {{schema}}.game() g
        JOIN {{platform}}."Participations" p ON p."GameId" = g.id AND p."Status" = 1
        JOIN {{platform}}."FirstSolves" f ON f."ParticipationId" = p."Id"
        JOIN {{platform}}."Submissions" s ON s."Id" = f."SubmissionId"
        JOIN {{platform}}."GameChallenges" c ON c."Id" = f."ChallengeId" AND c."GameId" = g.id AND c."IsEnabled"
        LEFT JOIN {{platform}}."Divisions" d ON d."Id" = p."DivisionId"
        LEFT JOIN {{platform}}."DivisionChallengeConfig" o ON o."DivisionId" = d."Id" AND o."ChallengeId" = c."Id",
        coalesce(o."Permissions", d."DefaultPermissions", -1) AS may
        WHERE s."SubmitTimeUtc" >= g.starts_at AND s."SubmitTimeUtc" < least(g.ends_at, until)
            AND (s."SubmitTimeUtc" <= c."DeadlineUtc") IS NOT FALSE) AS solve
$$;

SELECT {{schema}}.define('challenges', $$
    SELECT c."Id", c."Title", coalesce(('{Misc,Crypto,Pwn,Web,Reverse,Blockchain,Forensics,Hardware,Mobile,PPC,AI,'
        'Pentest,OSINT}'::text[])["Category" + 1], 'Misc'), 'static', value, value, NULL, true
    FROM {{schema}}.game() g JOIN {{platform}}."GameChallenges" c ON c."GameId" = g.id AND c."IsEnabled"
    LEFT JOIN (SELECT challenge, count(*) AS n FROM {{schema}}.valid_solves(until) WHERE counts GROUP BY challenge) s
        ON s.challenge = c."Id",
    LATERAL (SELECT CASE WHEN coalesce(n, 0) <= 1 THEN c."OriginalScore" ELSE floor(c."OriginalScore"
        * (c."MinScoreRate" + (1 - c."MinScoreRate") * exp((1 - n) / c."Difficulty")))::integer END AS value) AS v
    WHERE g.starts_at <= now() $$);

-- All who take part are listed. Of equal scores the earlier last solve is ahead, none at all before all.
SELECT {{schema}}.define('teams', $$
    SELECT t."Id", t."Name", p."DivisionId", rank() OVER (ORDER BY last NULLS FIRST, p."Id")
    FROM {{schema}}.game() g JOIN {{platform}}."Participations" p ON p."GameId" = g.id AND p."Status" = 1
    JOIN {{platform}}."Teams" t ON t."Id" = p."TeamId"
    LEFT JOIN (SELECT participation, max(at) AS last FROM {{schema}}.valid_solves(until) WHERE scores
        GROUP BY participation) s ON s.participation = p."Id" $$);
SELECT {{schema}}.define('users', $$
    SELECT {{schema}}.id_of(u."Id"::text), u."UserName", p."TeamId", p."DivisionId", NULL
    FROM {{schema}}.game() g JOIN {{platform}}."Participations" p ON p."GameId" = g.id AND p."Status" = 1
    JOIN {{platform}}."UserParticipations" m ON m."ParticipationId" = p."Id"
    JOIN {{platform}}."AspNetUsers" u ON u."Id" = m."UserId" AND u."Role" <> 0 $$);
-- A blood's points are reckoned in single precision and rounded half to even, as there.
SELECT {{schema}}.define('solves', $$
    SELECT {{schema}}.id_of(s.user_id::text), s.team, s.challenge, s.at, CASE WHEN blood <= 3 THEN
        round((initial_points::real * (g.bonus[blood]::real / 1000::real + 1::real))::float8) END
    FROM {{schema}}.valid_solves(until) s JOIN {{schema}}.challenges(until) c ON c.id = s.challenge, {{schema}}.game() g
    WHERE scores $$);
SELECT {{schema}}.define('awards');
