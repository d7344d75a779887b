-- contract: a random competition with all that a platform's functions may say, and nothing of any
-- platform: the functions read tables that have the very columns of the contract.
--
--   psql -v seed=7 -v tie_rule=shared -f tests/lib/contract.sql
--
-- Beside what competition.sql plays there are here: solves that name a team, by members who left, by
-- users who are not shown and by nobody; points of one solve; ties of the platform's own; challenges
-- that break no ties; awards of a user and a team at once, of the hidden too; divisions; names of
-- any length; rows of others that are not shown.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT setseed(1.0 / (1 + :seed)) \g /dev/null

CREATE FUNCTION pg_temp.below(n int) RETURNS int LANGUAGE sql VOLATILE AS $$
    SELECT floor(random() * n)::int
$$;

CREATE FUNCTION pg_temp.perhaps(n bigint, chance float8) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < chance THEN n END
$$;

CREATE FUNCTION pg_temp.any_name() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (ARRAY['plain', 'ünï', '🚩', '<&>', repeat('x', 254), repeat('ä', 255), repeat('🏴', 256),
                  repeat('long', 5000), '', NULL])[1 + pg_temp.below(10)]
$$;

CREATE FUNCTION pg_temp.any_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT timestamptz '2026-01-24 12:00:00+00' + pg_temp.below(24) * interval '5 minutes'
        + (ARRAY['0', '0', '1 microsecond', '0.25 seconds', '-60 years']::interval[])[1 + pg_temp.below(5)]
$$;

CREATE SCHEMA IF NOT EXISTS contest;
DROP TABLE IF EXISTS contest.competition, contest.divisions, contest.challenges, contest.teams,
    contest.users, contest.solves, contest.awards;

CREATE TABLE contest.competition AS
SELECT 'Cup ' || :seed AS name, timestamptz '2026-01-24 12:00:00+00' AS starts_at,
    pg_temp.any_time() AS freezes_at, NULL::timestamptz AS ends_at, true AS visible,
    :'tie_rule'::text AS tie_rule;

CREATE TABLE contest.divisions AS
SELECT n::bigint AS id, coalesce(pg_temp.any_name(), '') AS name
FROM generate_series(1, pg_temp.below(4)) n;

CREATE TABLE contest.challenges AS
SELECT n::bigint AS id, pg_temp.any_name() AS title, pg_temp.any_name() AS category,
    CASE WHEN random() < 0.7 THEN 'dynamic' ELSE 'static' END AS formula,
    pg_temp.below(6) * 100 AS initial_points, pg_temp.below(5) * 50 AS minimum_points,
    pg_temp.perhaps(pg_temp.below(20) - 1, 0.6)::int AS decay, random() < 0.7 AS breaks_ties
FROM generate_series(1, 1 + pg_temp.below(12)) n;

-- Every other competition leaves ties to the rule.
CREATE TABLE contest.teams AS
SELECT n::bigint AS id, pg_temp.any_name() AS name,
    pg_temp.perhaps(1 + pg_temp.below(4), 0.7) AS division_id,
    pg_temp.perhaps(pg_temp.below(3), 0.7 * (:seed % 2)) AS tie
FROM generate_series(1, 2 + pg_temp.below(10)) n;

CREATE TABLE contest.users AS
SELECT n::bigint AS id, pg_temp.any_name() AS name,
    pg_temp.perhaps(1 + pg_temp.below(14), 0.8) AS team_id,
    pg_temp.perhaps(1 + pg_temp.below(4), 0.7) AS division_id,
    pg_temp.perhaps(pg_temp.below(3), 0.7 * (:seed % 2)) AS tie
FROM generate_series(1, 3 + pg_temp.below(25)) n;

CREATE TABLE contest.solves AS
SELECT user_id, CASE WHEN user_id IS NULL OR random() < 0.4 THEN 1 + pg_temp.below(14) END::bigint AS team_id,
    (1 + pg_temp.below(13))::bigint AS challenge_id, pg_temp.any_time() AS solved_at,
    pg_temp.perhaps(pg_temp.below(6) * 60 - 60, 0.2)::int AS points
FROM (SELECT pg_temp.perhaps(1 + pg_temp.below(32), 0.9) AS user_id
      FROM generate_series(1, pg_temp.below(400))) solver;

CREATE TABLE contest.awards AS
SELECT user_id, CASE WHEN user_id IS NULL OR random() < 0.3 THEN 1 + pg_temp.below(14) END::bigint AS team_id,
    pg_temp.below(9) * 50 - 200 AS points, pg_temp.any_time() AS awarded_at
FROM (SELECT pg_temp.perhaps(1 + pg_temp.below(32), 0.7) AS user_id
      FROM generate_series(1, pg_temp.below(25))) winner;

GRANT USAGE ON SCHEMA contest TO scoreboard_daemon;
GRANT SELECT ON ALL TABLES IN SCHEMA contest TO scoreboard_daemon;

CREATE OR REPLACE FUNCTION scoreboard.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.competition';

CREATE OR REPLACE FUNCTION scoreboard.divisions()
RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.divisions';

CREATE OR REPLACE FUNCTION scoreboard.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.challenges';

CREATE OR REPLACE FUNCTION scoreboard.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.teams';

CREATE OR REPLACE FUNCTION scoreboard.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.users';

CREATE OR REPLACE FUNCTION scoreboard.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz,
    points integer)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.solves WHERE until = ''infinity'' OR solved_at < until';

CREATE OR REPLACE FUNCTION scoreboard.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS 'SELECT * FROM contest.awards WHERE until = ''infinity'' OR awarded_at < until';

INSERT INTO scoreboard.outbox (reason) VALUES ('settings_changed');
COMMIT;
