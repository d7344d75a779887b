-- noCTF: its scoreboards as GET /scoreboard/divisions/:id has them, all on one board, or `migrate --part ID` one.
-- recognised by: team(id, name, flags, division_id) team_member(user_id, team_id) division(id, name, is_visible)
-- recognised by: challenge(id, title, private_metadata, tags, hidden, visible_at) config(namespace, value)
-- recognised by: submission(team_id, challenge_id, value, weight, hidden, status) award(team_id, value)
--
-- Each division has values of its own: a solve has its own points, a challenge is shown with the first division's.
-- A strategy of an organiser's own ("config:...") is worth nothing here until it is written into worth(), too.

SELECT {{schema}}.watch('submission', '{id, user_id, team_id, challenge_id, created_at, value, weight,
    hidden, status}', 'submission', 'r.status = ''correct''');
SELECT {{schema}}.watch('challenge', '{id, title, tags, hidden, visible_at}', 'challenge', 'NOT r.hidden',
    private => '{private_metadata}', seen => '(r.id, r.title, r.tags, r.visible_at, r.private_metadata -> ''score'')');
SELECT {{schema}}.watch('team', '{id, name, flags, division_id}', 'team', listed => false);
SELECT {{schema}}.watch('"user"', '{id, name, flags}', 'user', listed => false);
SELECT {{schema}}.watch('team_member', '{user_id, team_id}', 'user');
SELECT {{schema}}.watch('award', '{team_id, value, created_at}', 'award');
SELECT {{schema}}.watch('division', '{id, name, is_visible}');
SELECT {{schema}}.watch('policy', private => '{public, is_enabled, permissions}', shown => 'r.public AND r.is_enabled');
SELECT {{schema}}.watch('config', private => '{namespace, value}', shown => 'r.namespace = ''core.setup''');

-- Flags and passwords are in these two: what is needed of them is read with the owner's rights. Seconds
-- are whole, and the last one counts. Anybody may look while a policy for the public lets them.
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz,
    ends_at timestamptz, visible boolean, tie_rule text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT v ->> 'name', to_timestamp((v -> 'start_time_s')::float8),
        to_timestamp((v -> 'freeze_time_s')::float8 + 1), to_timestamp((v -> 'end_time_s')::float8 + 1),
        coalesce((v -> 'active')::boolean, false) AND EXISTS (SELECT FROM {{platform}}.policy
            WHERE public AND is_enabled AND permissions && '{*,scoreboard.*,scoreboard.get,scoreboard.get.*}'
                AND NOT permissions && '{!*,!scoreboard.*,!scoreboard.get,!scoreboard.get.*}'), 'first_to_reach'
    FROM (SELECT (SELECT jsonb_strip_nulls(value) FROM {{platform}}.config WHERE namespace = 'core.setup')) AS c (v)
