-- The five views: all that the boards are computed from. Who is hidden, blocked, correct or an admin
-- is decided here and nowhere else. 04_triggers.sql must agree: a change of what these views show
-- writes the outbox.

-- What the owner of the views may read: never an e-mail address, a password or a flag.
GRANT USAGE ON SCHEMA {{platform}} TO {{schema}}_owner;
GRANT SELECT (id, name) ON {{platform}}.teams TO {{schema}}_owner;
GRANT SELECT (id, username, role, is_blocked, team_id) ON {{platform}}.users TO {{schema}}_owner;
GRANT SELECT (id, title, category, formula, points, minimum_points, decay, is_active)
    ON {{platform}}.challenges TO {{schema}}_owner;
GRANT SELECT (user_id, challenge_id, correct, submitted_at)
    ON {{platform}}.submissions TO {{schema}}_owner;
GRANT SELECT (user_id, team_id, points, awarded_at) ON {{platform}}.awards TO {{schema}}_owner;

SET LOCAL ROLE {{schema}}_owner;

CREATE OR REPLACE VIEW {{schema}}.challenges AS
SELECT id, title, category, formula, points AS initial_points, minimum_points, decay
FROM {{platform}}.challenges
WHERE is_active;

-- The reference platform has no divisions.
CREATE OR REPLACE VIEW {{schema}}.teams AS
SELECT id, name, NULL::bigint AS division_id
FROM {{platform}}.teams;

-- A user without a team competes alone.
CREATE OR REPLACE VIEW {{schema}}.users AS
SELECT id, username AS name, team_id
FROM {{platform}}.users
WHERE role IS DISTINCT FROM 'admin' AND is_blocked IS NOT TRUE;

-- Of several for one challenge, by one user or one team, the earliest counts; one by a user, or for
-- a challenge, that is not shown above counts nowhere.
CREATE OR REPLACE VIEW {{schema}}.solves AS
SELECT user_id, challenge_id, submitted_at AS solved_at
FROM {{platform}}.submissions
WHERE correct;

CREATE OR REPLACE VIEW {{schema}}.awards AS
SELECT user_id, team_id, points, awarded_at
FROM {{platform}}.awards;

GRANT SELECT ON
    {{schema}}.challenges, {{schema}}.teams, {{schema}}.users, {{schema}}.solves, {{schema}}.awards
    TO {{schema}}_daemon;

RESET ROLE;
