-- recompute: the boards, computed by PostgreSQL alone.
--
--   psql -XAtq -f tests/lib/recompute.sql
--
-- prints five lines of JSON: leaderboard, leaderboard/teams, timeline, timeline/teams, and the feed for
-- CTFtime. It is written from the rules and not from the C code: each table is one rule. Numbers are numeric, so that
-- nothing is rounded.
--
-- It reads the platform's functions in the schema scoreboard, or in another one
-- (-v schema=scoreboard_x), as of now or of another moment (-v until=2026-02-27T18:00:00Z).
\if :{?schema}
\else
    \set schema scoreboard
\endif
\if :{?until}
\else
    \set until infinity
\endif
\set ON_ERROR_STOP 1
SET search_path = :"schema", pg_catalog;
SET TimeZone = 'UTC';
BEGIN ISOLATION LEVEL REPEATABLE READ; -- all boards are of one state

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

-- Names are cut at 255 characters.
CREATE FUNCTION pg_temp.cut(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(name) > 255 THEN left(name, 255) || '…' ELSE coalesce(name, '') END
$$;

CREATE TEMP TABLE competition AS SELECT * FROM competition();
CREATE TEMP TABLE division AS SELECT id, pg_temp.cut(name) AS name FROM divisions();
CREATE TEMP TABLE challenge AS SELECT * FROM challenges(:'until');
CREATE TEMP TABLE team AS SELECT * FROM teams(:'until');
CREATE TEMP TABLE award AS SELECT * FROM awards(:'until');

-- A user whose team is not shown, or who has none, competes alone.
CREATE TEMP TABLE player AS
SELECT u.id, u.name, t.id AS team_id, u.division_id, u.tie
FROM users(:'until') u LEFT JOIN team t ON t.id = u.team_id;

-- A solve is for the team that it names, else for its user's; whoever or whatever is not shown counts
-- nowhere, but takes nothing from those who are.
CREATE TEMP TABLE solve AS
SELECT p.id AS user_id, t.id AS team_id, c.id AS challenge_id, s.points,
    pg_temp.clamped(s.solved_at) AS solved_at
FROM solves(:'until') s
JOIN challenge c ON c.id = s.challenge_id
LEFT JOIN player p ON p.id = s.user_id
LEFT JOIN team t ON t.id = CASE WHEN s.team_id IS NULL THEN p.team_id ELSE s.team_id END
WHERE p.id IS NOT NULL OR t.id IS NOT NULL;

-- First blood: the earliest solve of all, by time, then user id, nobody last, then team id. So is of
-- a user's or a team's own the earliest.
CREATE TEMP TABLE first_blood AS
SELECT DISTINCT ON (challenge_id) challenge_id, user_id, team_id
FROM solve
ORDER BY challenge_id, solved_at, user_id NULLS LAST, team_id NULLS LAST, points NULLS FIRST;

CREATE TEMP TABLE user_solve AS
SELECT DISTINCT ON (user_id, challenge_id) *
FROM solve
WHERE user_id IS NOT NULL
ORDER BY user_id, challenge_id, solved_at, team_id NULLS LAST, points NULLS FIRST;

CREATE TEMP TABLE team_solve AS
SELECT DISTINCT ON (team_id, challenge_id) *
FROM solve
WHERE team_id IS NOT NULL
ORDER BY team_id, challenge_id, solved_at, user_id NULLS LAST, points NULLS FIRST;

-- Teams, and users who compete alone.
CREATE TEMP TABLE competitor_count AS
SELECT (SELECT count(*) FROM team) + (SELECT count(*) FROM player WHERE team_id IS NULL) AS n;

CREATE TEMP TABLE solver_count AS
SELECT challenge_id, count(*) AS n
FROM (SELECT challenge_id FROM team_solve
      UNION ALL
      SELECT challenge_id FROM user_solve s JOIN player p ON p.id = s.user_id
      WHERE p.team_id IS NULL) s
GROUP BY challenge_id;

-- ceil((minimum - initial) / decay^2 * solves^2 + initial), not below the minimum. The division of
-- whole numbers (div, rounding down) keeps it exact.
CREATE TEMP TABLE value AS
WITH parameter AS (
    SELECT c.id, c.formula = 'dynamic' AS is_dynamic, c.minimum_points, coalesce(s.n, 0) AS solvers, c.initial_points::numeric AS initial,
        least(c.minimum_points, c.initial_points)::numeric AS minimum,
        coalesce(c.decay, (SELECT n FROM competitor_count))::numeric AS decay,
        coalesce(s.n, 0)::numeric AS solves
    FROM challenge c LEFT JOIN solver_count s ON s.challenge_id = c.id
)
SELECT id AS challenge_id,
    CASE WHEN is_dynamic THEN initial END AS initial_points,
    CASE WHEN is_dynamic THEN minimum_points END AS minimum_points,
    CASE WHEN is_dynamic THEN decay END AS decay,
    CASE WHEN is_dynamic THEN solvers END AS solvers,
    CASE WHEN NOT is_dynamic OR decay <= 0 THEN initial
         ELSE greatest(minimum,
                       initial - div((initial - minimum) * solves * solves, decay * decay))
    END AS points
FROM parameter;

-- Both leagues as one: solves, awards and names of users and of teams.
CREATE TEMP TABLE league_solve AS
SELECT s.league, s.id, s.challenge_id, s.solved_at, v.points AS value,
    coalesce(s.points, v.points) AS points,
    (s.user_id, s.team_id) IS NOT DISTINCT FROM (f.user_id, f.team_id) AS is_first_blood
FROM (SELECT 'user' AS league, user_id AS id, * FROM user_solve
      UNION ALL
      SELECT 'team', team_id, * FROM team_solve) s
JOIN value v USING (challenge_id)
JOIN first_blood f USING (challenge_id);

-- An award is its user's, and the team's that it names, else of its user's team.
CREATE TEMP TABLE league_award AS
SELECT 'user' AS league, p.id, a.points, pg_temp.clamped(a.awarded_at) AS awarded_at
FROM award a JOIN player p ON p.id = a.user_id
UNION ALL
SELECT 'team', t.id, a.points, pg_temp.clamped(a.awarded_at)
FROM award a
LEFT JOIN player p ON p.id = a.user_id
JOIN team t ON t.id = CASE WHEN a.team_id IS NULL THEN p.team_id ELSE a.team_id END;

CREATE TEMP TABLE league_entry AS
SELECT e.league, e.id, pg_temp.cut(e.name) AS name, e.team_id, d.id AS division_id, e.tie
FROM (SELECT 'user' AS league, id, name, team_id, division_id, tie FROM player
      UNION ALL
      SELECT 'team', id, name, NULL, division_id, tie FROM team) e
LEFT JOIN division d ON d.id = e.division_id;

-- Whatever gives an entry points, or takes them, and when.
CREATE TEMP TABLE gain AS
SELECT league, id, points, solved_at AS at, true AS is_solve,
    (SELECT breaks_ties FROM challenge c WHERE c.id = challenge_id) AS breaks_ties
FROM league_solve
UNION ALL
SELECT league, id, points, awarded_at, false, true FROM league_award;

CREATE TEMP TABLE standing AS
SELECT e.*, coalesce(sum(g.points), 0) AS score,
    max(g.at) FILTER (WHERE g.points > 0 AND g.breaks_ties) AS reached
FROM league_entry e LEFT JOIN gain g USING (league, id)
GROUP BY e.league, e.id, e.name, e.team_id, e.division_id, e.tie;

-- Ties: the platform's own; then who reached the score first, those who never reached anything last,
-- or by the reference platform's rule, users by id, teams by name (bytewise). Then by id.
CREATE TEMP TABLE ranking AS
SELECT *,
    row_number() OVER (
        PARTITION BY league
        ORDER BY score DESC,
            tie NULLS LAST,
            CASE WHEN tie_rule <> 'reference' THEN reached END NULLS LAST,
            CASE WHEN tie_rule = 'reference' AND league = 'team' THEN name END COLLATE "C",
            id
    ) AS rank
FROM standing, (SELECT tie_rule FROM competition) setting;

-- --- JSON ---------------------------------------------------------------------------------------
-- What may be absent is null first, and then stripped.

CREATE TEMP TABLE competition_json AS
SELECT json_strip_nulls(json_build_object(
        'name', nullif(pg_temp.cut(name), ''),
        'starts_at', pg_temp.rfc3339(starts_at),
        'freezes_at', pg_temp.rfc3339(freezes_at),
        'ends_at', pg_temp.rfc3339(ends_at),
        'frozen', CASE WHEN freezes_at = :'until' THEN true END,
        'tie', CASE WHEN EXISTS (SELECT FROM league_entry WHERE tie IS NOT NULL) THEN 'platform'
                    ELSE nullif(tie_rule, 'first_to_reach') END))::text AS json
FROM competition;

CREATE TEMP TABLE division_list AS
SELECT json_agg(json_build_object('id', id, 'name', name) ORDER BY id) AS json FROM division;

CREATE TEMP TABLE challenge_list AS
SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'id', c.id, 'title', pg_temp.cut(c.title), 'category', pg_temp.cut(c.category),
        'points', v.points, 'initial_points', v.initial_points, 'minimum_points', v.minimum_points,
        'decay', v.decay, 'solvers', v.solvers, 'breaks_ties', nullif(c.breaks_ties, true)
    )) ORDER BY c.id), '[]') AS json