$$;
CREATE FUNCTION {{schema}}.scoring() RETURNS TABLE (id integer, strategy text, params jsonb, bonus jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT id, s ->> 'strategy', s -> 'params', CASE WHEN jsonb_typeof(s -> 'bonus') = 'array' THEN s -> 'bonus' END
    FROM {{platform}}.challenge, LATERAL (SELECT private_metadata -> 'score') AS score (s)
    WHERE NOT hidden AND coalesce(visible_at, '-infinity') <= now()
$$;
SELECT {{schema}}.define('competition', 'SELECT * FROM {{schema}}.setup()');
SELECT {{schema}}.define('boundaries', $$ SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.setup()
    UNION ALL SELECT visible_at FROM {{platform}}.challenge WHERE NOT hidden $$);
SELECT {{schema}}.define('divisions',
    'SELECT id, name FROM {{platform}}.division WHERE is_visible AND id = coalesce({{part}}, id)');

-- The strategies, rounded as JavaScript does: up from a half. `n` solves; `w` is the solve's own weight.
CREATE FUNCTION {{schema}}.worth(strategy text, params jsonb, n bigint, w integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(floor(0.5 + CASE strategy
        WHEN 'core:static' THEN base
        WHEN 'core:quadratic' THEN greatest(minimum, ceil((minimum - initial) / nullif(decay, 0) ^ 2 * more ^ 2 + initial))
        WHEN 'core:exponential' THEN minimum + (initial - minimum) / (1 + (more / nullif(k, 0)) ^ j)
        WHEN 'core:bounded_weight' THEN greatest(lower, least(upper, w)) END)::integer, 0)
    FROM greatest(0, n - 1) AS more, jsonb_to_record(params) AS p (base float8, minimum float8, initial float8,
        decay float8, k float8, j float8, lower float8, upper float8)
$$;

-- Neither of a hidden team, a hidden division or hidden itself. What has a value of its own moves no other's,
-- and has no bonus; the i-th of the others in its division gets the i-th bonus.
CREATE FUNCTION {{schema}}.shown_teams() RETURNS TABLE (id integer, name text, division bigint) LANGUAGE sql STABLE AS $$
    SELECT t.id, t.name, d.id FROM {{platform}}.team t JOIN {{schema}}.divisions() d ON d.id = t.division_id
    WHERE NOT 'hidden' = ANY (t.flags)
$$;
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz) RETURNS TABLE (user_id integer, team_id integer,
    division bigint, challenge integer, at timestamptz, points integer, n bigint)
LANGUAGE sql STABLE AS $$
    SELECT user_id, team_id, division, challenge_id, created_at, coalesce(value,
        {{schema}}.worth(strategy, params, n, weight) + coalesce(floor(0.5 + (bonus -> (row_number() OVER (PARTITION BY
            division, challenge_id, value IS NULL ORDER BY created_at, id) - 1)::integer)::float8)::integer, 0)), n
    FROM (
        SELECT s.id, s.user_id, s.team_id, s.challenge_id, s.created_at, s.value, s.weight, t.division, c.strategy,
            c.params, c.bonus, count(*) FILTER (WHERE s.value IS NULL) OVER (PARTITION BY t.division, s.challenge_id) AS n
        FROM {{schema}}.setup() g, {{platform}}.submission s JOIN {{schema}}.shown_teams() t ON t.id = s.team_id
        JOIN {{schema}}.scoring() c ON c.id = s.challenge_id
        WHERE s.status = 'correct' AND NOT s.hidden AND s.created_at < until
            AND (s.created_at < g.starts_at) IS NOT TRUE AND (s.created_at >= g.ends_at) IS NOT TRUE) AS solve
$$;

SELECT {{schema}}.define('challenges', $$
    SELECT c.id, c.title, split_part(c.tags ->> 'categories', ',', 1), 'static', value, value, NULL, true
    FROM {{schema}}.setup() g, {{platform}}.challenge c JOIN {{schema}}.scoring() s ON s.id = c.id
    LEFT JOIN (SELECT challenge, min(n) AS n FROM {{schema}}.valid_solves(until)
        WHERE division = (SELECT min(id) FROM {{schema}}.divisions()) GROUP BY challenge) v ON v.challenge = c.id,
    LATERAL {{schema}}.worth(s.strategy, s.params, coalesce(v.n, 0), 0) AS value
    WHERE (g.starts_at > now()) IS NOT TRUE $$);
SELECT {{schema}}.define('solves', 'SELECT user_id, team_id, challenge, at, points FROM {{schema}}.valid_solves(until)');
-- noCTF does not freeze awards. Before the start it shows nobody.
SELECT {{schema}}.define('awards', $$
    SELECT NULL, team_id, value, created_at FROM {{schema}}.setup() g, {{platform}}.award
    WHERE (created_at < until OR until = g.freezes_at) AND (g.starts_at > now()) IS NOT TRUE $$);
-- Listed is who has a solve or an award. Of equal scores the earlier last solve (in ms) is ahead, none before all.
SELECT {{schema}}.define('teams', $$
    SELECT t.id, t.name, t.division, rank() OVER (ORDER BY date_trunc('milliseconds', last) NULLS FIRST, t.id)
    FROM {{schema}}.shown_teams() t LEFT JOIN (SELECT team_id, max(at) AS last FROM {{schema}}.valid_solves(until)
        GROUP BY team_id) s ON s.team_id = t.id
    WHERE last IS NOT NULL OR t.id IN (SELECT a.team_id FROM {{schema}}.awards(until) a) $$);
SELECT {{schema}}.define('users', $$
    SELECT u.id, u.name, t.id, t.division_id, NULL FROM {{schema}}.teams(until) t
    JOIN {{platform}}.team_member m ON m.team_id = t.id JOIN {{platform}}."user" u ON u.id = m.user_id
    WHERE NOT 'hidden' = ANY (u.flags) $$);
