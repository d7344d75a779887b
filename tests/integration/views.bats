#!/usr/bin/env bats
#
# The five views are the whole border to a platform: whatever they yield, there are boards.
bats_require_minimum_version 1.5.0
load ../lib/stack

setup() { setup_stack; }
teardown() { teardown_stack; }

# Views as another platform might define them, with all that columns without constraints can hold.
strange_views() {
    cat <<'END'
BEGIN;
DROP VIEW scoreboard.challenges, scoreboard.teams, scoreboard.users, scoreboard.solves, scoreboard.awards;
SET LOCAL ROLE scoreboard_owner;
CREATE VIEW scoreboard.challenges (id, title, category, formula, initial_points, minimum_points, decay) AS
VALUES (1, 'huge', NULL, 'static', 1e30, NULL::numeric, 'NaN'::float8),
    (2, NULL, 'Pwn', 'dynamic', 99.6, -1e30, 1e300),
    (3, 'no formula', 'Pwn', NULL, NULL, NULL, NULL),
    (NULL, 'no id', 'Pwn', 'static', 100, 100, NULL);
CREATE VIEW scoreboard.teams (id, name, division_id) AS
VALUES (1::smallint, 'reds'::varchar(10), NULL::int), (2, NULL, NULL), (NULL, 'no id', NULL);
CREATE VIEW scoreboard.users (id, name, team_id) AS
VALUES (1, 'ann'::char(5), 1::bigint), (2, NULL, 99), (NULL, 'no id', 1);
CREATE VIEW scoreboard.solves (user_id, challenge_id, solved_at) AS
VALUES (1, 1, timestamptz 'infinity'), (2, 1, '-infinity'), (1, 2, '4714-11-24 00:00:00+00 BC'),
    (1, 3, NULL), (1, NULL, now()), (NULL, 1, now());
CREATE VIEW scoreboard.awards (user_id, team_id, points, awarded_at) AS
VALUES (1, 1, 1e30, NULL::timestamptz), (2, NULL, NULL, now()), (NULL, NULL, 50, now());
GRANT SELECT ON ALL TABLES IN SCHEMA scoreboard TO scoreboard_daemon;
INSERT INTO scoreboard.outbox (reason) VALUES ('settings_changed');
COMMIT;
END
}

leaders_are() { # JSON of [name, score, first solve]
    [[ $(get /api/leaderboard | jq -c '[.entries[] | [.username, .score, .solves[0].solved_at]]') == "$1" ]]
}

@test "silly values in another platform's views do not stop the boards" {
    psql -XAtq -v ON_ERROR_STOP=1 -f <(strange_views)
    retry 10 leaders_are '[["ann",4294967394,"9999-12-31T23:59:59.999999Z"],["",2147483647,"0001-01-01T00:00:00Z"]]'
    run -0 jq -c '[.challenges[] | [.title, .category, .points]]' <(get /api/leaderboard)
    [[ $output == '[["huge","",2147483647],["","Pwn",100],["no formula","Pwn",0]]' ]]
    run -0 jq -c '[.entries[] | [.team_name, .score]]' <(get /api/leaderboard/teams)
    [[ $output == '[["reds",4294967394],["",0]]' ]]
}
