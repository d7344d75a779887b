-- GZCTF 1.8: its scoreboard as GET /api/game/{id}/Scoreboard has it. A database has many games: `migrate
-- --part ID` chooses one; else it is the newest that is not hidden.
-- recognised by: "Games"("Id", "Title", "Hidden", "StartTimeUtc", "EndTimeUtc", "BloodBonus")
-- recognised by: "GameChallenges"("Id", "GameId", "OriginalScore", "MinScoreRate", "Difficulty")
-- recognised by: "FirstSolves"("ParticipationId", "ChallengeId", "SubmissionId") "Participations"("Id", "TeamId")
--
-- Teams compete; a user's own board is what that user has solved. Bloods are worth more: a solve has its
-- own points. A team whose division has no place in the overall ranking (RankOverall) has one here.

SELECT {{schema}}.watch('"FirstSolves"', columns => '{ParticipationId, ChallengeId, SubmissionId}',
    appears => 'submission_correct', changes => 'submission_changed');
SELECT {{schema}}.watch('"Submissions"', columns => '{Id, UserId, SubmitTimeUtc}',
    shown => 'r."Status" = ''Accepted''', appears => 'submission_correct', changes => 'submission_changed');
SELECT {{schema}}.watch('"Participations"', columns => '{Id, GameId, TeamId, DivisionId, Status}',
    shown => 'r."Status" = 1',
    appears => 'team_created', changes => 'team_updated', disappears => 'team_deleted');
SELECT {{schema}}.watch('"Teams"', columns => '{Id, Name}',
    appears => 'team_created', changes => 'team_updated', disappears => 'team_deleted');
SELECT {{schema}}.watch('"AspNetUsers"', columns => '{Id, UserName, Role}',
    appears => 'user_registered', changes => 'user_updated', disappears => 'user_deleted');
SELECT {{schema}}.watch('"UserParticipations"', columns => '{UserId, ParticipationId}',
    appears => 'user_registered', changes => 'user_updated', disappears => 'user_deleted');
SELECT {{schema}}.watch('"GameChallenges"', columns => '{Id, GameId, Title, Category, IsEnabled, DeadlineUtc,
    DisableBloodBonus, OriginalScore, MinScoreRate, Difficulty}', shown => 'r."IsEnabled"',
    appears => 'challenge_created', changes => 'challenge_updated', disappears => 'challenge_deleted');
SELECT {{schema}}.watch('"Games"', columns => '{Id, Title, Hidden, StartTimeUtc, EndTimeUtc, BloodBonus}');
SELECT {{schema}}.watch('"Divisions"', columns => '{Id, GameId, Name, DefaultPermissions}');
SELECT {{schema}}.watch('"DivisionChallengeConfig"', columns => '{DivisionId, ChallengeId, Permissions}');

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

CREATE FUNCTION {{schema}}.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS $$
    SELECT name, starts_at, NULL::timestamptz, ends_at, visible, 'first_to_reach' FROM {{schema}}.game()
$$;

CREATE FUNCTION {{schema}}.divisions() RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE AS $$
    SELECT d."Id"::bigint, d."Name"::text
    FROM {{platform}}."Divisions" d JOIN {{schema}}.game() g ON g.id = d."GameId"
$$;

CREATE FUNCTION {{schema}}.boundaries() RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE AS $$ SELECT unnest(ARRAY[starts_at, ends_at]) FROM {{schema}}.game() $$;

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

CREATE FUNCTION {{schema}}.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT c."Id"::bigint, c."Title"::text,
        coalesce(('{Misc,Crypto,Pwn,Web,Reverse,Blockchain,Forensics,Hardware,Mobile,PPC,AI,Pentest,OSINT}'::text[])
            ["Category" + 1], 'Misc'),
        'static', value, value, NULL::integer, true
    FROM {{schema}}.game() g JOIN {{platform}}."GameChallenges" c ON c."GameId" = g.id AND c."IsEnabled"
    LEFT JOIN (SELECT challenge, count(*) AS n FROM {{schema}}.valid_solves(until) WHERE counts GROUP BY challenge) s
        ON s.challenge = c."Id",
    LATERAL (SELECT CASE WHEN coalesce(n, 0) <= 1 THEN c."OriginalScore"
        ELSE floor(c."OriginalScore" * (c."MinScoreRate" + (1 - c."MinScoreRate")
            * exp((1 - n) / c."Difficulty")))::integer END AS value) AS v
    WHERE g.starts_at <= now()
$$;

-- All who take part are listed. Of equal scores the earlier last solve is ahead, none at all before all.
CREATE FUNCTION {{schema}}.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT t."Id"::bigint, t."Name"::text, p."DivisionId"::bigint, rank() OVER (ORDER BY last NULLS FIRST, p."Id")
    FROM {{schema}}.game() g JOIN {{platform}}."Participations" p ON p."GameId" = g.id AND p."Status" = 1
    JOIN {{platform}}."Teams" t ON t."Id" = p."TeamId"
    LEFT JOIN (SELECT participation, max(at) AS last FROM {{schema}}.valid_solves(until) WHERE scores
        GROUP BY participation) s ON s.participation = p."Id"
$$;

CREATE FUNCTION {{schema}}.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT {{schema}}.id_of(u."Id"::text), u."UserName"::text, p."TeamId"::bigint, p."DivisionId"::bigint, NULL::bigint
    FROM {{schema}}.game() g JOIN {{platform}}."Participations" p ON p."GameId" = g.id AND p."Status" = 1
    JOIN {{platform}}."UserParticipations" m ON m."ParticipationId" = p."Id"
    JOIN {{platform}}."AspNetUsers" u ON u."Id" = m."UserId" AND u."Role" <> 0
$$;

-- A blood's points are reckoned in single precision and rounded half to even, as there.
CREATE FUNCTION {{schema}}.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz, points integer)
LANGUAGE sql STABLE AS $$
    SELECT {{schema}}.id_of(s.user_id::text), s.team::bigint, s.challenge::bigint, s.at,
        CASE WHEN blood <= 3 THEN
            round((initial_points::real * (g.bonus[blood]::real / 1000::real + 1::real))::float8)::integer END
    FROM {{schema}}.valid_solves(until) s JOIN {{schema}}.challenges(until) c ON c.id = s.challenge,
        {{schema}}.game() g
    WHERE scores
$$;

CREATE FUNCTION {{schema}}.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$ SELECT NULL::bigint, NULL::bigint, NULL::integer, NULL::timestamptz WHERE false $$;
