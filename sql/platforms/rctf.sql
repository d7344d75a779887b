-- rCTF by redpwn: its leaderboard as GET /api/v1/leaderboard/now has it. A user there is a team here; nobody
-- plays alone.
-- recognised by: users(id, name, division, perms, ctftime_id) solves(challengeid, userid, createdat)
-- recognised by: challenges(id, data) user_members(userid, name)
--
-- Its times are in its config file, not in the database: `scoreboardctl competition` sets ours.

SELECT {{schema}}.watch('solves', '{challengeid, userid, createdat}', 'submission');
SELECT {{schema}}.watch('challenges', '{id}', 'challenge', private => '{data}',
    seen => '(r.id, r.data -> ''name'', r.data -> ''category'', r.data -> ''points'', r.data -> ''tiebreakEligible'')');
SELECT {{schema}}.watch('users', '{id, name, division}', 'team', listed => false);

-- `data` holds the flag: what is needed of it is read with the owner's rights.
CREATE FUNCTION {{schema}}.catalogue()
RETURNS TABLE (id text, name text, category text, low float8, high float8, breaks_ties boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT id, data ->> 'name', data ->> 'category', coalesce((data #> '{points,min}')::float8, 0),
        coalesce((data #> '{points,max}')::float8, 0), data -> 'tiebreakEligible' IS DISTINCT FROM 'false'
    FROM {{platform}}.challenges
$$;

-- To the millisecond, as JavaScript knows it; the end's own is in time. What was solved before a start that
-- was moved later counts, but before it nothing is told.
CREATE FUNCTION {{schema}}.valid_solves(until timestamptz)
RETURNS TABLE (userid text, challengeid text, at timestamptz, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.userid, s.challengeid, date_trunc('milliseconds', s.createdat), c.breaks_ties
    FROM {{schema}}.settings g, {{platform}}.solves s JOIN {{schema}}.catalogue() c ON c.id = s.challengeid
    WHERE s.createdat < until AND (g.starts_at > now()) IS NOT TRUE AND (s.createdat > g.ends_at) IS NOT TRUE
$$;

-- From 1 for no solve down to 0 for as many as the most solved challenge has.
CREATE FUNCTION {{schema}}.curve(x float8) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
    SELECT ((1 - tanh((c1 - c0) * x + c0)) / 2 - (1 - tanh(c1)) / 2) / ((1 - tanh(c0)) / 2 - (1 - tanh(c1)) / 2)
    FROM (SELECT -atanh(0.7::float8) AS c0, atanh(0.96::float8) AS c1) AS constant
$$;

SELECT {{schema}}.define('competition');
SELECT {{schema}}.define('boundaries');
SELECT {{schema}}.define('users');
SELECT {{schema}}.define('awards');
SELECT {{schema}}.define('divisions', $$
    SELECT DISTINCT {{schema}}.id_of(division), division FROM {{platform}}.users $$);
SELECT {{schema}}.define('challenges', $$
    SELECT {{schema}}.id_of(c.id), c.name, c.category, 'static', value, value, NULL, c.breaks_ties
    FROM {{schema}}.settings g CROSS JOIN (
        SELECT c.*, count(s.userid) AS n, greatest(1, max(count(s.userid)) OVER ()) AS most_solves
        FROM {{schema}}.catalogue() c LEFT JOIN {{schema}}.valid_solves(until) s ON s.challengeid = c.id
        GROUP BY c.id, c.name, c.category, c.low, c.high, c.breaks_ties) AS c,
    LATERAL (SELECT floor(0.5 + greatest(
        c.low + (c.high - c.low) * {{schema}}.curve(c.n / c.most_solves::float8),
        c.low + (c.high - c.low) * {{schema}}.curve(1))) AS value) AS v
    WHERE (g.starts_at > now()) IS NOT TRUE $$);

-- Solvers only. Of equal scores the earlier last solve of a challenge that breaks ties is ahead; who has
-- none of these comes after, by the last solve of all.
SELECT {{schema}}.define('teams', $$
    SELECT {{schema}}.id_of(u.id), u.name, {{schema}}.id_of(u.division),
        rank() OVER (ORDER BY eligible NULLS LAST, CASE WHEN eligible IS NULL THEN last END)
    FROM {{platform}}.users u JOIN (
        SELECT userid, max(at) FILTER (WHERE breaks_ties) AS eligible, max(at) AS last
        FROM {{schema}}.valid_solves(until) GROUP BY userid) AS s ON s.userid = u.id $$);
SELECT {{schema}}.define('solves', $$
    SELECT NULL, {{schema}}.id_of(userid), {{schema}}.id_of(challengeid), at, NULL
    FROM {{schema}}.valid_solves(until) $$);