FROM challenge c JOIN value v ON v.challenge_id = c.id;

CREATE TEMP TABLE solve_list AS
SELECT league, id, json_agg(json_strip_nulls(json_build_object(
        'challenge_id', challenge_id,
        'solved_at', pg_temp.rfc3339(solved_at),
        'is_first_blood', is_first_blood,
        'points', nullif(points, value)
    )) ORDER BY challenge_id) AS json
FROM league_solve
GROUP BY league, id;

CREATE TEMP TABLE award_list AS
SELECT league, id, json_agg(json_build_object(
        'points', points, 'awarded_at', pg_temp.rfc3339(awarded_at)
    ) ORDER BY awarded_at, points) AS json
FROM league_award
GROUP BY league, id;

CREATE FUNCTION pg_temp.leaderboard(which text, id_key text, name_key text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'competition', (SELECT nullif(json, '{}')::json FROM competition_json),
        'divisions', (SELECT json FROM division_list),
        'challenges', (SELECT json FROM challenge_list),
        'entries', coalesce(json_agg(json_build_object(
            id_key, r.id, name_key, r.name, 'team_id', r.team_id, 'division_id', r.division_id, 'score', r.score,
            'solves', coalesce(s.json, '[]'), 'awards', a.json
        ) ORDER BY r.rank), '[]')))
    FROM ranking r
    LEFT JOIN solve_list s USING (league, id)
    LEFT JOIN award_list a USING (league, id)
    WHERE r.league = which
