-- competition: a random one, small and full of what boards can stumble over, played into the
-- reference platform's empty tables in one transaction.
--
--   psql -v seed=7 -f tests/lib/competition.sql
--
-- Equal scores and equal times, several correct submissions of one user or one team for one
-- challenge, solves on the edges of ten-minute intervals and years apart, challenges that nobody
-- solved or that are hidden, teams and users without anything, blocked users, admins, users without
-- a team, awards of both kinds and signs, and names in every script.
\set ON_ERROR_STOP 1
BEGIN;
SELECT setseed(1.0 / (1 + :seed)) \g /dev/null

CREATE FUNCTION pg_temp.below(n int) RETURNS int LANGUAGE sql VOLATILE AS $$
    SELECT floor(random() * n)::int
$$;

CREATE FUNCTION pg_temp.any_name() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (ARRAY[
        'plain', 'Ünïcödé', '🚩🏴‍☠️👩‍💻', 'שלום', 'مرحبا', '"quoted"', 'back\slash', '</script>', 'a & b',
        E'tab\tline\nreturn\rbell\x07', E'del\x7f', U&'\2028\2029', repeat('long', 50), ' ', 'NULL'
    ])[1 + pg_temp.below(15)]
$$;

CREATE FUNCTION pg_temp.any_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT timestamptz '2026-01-24 12:00:00+00'
        + pg_temp.below(24) * interval '5 minutes'
        + (ARRAY['0', '0', '1 microsecond', '-1 microsecond', '0.25 seconds', '7.000010 seconds',
                 '2 years', '-60 years']::interval[])[1 + pg_temp.below(8)]
$$;

INSERT INTO teams (id, name)
SELECT 1000 - n * 7, pg_temp.any_name() || ' ' || n
FROM generate_series(1, 3 + pg_temp.below(20)) n;

INSERT INTO users (id, username, team_id, role, is_blocked)
SELECT 50 + n * 13 % 1009, pg_temp.any_name(),
    CASE WHEN random() < 0.8 THEN (SELECT id FROM teams ORDER BY md5(n || id::text) LIMIT 1) END,
    CASE WHEN random() < 0.05 THEN 'admin' ELSE 'user' END,
    random() < 0.05
FROM generate_series(1, 5 + pg_temp.below(60)) n;

INSERT INTO challenges (id, title, category, formula, points, minimum_points, decay, is_active)
SELECT n * 10, pg_temp.any_name(), pg_temp.any_name(),
    CASE WHEN random() < 0.8 THEN 'dynamic' ELSE 'static' END,
    pg_temp.below(6) * 100, pg_temp.below(5) * 50,
    CASE WHEN random() < 0.6 THEN pg_temp.below(20) - 1 END,
    random() < 0.9
FROM generate_series(1, 1 + pg_temp.below(20)) n;

-- The harder, the fewer solve it; the last one nobody does.
INSERT INTO submissions (user_id, challenge_id, provided, correct, submitted_at)
SELECT u.id, c.id, 'flag', random() < 0.7, pg_temp.any_time()
FROM users u, challenges c, generate_series(1, 2)
WHERE random() < 1 - c.id::float8 / (SELECT max(id) FROM challenges);

INSERT INTO awards (user_id, points, awarded_at)
SELECT id, pg_temp.below(9) * 50 - 200, pg_temp.any_time() FROM users WHERE random() < 0.3;

INSERT INTO awards (team_id, points, awarded_at)
SELECT id, pg_temp.below(9) * 50 - 200, pg_temp.any_time() FROM teams WHERE random() < 0.3;
COMMIT;
