-- rCTF by otter-sec: its leaderboard as GET /api/v2/leaderboard has it. A user there is a team here; nobody
-- plays alone.
-- recognised by: users(id, name, division, banned, created_at, global_rank) settings(id, data)
-- recognised by: challenges(id, data, score, solve_count) solves(challengeid, userid, createdat, points, source)
--
-- What a challenge is worth its worker stores, at each tick: so it is `static` here, also for boards of the
-- past. A dynamic one (a king of the hill) is worth what each solve says, which may be less than nothing.
-- The worker writes points into all solves: those count that came by a feed.

SELECT {{schema}}.watch('solves', '{challengeid, userid, createdat, points, source}', 'submission',
    seen => '(r.challengeid, r.userid, r.createdat, CASE WHEN r.source = ''feed'' THEN r.points END)');
SELECT {{schema}}.watch('challenges', '{id, score}', 'challenge', private => '{data}',
    seen => '(r.id, r.score, r.data -> ''name'', r.data -> ''category'', r.data -> ''hidden'', r.data -> ''releaseTime'',
        r.data #> ''{scoring,kind}'', r.data -> ''tiebreakEligible'')');
SELECT {{schema}}.watch('users', '{id, name, division, banned, created_at}', 'team', listed => false);
SELECT {{schema}}.watch('settings', private => '{id, data}',
    seen => '(r.data -> ''ctfName'', r.data -> ''startTime'', r.data -> ''endTime'')');

-- `data` holds flags and secrets: what is needed of it is read with the owner's rights.
CREATE FUNCTION {{schema}}.catalogue() RETURNS TABLE (id text, name text, category text, score integer,
    is_dynamic boolean, breaks_ties boolean, released_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT id, data ->> 'name', data ->> 'category', score, coalesce(data #>> '{scoring,kind}', 'decay') = 'dynamic',
        coalesce((data ->> 'tiebreakEligible')::boolean, false), to_timestamp((data ->> 'releaseTime')::float8 / 1000)
    FROM {{platform}}.challenges WHERE NOT coalesce((data ->> 'hidden')::boolean, false)
$$;
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (name text, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT data ->> 'ctfName', to_timestamp((data ->> 'startTime')::float8 / 1000),
        to_timestamp((data ->> 'endTime')::float8 / 1000)
    FROM (SELECT (SELECT data FROM {{platform}}.settings ORDER BY id LIMIT 1)) AS first (data)
$$;

-- Times that are in its config file alone are to be set by `scoreboardctl competition`.
SELECT {{schema}}.define('competition', $$
    SELECT coalesce(g.name, o.name), coalesce(g.starts_at, o.starts_at), o.freezes_at, coalesce(g.ends_at, o.ends_at),
        o.visible, o.tie_rule
    FROM {{schema}}.settings o, {{schema}}.setup() g $$);
SELECT {{schema}}.define('boundaries', $$
    SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.competition()
    UNION ALL SELECT released_at FROM {{schema}}.catalogue() $$);

-- Of the banned none. To the millisecond, as JavaScript knows it; the end's own is in time. A king of the hill
-- may deliver later, up to the first other solve that is late, where the worker stops. What was solved before
-- a start that was moved counts, but before it nothing is told.
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz)
RETURNS TABLE (userid text, challengeid text, at timestamptz, points integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.userid, s.challengeid, date_trunc('milliseconds', s.createdat), CASE WHEN c.is_dynamic THEN s.points END,
        c.breaks_ties
    FROM {{schema}}.competition() g, {{platform}}.solves s
    JOIN {{platform}}.users u ON u.id = s.userid AND NOT u.banned
    JOIN {{schema}}.catalogue() c ON c.id = s.challengeid AND (c.released_at > now()) IS NOT TRUE
    WHERE s.createdat < until AND (g.starts_at > now()) IS NOT TRUE
        AND ((s.createdat > g.ends_at) IS NOT TRUE OR c.is_dynamic AND s.createdat < ALL (
            SELECT l.createdat FROM {{platform}}.solves l LEFT JOIN {{schema}}.catalogue() k
                ON k.id = l.challengeid AND k.is_dynamic AND (k.released_at > now()) IS NOT TRUE
            WHERE l.createdat > g.ends_at AND k.id IS NULL))
$$;

SELECT {{schema}}.define('users');
SELECT {{schema}}.define('awards');
SELECT {{schema}}.define('divisions', $$
    SELECT DISTINCT {{schema}}.id_of(division), division FROM {{platform}}.users $$);
SELECT {{schema}}.define('challenges', $$
    SELECT {{schema}}.id_of(c.id), c.name, c.category, 'static', c.score, c.score, NULL, c.breaks_ties
    FROM {{schema}}.competition() g, {{schema}}.catalogue() c
    WHERE (greatest(c.released_at, g.starts_at) > now()) IS NOT TRUE $$);

-- Solvers only. Of equal scores the earlier last solve of a challenge that breaks ties is ahead, then the
-- earlier last solve of all, then who registered first.
SELECT {{schema}}.define('teams', $$
    SELECT {{schema}}.id_of(u.id), u.name, {{schema}}.id_of(u.division),
        rank() OVER (ORDER BY eligible NULLS LAST, last, u.created_at)
    FROM {{platform}}.users u JOIN (
        SELECT userid, max(at) FILTER (WHERE breaks_ties) AS eligible, max(at) AS last
        FROM {{schema}}.valid_solves(until) GROUP BY userid) AS s ON s.userid = u.id $$);
SELECT {{schema}}.define('solves', $$
    SELECT NULL, {{schema}}.id_of(userid), {{schema}}.id_of(challengeid), at, points
    FROM {{schema}}.valid_solves(until) $$);