$$;

-- Intervals of ten minutes, aligned to whole ten minutes UTC.
CREATE FUNCTION pg_temp.timeline(which text, id_key text, name_key text) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH line AS (
        SELECT date_bin('10 minutes', g.at, timestamptz '0001-01-01 00:00:00+00') AS start,
            g.id, e.name, sum(g.points) AS points, count(*) FILTER (WHERE is_solve) AS n
        FROM gain g JOIN league_entry e USING (league, id)
        WHERE g.league = which
        GROUP BY 1, g.id, e.name
    )
    SELECT json_build_object('submissions', coalesce(json_agg(json_build_object(
        'timestamp', pg_temp.rfc3339(start),
        id_key, id, name_key, name, 'points', points, 'challenge_count', n
    ) ORDER BY start, id), '[]'))
    FROM line
$$;

-- CTFtime: of teams, else of users; a title that another challenge has, too, or that looks as if one
-- had, ends with the challenge's id.
CREATE TEMP TABLE task AS
SELECT id, CASE WHEN position(' (#' in title) > 0
            OR row_number() OVER (PARTITION BY title ORDER BY id) > 1
        THEN title || ' (#' || id || ')' ELSE title END AS name
FROM (SELECT id, pg_temp.cut(title) AS title FROM challenge) c;

CREATE FUNCTION pg_temp.seconds(t timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT floor(extract(epoch FROM t))::bigint
$$;

CREATE FUNCTION pg_temp.ctftime() RETURNS json LANGUAGE sql STABLE AS $$
    WITH stats AS (
        SELECT s.league, s.id, pg_temp.seconds(max(s.solved_at)) AS last,
            json_object_agg(t.name, json_build_object(
                'points', s.points, 'time', pg_temp.seconds(s.solved_at))) AS tasks
        FROM league_solve s JOIN task t ON t.id = s.challenge_id
        GROUP BY s.league, s.id
    ), line AS (
        SELECT r.rank, CASE WHEN tie_rule = 'shared' THEN rank() OVER (ORDER BY score DESC)
                            ELSE r.rank END AS pos,
            r.name AS team, r.score, stats.tasks, stats.last
        FROM ranking r LEFT JOIN stats USING (league, id)
        WHERE league = CASE WHEN EXISTS (SELECT FROM team) THEN 'team' ELSE 'user' END
    )
    SELECT json_build_object(
        'tasks', (SELECT coalesce(json_agg(name ORDER BY id), '[]') FROM task),
        'standings', coalesce(json_agg(json_strip_nulls(json_build_object(
            'pos', pos, 'team', team, 'score', score, 'taskStats', coalesce(tasks, '{}'),
            'lastAccept', last)) ORDER BY rank), '[]'))
    FROM line
$$;

SELECT pg_temp.leaderboard('user', 'user_id', 'username');
SELECT pg_temp.leaderboard('team', 'team_id', 'team_name');
SELECT pg_temp.timeline('user', 'user_id', 'username');
SELECT pg_temp.timeline('team', 'team_id', 'team_name');
SELECT pg_temp.ctftime();

ROLLBACK;
