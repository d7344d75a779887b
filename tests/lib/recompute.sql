-- recompute: the four boards, computed by PostgreSQL alone.
--
--   psql -XAtq -f tests/lib/recompute.sql
--
-- prints four lines of JSON: leaderboard, leaderboard/teams, timeline, timeline/teams. It is written
-- from the rules and not from the C code: each table is one rule. Numbers are numeric, so that
-- nothing is rounded.
--
-- It reads the five views and the setting `tie_rule` of the schema scoreboard, or of another one
-- (-v schema=scoreboard_x).
\if :{?schema}
\else
    \set schema scoreboard
\endif
\set ON_ERROR_STOP 1
SET search_path = :"schema", pg_catalog;
SET TimeZone = 'UTC';
BEGIN ISOLATION LEVEL REPEATABLE READ; -- all four boards are of one state

-- Times beyond the years 0001 to 9999 count as their ends.
CREATE FUNCTION pg_temp.clamped(t timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest('0001-01-01 00:00:00+00',
                    least(t, timestamptz '9999-12-31 23:59:59.999999+00'))
$$;

-- RFC 3339 in UTC; a fraction only when there is one, without trailing zeros.
CREATE FUNCTION pg_temp.rfc3339(t timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS')
        || rtrim(rtrim(to_char(t, '.US'), '0'), '.')
        || 'Z'
$$;

-- A user whose team is not shown, or who has none, competes alone.
CREATE TEMP TABLE player AS
SELECT u.id, coalesce(u.name, '') AS name, t.id AS team_id
FROM users('infinity') u LEFT JOIN teams('infinity') t ON t.id = u.team_id;

-- Each user's earliest solve of each challenge; whoever or whatever is not shown counts nowhere.
CREATE TEMP TABLE user_solve AS
SELECT p.id AS user_id, p.team_id, c.id AS challenge_id,
    min(pg_temp.clamped(s.solved_at)) AS solved_at
FROM solves('infinity') s
JOIN player p ON p.id = s.user_id
JOIN challenges('infinity') c ON c.id = s.challenge_id
GROUP BY p.id, p.team_id, c.id;

-- First blood: the earliest solve of all, by time, then user id.
CREATE TEMP TABLE first_blood AS
SELECT DISTINCT ON (challenge_id) challenge_id, user_id
FROM user_solve
ORDER BY challenge_id, solved_at, user_id;

-- A team's solve is its members' earliest, by time, then user id.
CREATE TEMP TABLE team_solve AS
SELECT DISTINCT ON (team_id, challenge_id) team_id, user_id, challenge_id, solved_at
FROM user_solve
WHERE team_id IS NOT NULL
ORDER BY team_id, challenge_id, solved_at, user_id;

-- Teams, and users who compete alone.
CREATE TEMP TABLE competitor_count AS
SELECT (SELECT count(*) FROM teams('infinity')) + (SELECT count(*) FROM player WHERE team_id IS NULL) AS n;

CREATE TEMP TABLE solver_count AS
SELECT challenge_id, count(*) AS n
FROM (SELECT challenge_id FROM team_solve
      UNION ALL
      SELECT challenge_id FROM user_solve WHERE team_id IS NULL) s
GROUP BY challenge_id;

-- ceil((minimum - initial) / decay^2 * solves^2 + initial), not below the minimum. The division of
-- whole numbers (div, rounding down) keeps it exact.
CREATE TEMP TABLE value AS
WITH parameter AS (
    SELECT c.id, c.formula = 'dynamic' AS is_dynamic, c.initial_points::numeric AS initial,
        least(c.minimum_points, c.initial_points)::numeric AS minimum,
        coalesce(c.decay, (SELECT n FROM competitor_count))::numeric AS decay,
        coalesce(s.n, 0)::numeric AS solves
    FROM challenges('infinity') c LEFT JOIN solver_count s ON s.challenge_id = c.id
)
SELECT id AS challenge_id,
    CASE WHEN NOT is_dynamic OR decay <= 0 THEN initial
         ELSE greatest(minimum,
                       initial - div((initial - minimum) * solves * solves, decay * decay))
    END AS points
FROM parameter;

-- Both leagues as one: solves, awards and names of users and of teams.
CREATE TEMP TABLE league_solve AS
SELECT 'user' AS league, user_id AS id, user_id, challenge_id, solved_at FROM user_solve
UNION ALL
SELECT 'team', team_id, user_id, challenge_id, solved_at FROM team_solve;

-- A user's award counts for the user and the user's team, a team's for the team alone.
CREATE TEMP TABLE league_award AS
SELECT 'user' AS league, user_id AS id, points, awarded_at FROM awards('infinity') WHERE user_id IS NOT NULL
UNION ALL
SELECT 'team', p.team_id, a.points, a.awarded_at FROM awards('infinity') a JOIN player p ON p.id = a.user_id
UNION ALL
SELECT 'team', team_id, points, awarded_at FROM awards('infinity') WHERE user_id IS NULL;

CREATE TEMP TABLE league_name AS
SELECT 'user' AS league, id, name FROM player
UNION ALL
SELECT 'team', id, coalesce(name, '') FROM teams('infinity');

-- Whatever gives an entry points, or takes them, and when.
CREATE TEMP TABLE gain AS
SELECT s.league, s.id, v.points, s.solved_at AS at
FROM league_solve s JOIN value v USING (challenge_id)
UNION ALL
SELECT league, id, points, pg_temp.clamped(awarded_at) FROM league_award;

CREATE TEMP TABLE standing AS
SELECT n.league, n.id, n.name, coalesce(sum(g.points), 0) AS score,
    max(g.at) FILTER (WHERE g.points > 0) AS reached
FROM league_name n LEFT JOIN gain g USING (league, id)
GROUP BY n.league, n.id, n.name;

-- Ties: who reached the score first, those who never reached anything last; or by the reference
-- platform's rule, users by id, teams by name (bytewise). Then by id.
CREATE TEMP TABLE ranking AS
SELECT *,
    row_number() OVER (
        PARTITION BY league
        ORDER BY score DESC,
            CASE WHEN tie_rule = 'first_to_reach' THEN reached END NULLS LAST,
            CASE WHEN tie_rule = 'reference' AND league = 'team' THEN name END COLLATE "C",
            id
    ) AS rank
FROM standing, (SELECT tie_rule FROM competition()) setting;

-- --- JSON ---------------------------------------------------------------------------------------

CREATE TEMP TABLE challenge_list AS
SELECT coalesce(json_agg(json_build_object(
        'id', c.id, 'title', coalesce(c.title, ''), 'category', coalesce(c.category, ''),
        'points', v.points
    ) ORDER BY c.id), '[]') AS json
FROM challenges('infinity') c JOIN value v ON v.challenge_id = c.id;

CREATE TEMP TABLE solve_list AS
SELECT s.league, s.id, json_agg(json_build_object(
        'challenge_id', s.challenge_id,
        'solved_at', pg_temp.rfc3339(s.solved_at),
        'is_first_blood', s.user_id = f.user_id
    ) ORDER BY s.challenge_id) AS json
FROM league_solve s JOIN first_blood f USING (challenge_id)
GROUP BY s.league, s.id;

CREATE FUNCTION pg_temp.leaderboard(which text, id_key text, name_key text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'challenges', (SELECT json FROM challenge_list),
        'entries', coalesce(json_agg(json_build_object(
            id_key, r.id, name_key, r.name, 'score', r.score, 'solves', coalesce(s.json, '[]')
        ) ORDER BY r.rank), '[]'))
    FROM ranking r LEFT JOIN solve_list s USING (league, id)
    WHERE r.league = which
$$;

-- Intervals of ten minutes, aligned to whole ten minutes UTC.
CREATE FUNCTION pg_temp.timeline(which text, id_key text, name_key text) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH line AS (
        SELECT date_bin('10 minutes', s.solved_at, timestamptz '0001-01-01 00:00:00+00') AS start,
            s.id, n.name, sum(v.points) AS points, count(*) AS n
        FROM league_solve s JOIN value v USING (challenge_id) JOIN league_name n USING (league, id)
        WHERE s.league = which
        GROUP BY 1, s.id, n.name
    )
    SELECT json_build_object('submissions', coalesce(json_agg(json_build_object(
        'timestamp', pg_temp.rfc3339(start),
        id_key, id, name_key, name, 'points', points, 'challenge_count', n
    ) ORDER BY start, id), '[]'))
    FROM line
$$;

SELECT pg_temp.leaderboard('user', 'user_id', 'username');
SELECT pg_temp.leaderboard('team', 'team_id', 'team_name');
SELECT pg_temp.timeline('user', 'user_id', 'username');
SELECT pg_temp.timeline('team', 'team_id', 'team_name');

ROLLBACK;
