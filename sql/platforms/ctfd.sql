-- CTFd 3 on PostgreSQL, in users mode and in teams mode: its standings as GET /api/v1/scoreboard has them.
-- recognised by: solves(id, challenge_id, user_id, team_id) submissions(id, type, date) config(id, key, value)
-- recognised by: challenges(id, name, category, value, state, requirements) awards(id, user_id, team_id, value, date)
-- recognised by: users(id, name, hidden, banned, team_id, bracket_id) teams(id, name, hidden, banned, bracket_id)

SELECT {{schema}}.watch('solves', '{id, challenge_id, user_id, team_id}', 'submission');
SELECT {{schema}}.watch('submissions', '{id, date}', 'submission', 'r.type = ''correct''');
SELECT {{schema}}.watch('challenges', private => '{id, name, category, value, state, requirements, scheduled_at?,
    module_id?, initial?, minimum?, decay?, function?}', kind => 'challenge');
SELECT {{schema}}.watch('dynamic_challenge', private => '{id, initial?, minimum?, decay?, function?, dynamic_initial?,
    dynamic_minimum?, dynamic_decay?, dynamic_function?}', kind => 'challenge');
SELECT {{schema}}.watch('users', '{id, name, hidden, banned, team_id, bracket_id}', 'user', listed => false);
SELECT {{schema}}.watch('teams', '{id, name, hidden, banned, bracket_id}', 'team', listed => false);
SELECT {{schema}}.watch('awards', '{id, user_id, team_id, value, date}', 'award', 'r.value <> 0');
SELECT {{schema}}.watch('brackets', '{id, name, type}');
SELECT {{schema}}.watch('config', private => '{id, key, value}', shown => 'r.key IN (''ctf_name'', ''user_mode'',
    ''start'', ''freeze'', ''end'', ''score_visibility'', ''account_visibility'', ''challenge_visibility'')');

-- There are passwords beside it: it is read with the owner's rights. Of two rows with one key the older counts.
CREATE FUNCTION {{schema}}.setup() RETURNS TABLE (name text, teams boolean, starts_at timestamptz,
    freezes_at timestamptz, ends_at timestamptz, visible boolean, names_challenges boolean)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(c ->> 'ctf_name', 'CTFd'), coalesce(c ->> 'user_mode', 'users') = 'teams',
        to_timestamp(nullif(substring(c ->> 'start' FROM '^\d{1,11}$')::bigint, 0)),
        to_timestamp(nullif(substring(c ->> 'freeze' FROM '^\d{1,11}$')::bigint, 0)),
        to_timestamp(nullif(substring(c ->> 'end' FROM '^\d{1,11}$')::bigint, 0)),
        (c ->> 'score_visibility' <> 'public' OR c ->> 'account_visibility' <> 'public') IS NOT TRUE,
        (c ->> 'challenge_visibility' = 'admins') IS NOT TRUE
    FROM (SELECT jsonb_object_agg(key, nullif(value, '') ORDER BY id DESC) FROM {{platform}}.config WHERE key <> '') t (c)
$$;

