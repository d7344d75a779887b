-- smctf 1.0, and its later form with roles (1.2) and divisions (1.3), each as its leaderboards have it.
-- `migrate --part ID` shows one division alone.
-- recognised by: teams(id, name) users(id, username, role, team_id) app_configs(key, value)
-- recognised by: challenges(id, title, category, points, minimum_points)
-- recognised by: submissions(user_id, challenge_id, correct, submitted_at, is_first_blood)
--
-- Since 1.3 each division has values of its own: a solve has its own points then, and a challenge is shown
-- with the value in the first one where someone plays. 1.1 shows admins: it cannot be told from 1.2.

SELECT {{schema}}.watch('submissions', '{user_id, challenge_id, correct, submitted_at}', 'submission',
    shown => 'r.correct', index => '(correct, submitted_at) INCLUDE (user_id, challenge_id)');
SELECT {{schema}}.watch('challenges', '{id, title, category, points, minimum_points}', 'challenge');
SELECT {{schema}}.watch('users', '{id, username, role, team_id}', 'user');
SELECT {{schema}}.watch('teams', '{id, name, division_id?}', 'team');
SELECT {{schema}}.watch('app_configs', private => '{key, value}', shown => 'r.key IN (''ctf_start_at'', ''ctf_end_at'')');

-- The platform checks times when it writes them; what is none counts as none.
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(at) FILTER (WHERE key = 'ctf_start_at'), min(at) FILTER (WHERE key = 'ctf_end_at')
    FROM {{platform}}.app_configs, LATERAL (SELECT substring(value
        FROM '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$')::timestamptz) AS t (at)
$$;
SELECT {{schema}}.define('competition', $$
    SELECT o.name, g.starts_at, o.freezes_at, g.ends_at, o.visible, 'reference'
    FROM {{schema}}.setup() g, {{schema}}.settings o $$);
SELECT {{schema}}.define('boundaries');
DO $do$ BEGIN
    IF to_regclass('{{platform}}.divisions') IS NULL THEN
        PERFORM {{schema}}.define('divisions');
    ELSE
        PERFORM {{schema}}.watch('divisions', '{id, name}');
        PERFORM {{schema}}.define('divisions',
            'SELECT id, name FROM {{platform}}.divisions WHERE id = coalesce({{part}}, id)');
    END IF;
END $do$;

-- Where there are no divisions, `division_id` is nothing of the table's, and so `absent`'s: null.
CREATE FUNCTION {{schema}}.squads() RETURNS TABLE (id bigint, name text, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT t.* FROM (VALUES (NULL::bigint)) AS absent (division_id),
        LATERAL (SELECT id, name, division_id AS division FROM {{platform}}.teams) AS t
    WHERE t.division IS NOT DISTINCT FROM coalesce({{part}}, t.division)
$$;
-- 1.0 knows nobody who does not play, be it someone of no team. Its users have no `blocked_at`.
CREATE FUNCTION {{schema}}.has_roles() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('{{platform}}.users') AND attname = 'blocked_at')
$$;
CREATE FUNCTION {{schema}}.players() RETURNS TABLE (id bigint, name text, team_id bigint, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id, u.username, t.id, t.division
    FROM {{platform}}.users u LEFT JOIN {{schema}}.squads() t ON t.id = u.team_id
    WHERE t.id IS NOT NULL AND u.role NOT IN ('admin', 'blocked') OR NOT (SELECT {{schema}}.has_roles())
$$;

-- Neither the start nor the end cuts them off; but before the start nothing is told. 1.0 counts those of
-- users who are gone, too.
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, at timestamptz, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT s.user_id, p.team_id, s.challenge_id, s.submitted_at, p.division
    FROM {{schema}}.setup() g, {{platform}}.submissions s LEFT JOIN {{schema}}.players() p ON p.id = s.user_id
    WHERE s.correct AND (p.id IS NOT NULL OR NOT (SELECT {{schema}}.has_roles()))
        AND (until = 'infinity' OR s.submitted_at < until) AND (g.starts_at > now()) IS NOT TRUE
$$;

-- What challenges are worth in each division: as many solves as there are teams make it the minimum.
CREATE FUNCTION {{schema}}.worths(until timestamptz)
RETURNS TABLE (division bigint, decay float8, challenge_id bigint, value integer)
LANGUAGE sql STABLE AS $$
    SELECT d.division, d.decay, c.id, CASE WHEN d.decay <= 0 THEN c.points ELSE
        greatest(m, ceil((m - c.points)::float8 / d.decay ^ 2 * coalesce(s.n, 0)::float8 ^ 2 + c.points - 1e-9)) END
    FROM {{platform}}.challenges c CROSS JOIN LATERAL least(c.minimum_points, c.points) AS m
    CROSS JOIN (SELECT t.division, count(*) FILTER (WHERE NOT {{schema}}.has_roles()
            OR t.id IN (SELECT team_id FROM {{schema}}.players()))::float8 AS decay
        FROM {{schema}}.squads() t GROUP BY t.division) AS d
    LEFT JOIN (SELECT challenge_id, division, count(*) AS n FROM {{schema}}.valid_solves(until) GROUP BY 1, 2) AS s
        ON s.challenge_id = c.id AND s.division IS NOT DISTINCT FROM d.division
$$;

SELECT {{schema}}.define('challenges', $$
    SELECT c.id, c.title, c.category, 'static', coalesce(w.value, c.points), c.minimum_points, NULL, true
    FROM {{schema}}.setup() g, {{platform}}.challenges c LEFT JOIN (SELECT DISTINCT ON (challenge_id) *
        FROM {{schema}}.worths(until) ORDER BY challenge_id, decay = 0, division) AS w ON w.challenge_id = c.id
    WHERE (g.starts_at > now()) IS NOT TRUE $$);
SELECT {{schema}}.define('teams', 'SELECT id, name, division, NULL FROM {{schema}}.squads()');
SELECT {{schema}}.define('users', 'SELECT id, name, team_id, division, NULL FROM {{schema}}.players()');
SELECT {{schema}}.define('solves', $$
    SELECT s.user_id, NULL, s.challenge_id, s.at, w.value
    FROM {{schema}}.valid_solves(until) s JOIN {{schema}}.worths(until) w
        ON w.challenge_id = s.challenge_id AND w.division IS NOT DISTINCT FROM s.division $$);
-- Of members who found the same before they became one team, that team is given the points of each.
SELECT {{schema}}.define('awards', $$
    SELECT NULL, s.team_id, w.value, s.at
    FROM (SELECT *, row_number() OVER (PARTITION BY team_id, challenge_id ORDER BY at) AS nth
        FROM {{schema}}.valid_solves(until) WHERE team_id IS NOT NULL) AS s JOIN {{schema}}.worths(until) w
        ON w.challenge_id = s.challenge_id AND w.division IS NOT DISTINCT FROM s.division
    WHERE s.nth > 1 $$);
