-- rCTF by otter-sec: its leaderboard as GET /api/v2/leaderboard has it. A user there is a team here; nobody
-- plays alone.
-- recognised by: users(id, name, division, banned, created_at, global_rank) settings(id, data)
-- recognised by: challenges(id, data, score, solve_count) solves(challengeid, userid, createdat, points, source)
--
-- What a challenge is worth its worker stores, at each tick: so it is `static` here, also for boards of the
-- past. A dynamic one (a king of the hill) is worth what each solve says, which may be less than nothing.

-- `data` holds flags and secrets: what is needed of it is read with the owner's rights.
CREATE FUNCTION {{schema}}.catalogue()
RETURNS TABLE (id text, name text, category text, score integer, is_dynamic boolean, breaks_ties boolean,
    released_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT id, data ->> 'name', data ->> 'category', score, coalesce(data #>> '{scoring,kind}', 'decay') = 'dynamic',
        coalesce((data ->> 'tiebreakEligible')::boolean, false),
        to_timestamp((data ->> 'releaseTime')::float8 / 1000)
    FROM {{platform}}.challenges WHERE NOT coalesce((data ->> 'hidden')::boolean, false)
$$;
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (name text, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT data ->> 'ctfName', to_timestamp((data ->> 'startTime')::float8 / 1000),
        to_timestamp((data ->> 'endTime')::float8 / 1000)
    FROM (SELECT (SELECT data FROM {{platform}}.settings ORDER BY id LIMIT 1)) AS first (data)
$$;

-- The worker writes points into all solves; those count that came by a feed.
SELECT {{schema}}.watch('solves', columns => '{challengeid, userid, createdat, points, source}',
    seen => '(r.challengeid, r.userid, r.createdat, CASE WHEN r.source = ''feed'' THEN r.points END)',
    appears => 'submission_correct', changes => 'submission_changed');
SELECT {{schema}}.watch('challenges', columns => '{id, score}', private => '{data}',
    seen => '(r.id, r.score, r.data -> ''name'', r.data -> ''category'', r.data -> ''hidden'', r.data -> ''releaseTime'',
        r.data #> ''{scoring,kind}'', r.data -> ''tiebreakEligible'')',
    appears => 'challenge_created', changes => 'challenge_updated', disappears => 'challenge_deleted');
SELECT {{schema}}.watch('users', columns => '{id, name, division, banned, created_at}',
    appears => 'team_created', changes => 'team_updated', disappears => 'team_deleted');
SELECT {{schema}}.watch('settings', private => '{id, data}',
    seen => '(r.data -> ''ctfName'', r.data -> ''startTime'', r.data -> ''endTime'')');

-- Times that are in its config file alone are to be set by `scoreboardctl competition`.
CREATE FUNCTION {{schema}}.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(g.name, o.name), coalesce(g.starts_at, o.starts_at), o.freezes_at, coalesce(g.ends_at, o.ends_at),
        o.visible, o.tie_rule
    FROM {{schema}}.settings o, {{schema}}.setup() g
$$;

CREATE FUNCTION {{schema}}.divisions() RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE AS $$ SELECT DISTINCT {{schema}}.id_of(division), division::text FROM {{platform}}.users $$;

CREATE FUNCTION {{schema}}.boundaries() RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.competition()
    UNION ALL SELECT released_at FROM {{schema}}.catalogue()
$$;

CREATE FUNCTION {{schema}}.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT {{schema}}.id_of(c.id), c.name, c.category, 'static', c.score, c.score, NULL::integer, c.breaks_ties
    FROM {{schema}}.competition() g, {{schema}}.catalogue() c
    WHERE (c.released_at > now()) IS NOT TRUE AND (g.starts_at > now()) IS NOT TRUE
$$;

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

-- Solvers only. Of equal scores the earlier last solve of a challenge that breaks ties is ahead, then the
-- earlier last solve of all, then who registered first.
CREATE FUNCTION {{schema}}.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT {{schema}}.id_of(u.id), u.name::text, {{schema}}.id_of(u.division),
        rank() OVER (ORDER BY eligible NULLS LAST, last, u.created_at)
    FROM {{platform}}.users u JOIN (
        SELECT userid, max(at) FILTER (WHERE breaks_ties) AS eligible, max(at) AS last
        FROM {{schema}}.valid_solves(until) GROUP BY userid) AS s ON s.userid = u.id
$$;

CREATE FUNCTION {{schema}}.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$ SELECT NULL::bigint, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint WHERE false $$;

CREATE FUNCTION {{schema}}.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz, points integer)
LANGUAGE sql STABLE AS $$
    SELECT NULL::bigint, {{schema}}.id_of(userid), {{schema}}.id_of(challengeid), at, points
    FROM {{schema}}.valid_solves(until)
$$;

CREATE FUNCTION {{schema}}.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$ SELECT NULL::bigint, NULL::bigint, NULL::integer, NULL::timestamptz WHERE false $$;
