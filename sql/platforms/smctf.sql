-- smctf 1.0, and its later form with roles (1.2) and divisions (1.3), each as its leaderboards have it.
-- `migrate --part ID` shows one division alone.
-- recognised by: teams(id, name) users(id, username, role, team_id) app_configs(key, value)
-- recognised by: challenges(id, title, category, points, minimum_points)
-- recognised by: submissions(user_id, challenge_id, correct, submitted_at, is_first_blood)
--
-- Since 1.3 each division has values of its own: a solve has its own points then, and a challenge is shown
-- with the value in the first division. 1.1 shows admins, which cannot be told from 1.2 and is not done here.

SELECT {{schema}}.watch('submissions', columns => '{user_id, challenge_id, correct, submitted_at}',
    shown => 'r.correct', appears => 'submission_correct', changes => 'submission_changed',
    index => '(correct, submitted_at) INCLUDE (user_id, challenge_id)');
SELECT {{schema}}.watch('challenges', columns => '{id, title, category, points, minimum_points}',
    appears => 'challenge_created', changes => 'challenge_updated', disappears => 'challenge_deleted');
SELECT {{schema}}.watch('users', columns => '{id, username, role, team_id}',
    appears => 'user_registered', changes => 'user_updated', disappears => 'user_deleted');
SELECT {{schema}}.watch('teams', columns => '{id, name, division_id?}',
    appears => 'team_created', changes => 'team_updated', disappears => 'team_deleted');
SELECT {{schema}}.watch('app_configs', private => '{key, value}', shown => 'r.key IN (''ctf_start_at'', ''ctf_end_at'')');

-- The platform checks times when it writes them; what is none counts as none.
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(at) FILTER (WHERE key = 'ctf_start_at'), min(at) FILTER (WHERE key = 'ctf_end_at')
    FROM {{platform}}.app_configs,
        LATERAL (SELECT substring(value FROM '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$')::timestamptz) AS t (at)
$$;

CREATE FUNCTION {{schema}}.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS $$
    SELECT o.name, g.starts_at, o.freezes_at, g.ends_at, o.visible, 'reference'
    FROM {{schema}}.setup() g, {{schema}}.settings o
$$;

CREATE FUNCTION {{schema}}.boundaries() RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.competition()
$$;

-- Where there are no divisions, `division_id` is nothing of the table's, and so `absent`'s: null.
CREATE FUNCTION {{schema}}.squads() RETURNS TABLE (id bigint, name text, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT t.id::bigint, t.name::text, t.division::bigint FROM (VALUES (NULL::bigint)) AS absent (division_id),
        LATERAL (SELECT id, name, division_id AS division FROM {{platform}}.teams) AS t
    WHERE t.division IS NOT DISTINCT FROM coalesce({{part}}, t.division)
$$;
DO $do$ BEGIN
    IF to_regclass('{{platform}}.divisions') IS NULL THEN
        CREATE FUNCTION {{schema}}.divisions() RETURNS TABLE (id bigint, name text)
        LANGUAGE sql STABLE AS $$ SELECT NULL::bigint, NULL::text WHERE false $$;
    ELSE
        PERFORM {{schema}}.watch('divisions', columns => '{id, name}');
        CREATE FUNCTION {{schema}}.divisions() RETURNS TABLE (id bigint, name text)
        LANGUAGE sql STABLE AS $$ SELECT id::bigint, name::text FROM {{platform}}.divisions WHERE id = coalesce({{part}}, id) $$;
    END IF;
END $do$;

-- 1.0 knows nobody who does not play. Its users have no `blocked_at`.
CREATE FUNCTION {{schema}}.has_roles() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('{{platform}}.users') AND attname = 'blocked_at')
$$;
CREATE FUNCTION {{schema}}.players() RETURNS TABLE (id bigint, name text, team_id bigint, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id::bigint, u.username::text, t.id, t.division
    FROM {{platform}}.users u JOIN {{schema}}.squads() t ON t.id = u.team_id
    WHERE u.role NOT IN ('admin', 'blocked') OR NOT (SELECT {{schema}}.has_roles())
$$;

-- Neither the start nor the end cuts them off; but before the start nothing is told.
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz)
RETURNS TABLE (user_id bigint, challenge_id bigint, at timestamptz, division bigint)
LANGUAGE sql STABLE AS $$
    SELECT s.user_id::bigint, s.challenge_id::bigint, s.submitted_at, p.division
    FROM {{platform}}.submissions s JOIN {{schema}}.players() p ON p.id = s.user_id, {{schema}}.setup() g
    WHERE s.correct AND (until = 'infinity' OR s.submitted_at < until)
        AND (g.starts_at > now()) IS NOT TRUE
$$;

-- What challenges are worth in each division: as many solves as there are teams make it the minimum.
CREATE FUNCTION {{schema}}.worths(until timestamptz) RETURNS TABLE (division bigint, challenge_id bigint, value integer)
LANGUAGE sql STABLE AS $$
    SELECT d.division, c.id::bigint, CASE WHEN d.decay <= 0 THEN c.points ELSE
        greatest(m, ceil((m - c.points)::float8 / d.decay ^ 2 * coalesce(s.n, 0)::float8 ^ 2 + c.points - 1e-9))::integer END
    FROM {{platform}}.challenges c CROSS JOIN LATERAL least(c.minimum_points, c.points) AS m
    CROSS JOIN (SELECT t.division, count(*) FILTER (WHERE NOT {{schema}}.has_roles()
            OR t.id IN (SELECT team_id FROM {{schema}}.players()))::float8 AS decay
        FROM {{schema}}.squads() t GROUP BY t.division) AS d
    LEFT JOIN (SELECT challenge_id, division, count(*) AS n FROM {{schema}}.valid_solves(until) GROUP BY 1, 2) AS s
        ON s.challenge_id = c.id AND s.division IS NOT DISTINCT FROM d.division
$$;

CREATE FUNCTION {{schema}}.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.id::bigint, c.title::text, c.category::text, 'static', coalesce(w.value, c.points)::integer,
        c.minimum_points::integer, NULL::integer, true
    FROM {{schema}}.setup() g, {{platform}}.challenges c
    LEFT JOIN (SELECT DISTINCT ON (challenge_id) * FROM {{schema}}.worths(until) ORDER BY challenge_id, division) AS w
        ON w.challenge_id = c.id
    WHERE (g.starts_at > now()) IS NOT TRUE
$$;

CREATE FUNCTION {{schema}}.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$ SELECT id, name, division, NULL::bigint FROM {{schema}}.squads() $$;

CREATE FUNCTION {{schema}}.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$ SELECT id, name, team_id, division, NULL::bigint FROM {{schema}}.players() $$;

CREATE FUNCTION {{schema}}.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz, points integer)
LANGUAGE sql STABLE AS $$
    SELECT s.user_id, NULL::bigint, s.challenge_id, s.at, w.value
    FROM {{schema}}.valid_solves(until) s JOIN {{schema}}.worths(until) w
        ON w.challenge_id = s.challenge_id AND w.division IS NOT DISTINCT FROM s.division
$$;

CREATE FUNCTION {{schema}}.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$ SELECT NULL::bigint, NULL::bigint, NULL::integer, NULL::timestamptz WHERE false $$;