-- A challenge has the value that CTFd has stored. Where it decays and was solved `since` the moment asked for, it
-- is reckoned again from the solves until then: in a freeze nobody sees in it that it was. One that only some may
-- open is named once it is solved, as in CTFd's list of solves. What another release lacks is null in the row `r`.
CREATE FUNCTION {{schema}}.tasks(until timestamptz)
RETURNS TABLE (id integer, name text, category text, value integer, named boolean, appears_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, c.name, c.category, CASE WHEN since AND kind IN ('linear', 'logarithmic')
            THEN greatest(low, ceil(CASE kind WHEN 'linear' THEN high - step * n
                ELSE (low - high) / coalesce(nullif(step, 0), 1) ^ 2 * n ^ 2 + high END)) ELSE c.value END,
        c.state = 'visible' AND g.names_challenges AND (greatest(g.starts_at, appears_at) > now()) IS NOT TRUE
            AND (solved OR r.module_id IS NULL AND (r.requirements @? '$.prerequisites[*]') IS NOT TRUE), appears_at
    FROM {{schema}}.setup() g CROSS JOIN {{platform}}.challenges c LEFT JOIN {{platform}}.dynamic_challenge d USING (id)
    CROSS JOIN LATERAL jsonb_to_record(to_jsonb(c) || coalesce(to_jsonb(d), '{}')) AS r (requirements jsonb,
        module_id integer, scheduled_at timestamp, function text, dynamic_function text, initial integer,
        dynamic_initial integer, minimum integer, dynamic_minimum integer, decay integer, dynamic_decay integer)
    CROSS JOIN LATERAL (SELECT coalesce(r.dynamic_function, r.function), coalesce(r.dynamic_initial, r.initial),
        coalesce(r.dynamic_minimum, r.minimum), coalesce(r.dynamic_decay, r.decay), r.scheduled_at AT TIME ZONE 'UTC')
        AS f (kind, high, low, step, appears_at)
    LEFT JOIN (SELECT challenge_id, bool_or(before) AS solved, NOT bool_and(before) AS since, greatest(0, count(*)
            FILTER (WHERE before AND NOT CASE WHEN g.teams THEN t.hidden OR t.banned ELSE u.hidden OR u.banned END) - 1) AS n
        FROM {{schema}}.setup() g, (SELECT v.*, date < until AT TIME ZONE 'UTC' AS before
            FROM {{platform}}.solves v JOIN {{platform}}.submissions m USING (id)) v
        JOIN {{platform}}.users u ON u.id = v.user_id LEFT JOIN {{platform}}.teams t ON t.id = v.team_id
        GROUP BY challenge_id) s ON s.challenge_id = c.id
$$;

-- Whatever brings or takes points: solves, and awards, hints among them. A hidden member's count for the team.
CREATE FUNCTION {{schema}}.gains(until timestamptz) RETURNS TABLE (id integer, user_id integer, team_id integer,
    challenge_id integer, points integer, at timestamptz, named boolean)
LANGUAGE sql STABLE AS $$
    SELECT g.id, user_id, CASE WHEN s.teams THEN team_id END, challenge_id, points, date AT TIME ZONE 'UTC', named
    FROM {{schema}}.setup() s, (
        SELECT v.id, v.user_id, v.team_id, c.id AS challenge_id, c.value AS points, m.date, c.named
        FROM {{platform}}.solves v JOIN {{platform}}.submissions m ON m.id = v.id
        JOIN {{schema}}.tasks(until) c ON c.id = v.challenge_id
        UNION ALL SELECT id, user_id, team_id, NULL, value, date, false FROM {{platform}}.awards) g
    WHERE date < until AT TIME ZONE 'UTC' AND (team_id IS NOT NULL OR NOT s.teams)
$$;

SELECT {{schema}}.define('competition',
    'SELECT name, starts_at, freezes_at, ends_at, visible, ''first_to_reach'' FROM {{schema}}.setup()');
SELECT {{schema}}.define('boundaries', $$ SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.setup()
    UNION ALL SELECT appears_at FROM {{schema}}.tasks('-infinity') $$);
SELECT {{schema}}.define('divisions', $$
    SELECT b.id, b.name FROM {{platform}}.brackets b, {{schema}}.setup() s
    WHERE b.type IS NULL OR b.type = CASE WHEN s.teams THEN 'teams' ELSE 'users' END $$);
SELECT {{schema}}.define('challenges', $$
    SELECT id, name, category, 'static', value, value, NULL, true FROM {{schema}}.tasks(until) WHERE named $$);

-- Listed is who has something that is not worth zero; equal scores are ordered by its last, time then id.
SELECT {{schema}}.define('teams', $$
    SELECT t.id, t.name, t.bracket_id, rank() OVER (ORDER BY g.at, g.id)
    FROM {{platform}}.teams t JOIN (SELECT team_id, max(at) AS at, max(id) AS id
        FROM {{schema}}.gains(until) WHERE points <> 0 GROUP BY team_id) g ON g.team_id = t.id
    WHERE NOT t.hidden AND NOT t.banned $$);
-- In teams mode the members of teams that CTFd shows; in users mode a team that was left over is no matter.
SELECT {{schema}}.define('users', $$
    SELECT u.id, u.name, t.id, CASE WHEN s.teams THEN t.bracket_id ELSE u.bracket_id END,
        rank() OVER (ORDER BY g.at, g.id)
    FROM {{schema}}.setup() s CROSS JOIN {{platform}}.users u JOIN (SELECT user_id, max(at) AS at, max(id) AS id
        FROM {{schema}}.gains(until) WHERE points <> 0 GROUP BY user_id) g ON g.user_id = u.id
    LEFT JOIN {{platform}}.teams t ON s.teams AND t.id = u.team_id AND NOT t.hidden AND NOT t.banned
    WHERE NOT u.hidden AND NOT u.banned AND (t.id IS NOT NULL OR NOT s.teams) $$);
-- Solves of a challenge that CTFd does not name (hidden, locked, not out yet) count all the same: as awards.
SELECT {{schema}}.define('solves', $$
    SELECT user_id, team_id, challenge_id, at, NULL FROM {{schema}}.gains(until) WHERE named $$);
SELECT {{schema}}.define('awards', $$
    SELECT user_id, team_id, points, at FROM {{schema}}.gains(until) WHERE points <> 0 AND NOT named $$);
