-- CTFd 3 on PostgreSQL, in users mode and in teams mode: its standings as GET /api/v1/scoreboard has them.
-- recognised by: solves(id, challenge_id, user_id, team_id) submissions(id, type, date) config(id, key, value)
-- recognised by: challenges(id, name, category, value, state, requirements) awards(id, user_id, team_id, value, date)
-- recognised by: users(id, name, hidden, banned, team_id, bracket_id) teams(id, name, hidden, banned, bracket_id)
--
-- The value of a challenge is stored by CTFd, which is why all are `static` here. Solves of a challenge
-- that CTFd does not name (hidden, locked, not out yet) count all the same: they are awards without a
-- name. One that only some may open is named from its first solve on, as CTFd's list of solves does.

-- Rows of `config` hold passwords: of these few we read them with the owner's rights. Of two rows with
-- one key the older counts; a text that is no number is no time.
CREATE FUNCTION {{schema}}.setup()
RETURNS TABLE (name text, teams boolean, starts_at timestamptz, freezes_at timestamptz,
    ends_at timestamptz, visible boolean, names_challenges boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(c ->> 'ctf_name', 'CTFd'), coalesce(c ->> 'user_mode', 'users') = 'teams',
        to_timestamp(nullif(substring(c ->> 'start' FROM '^\d{1,11}$')::bigint, 0)),
        to_timestamp(nullif(substring(c ->> 'freeze' FROM '^\d{1,11}$')::bigint, 0)),
        to_timestamp(nullif(substring(c ->> 'end' FROM '^\d{1,11}$')::bigint, 0)),
        coalesce(c ->> 'score_visibility', 'public') = 'public'
            AND coalesce(c ->> 'account_visibility', 'public') = 'public',
        coalesce(c ->> 'challenge_visibility', 'private') <> 'admins'
    FROM (SELECT jsonb_object_agg(key, nullif(value, '') ORDER BY id DESC) AS c
          FROM {{platform}}.config
          WHERE key IN ('ctf_name', 'user_mode', 'start', 'freeze', 'end',
              'score_visibility', 'account_visibility', 'challenge_visibility')) AS rows
$$;

SELECT {{schema}}.watch('solves', columns => '{id, challenge_id, user_id, team_id}',
    appears => 'submission_correct', changes => 'submission_changed');
SELECT {{schema}}.watch('submissions', columns => '{id, date}', shown => 'r.type = ''correct''',
    appears => 'submission_correct', changes => 'submission_changed');
SELECT {{schema}}.watch('challenges',
    columns => '{id, name, category, value, state, requirements, scheduled_at?, module_id?}',
    appears => 'challenge_created', changes => 'challenge_updated', disappears => 'challenge_deleted');
SELECT {{schema}}.watch('users', columns => '{id, name, hidden, banned, team_id, bracket_id}',
    appears => 'user_registered', changes => 'user_updated', disappears => 'user_deleted');
SELECT {{schema}}.watch('teams', columns => '{id, name, hidden, banned, bracket_id}',
    appears => 'team_created', changes => 'team_updated', disappears => 'team_deleted');
SELECT {{schema}}.watch('awards', columns => '{id, user_id, team_id, value, date}', shown => 'r.value <> 0',
    appears => 'award_changed');
SELECT {{schema}}.watch('brackets', columns => '{id, name, type}');
SELECT {{schema}}.watch('config', private => '{id, key, value}', shown => 'r.key IN (''ctf_name'', ''user_mode'',
    ''start'', ''freeze'', ''end'', ''score_visibility'', ''account_visibility'', ''challenge_visibility'')');

CREATE FUNCTION {{schema}}.competition()
RETURNS TABLE (name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz,
    visible boolean, tie_rule text)
LANGUAGE sql STABLE AS $$
    SELECT name, starts_at, freezes_at, ends_at, visible, 'first_to_reach' FROM {{schema}}.setup()
$$;

CREATE FUNCTION {{schema}}.divisions() RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE AS $$
    SELECT b.id::bigint, b.name::text FROM {{platform}}.brackets b, {{schema}}.setup() s
    WHERE b.type IS NULL OR b.type = CASE WHEN s.teams THEN 'teams' ELSE 'users' END
$$;

-- Whatever brings or takes points: solves with their challenge, and awards, hints among them. `account`
-- is whom CTFd counts it for; that a member is hidden matters to nobody but the member.
CREATE FUNCTION {{schema}}.gains(until timestamptz)
RETURNS TABLE (account integer, id integer, user_id integer, team_id integer, challenge_id integer,
    points integer, date timestamp)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.teams THEN g.team_id ELSE g.user_id END, g.id, g.user_id,
        CASE WHEN s.teams THEN g.team_id END, g.challenge_id, g.value, g.date
    FROM {{schema}}.setup() s, (
        SELECT v.id, v.user_id, v.team_id, v.challenge_id, c.value, m.date
        FROM {{platform}}.solves v JOIN {{platform}}.submissions m ON m.id = v.id
            JOIN {{platform}}.challenges c ON c.id = v.challenge_id
        UNION ALL
        SELECT a.id, a.user_id, a.team_id, NULL, a.value, a.date FROM {{platform}}.awards a) g
    WHERE g.date < until AT TIME ZONE 'UTC' AND (g.team_id IS NOT NULL OR NOT s.teams)
$$;

-- Columns that older releases lack are null there: a name that `c` does not have means `absent`.
CREATE FUNCTION {{schema}}.challenges(until timestamptz)
RETURNS TABLE (id bigint, title text, category text, formula text,
    initial_points integer, minimum_points integer, decay integer, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.id::bigint, c.name::text, c.category::text, 'static', c.value, c.value, NULL::integer, true
    FROM {{schema}}.setup() s, (VALUES (NULL::timestamp, NULL::integer)) absent (scheduled_at, module_id),
        LATERAL (SELECT c.id, c.name, c.category, c.value, c.state, c.requirements,
                     scheduled_at AS appears_at, module_id AS module
                 FROM {{platform}}.challenges c) c
    WHERE c.state = 'visible' AND s.names_challenges AND coalesce(s.starts_at, '-infinity') <= now()
        AND coalesce(c.appears_at AT TIME ZONE 'UTC', '-infinity') <= now()
        AND (c.module IS NULL AND NOT coalesce(c.requirements::jsonb @? '$.prerequisites[*]', false)
             OR c.id IN (SELECT g.challenge_id FROM {{schema}}.gains(until) g))
$$;

-- Listed is who has something that is not worth zero; equal scores are ordered by its last, time then id.
CREATE FUNCTION {{schema}}.teams(until timestamptz)
RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT t.id::bigint, t.name::text, t.bracket_id::bigint, rank() OVER (ORDER BY g.date, g.id)
    FROM {{platform}}.teams t JOIN (
        SELECT team_id, max(date) AS date, max(id) AS id
        FROM {{schema}}.gains(until) WHERE points <> 0 GROUP BY team_id) g ON g.team_id = t.id
    WHERE NOT t.hidden AND NOT t.banned
$$;

-- In teams mode the members of teams that CTFd shows; in users mode a team that was left over is no matter.
CREATE FUNCTION {{schema}}.users(until timestamptz)
RETURNS TABLE (id bigint, name text, team_id bigint, division_id bigint, tie bigint)
LANGUAGE sql STABLE AS $$
    SELECT u.id::bigint, u.name::text, t.id::bigint,
        CASE WHEN s.teams THEN t.bracket_id ELSE u.bracket_id END::bigint,
        rank() OVER (ORDER BY g.date, g.id)
    FROM {{schema}}.setup() s CROSS JOIN {{platform}}.users u JOIN (
        SELECT user_id, max(date) AS date, max(id) AS id
        FROM {{schema}}.gains(until) WHERE points <> 0 GROUP BY user_id) g ON g.user_id = u.id
    LEFT JOIN {{platform}}.teams t ON s.teams AND t.id = u.team_id AND NOT t.hidden AND NOT t.banned
    WHERE NOT u.hidden AND NOT u.banned AND (t.id IS NOT NULL OR NOT s.teams)
$$;

CREATE FUNCTION {{schema}}.solves(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz, points integer)
LANGUAGE sql STABLE AS $$
    SELECT user_id::bigint, team_id::bigint, challenge_id::bigint, date AT TIME ZONE 'UTC', NULL::integer
    FROM {{schema}}.gains(until) WHERE challenge_id IN (SELECT id FROM {{schema}}.challenges(until))
$$;

CREATE FUNCTION {{schema}}.awards(until timestamptz)
RETURNS TABLE (user_id bigint, team_id bigint, points integer, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT user_id::bigint, team_id::bigint, points, date AT TIME ZONE 'UTC'
    FROM {{schema}}.gains(until)
    WHERE points <> 0 AND (challenge_id IN (SELECT id FROM {{schema}}.challenges(until))) IS NOT TRUE
$$;

CREATE FUNCTION {{schema}}.boundaries() RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.setup()
    UNION ALL SELECT c.at AT TIME ZONE 'UTC' FROM (VALUES (NULL::timestamp)) absent (scheduled_at),
        LATERAL (SELECT scheduled_at AS at FROM {{platform}}.challenges) c
$$;
