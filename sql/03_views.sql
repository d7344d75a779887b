-- The platform's file: all that the boards are computed from. Who is hidden, blocked, correct or an
-- admin is decided here and nowhere else. 04_triggers.sql must agree: a change of what these
-- functions show writes the outbox.
--
-- They are STABLE functions of one SELECT, whose text PostgreSQL puts into the query that calls them,
-- as it does a view's. But unlike a view, nothing depends on the platform's tables: their owner may
-- drop, alter and make them anew at will.
--
-- `until` is a moment: the boards as they were then; 'infinity' is now.

-- What whoever calls them may read: never an e-mail address, a password or a flag.
GRANT USAGE ON SCHEMA {{platform}} TO {{schema}}_owner, {{schema}}_daemon;
GRANT SELECT (id, name) ON {{platform}}.teams TO {{schema}}_owner, {{schema}}_daemon;
GRANT SELECT (id, username, role, is_blocked, team_id) ON {{platform}}.users
    TO {{schema}}_owner, {{schema}}_daemon;
GRANT SELECT (id, title, category, formula, points, minimum_points, decay, is_active)
    ON {{platform}}.challenges TO {{schema}}_owner, {{schema}}_daemon;
GRANT SELECT (user_id, challenge_id, correct, submitted_at)
    ON {{platform}}.submissions TO {{schema}}_owner, {{schema}}_daemon;
GRANT SELECT (user_id, team_id, points, awarded_at) ON {{platform}}.awards
    TO {{schema}}_owner, {{schema}}_daemon;

SET LOCAL ROLE {{schema}}_owner;

CREATE OR REPLACE FUNCTION {{schema}}.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS $$
    SELECT name, starts_at, freezes_at, ends_at, visible, tie_rule FROM {{schema}}.settings
$$;

CREATE OR REPLACE FUNCTION {{schema}}.divisions()
RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE AS $$
    SELECT NULL::bigint, NULL::text WHERE false
$$;

CREATE OR REPLACE FUNCTION {{schema}}.boundaries()
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.settings
$$;

CREATE OR REPLACE FUNCTION {{schema}}.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT id::bigint, title::text, category::text, formula::text,
        points::integer, minimum_points::integer, decay::integer, true
    FROM {{platform}}.challenges
    WHERE is_active
$$;

CREATE OR REPLACE FUNCTION {{schema}}.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT id::bigint, name::text, NULL::bigint, NULL::bigint FROM {{platform}}.teams
$$;

-- A user without a team competes alone.
CREATE OR REPLACE FUNCTION {{schema}}.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT id::bigint, username::text, team_id::bigint, NULL::bigint, NULL::bigint
    FROM {{platform}}.users
    WHERE role IS DISTINCT FROM 'admin' AND is_blocked IS NOT TRUE
$$;

-- Of several for one challenge, by one user or one team, the earliest counts; one for a challenge that
-- is not shown above counts nowhere.
CREATE OR REPLACE FUNCTION {{schema}}.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz,
    points integer)
LANGUAGE sql STABLE AS $$
    SELECT user_id::bigint, NULL::bigint, challenge_id::bigint, submitted_at::timestamptz,
        NULL::integer
    FROM {{platform}}.submissions
    WHERE correct AND (until = 'infinity' OR submitted_at < until)
$$;

CREATE OR REPLACE FUNCTION {{schema}}.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT user_id::bigint, team_id::bigint, points::integer, awarded_at::timestamptz
    FROM {{platform}}.awards
    WHERE until = 'infinity' OR awarded_at < until
$$;

RESET ROLE;
