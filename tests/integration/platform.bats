#!/usr/bin/env bats
#
# The functions of a platform's file are the whole border to a platform: whatever they give, there are
# boards, and they say what the contract says.
bats_require_minimum_version 1.5.0
load ../lib/boards

setup_file() { setup_stack --config rebuild.debounce=10ms --config rebuild.poll_interval=50ms; }
teardown_file() { teardown_stack; }

# Functions as another platform might define them, with all that columns without constraints hold.
strange_functions() {
    cat <<'END'
BEGIN;
DROP FUNCTION scoreboard.challenges, scoreboard.teams, scoreboard.users, scoreboard.solves, scoreboard.awards;
CREATE FUNCTION scoreboard.challenges(until timestamptz) RETURNS TABLE (id int, title varchar, category text,
    formula text, initial_points float8, minimum_points numeric, decay float8, breaks_ties boolean)
LANGUAGE sql STABLE AS $$
    VALUES (1, 'huge'::varchar, NULL, 'static', 1e30::float8, NULL::numeric, 'NaN'::float8, NULL::boolean),
        (2, NULL, 'Pwn', 'dynamic', 99.6, -1e30, 1e300, true),
        (3, 'no formula', 'Pwn', NULL, NULL, NULL, NULL, true),
        (NULL, 'no id', 'Pwn', 'static', 100, 100, NULL, true)
$$;
CREATE FUNCTION scoreboard.teams(until timestamptz) RETURNS TABLE (id smallint, name varchar, division_id int, tie int)
LANGUAGE sql STABLE AS $$
    VALUES (1::smallint, 'reds'::varchar, NULL::int, NULL::int), (2::smallint, NULL, NULL, NULL),
        (NULL, 'no id', NULL, NULL)
$$;
CREATE FUNCTION scoreboard.users(until timestamptz) RETURNS TABLE (id int, name char(5), team_id bigint, division_id int, tie int)
LANGUAGE sql STABLE AS $$
    VALUES (1, 'ann'::char(5), 1::bigint, 7, NULL::int), (2, NULL, 99, NULL, NULL), (NULL, 'no id', 1, NULL, NULL)
$$;
CREATE FUNCTION scoreboard.solves(until timestamptz) RETURNS TABLE (user_id int, team_id int, challenge_id int,
    solved_at timestamptz, points numeric)
LANGUAGE sql STABLE AS $$
    VALUES (1, NULL::int, 1, timestamptz 'infinity', NULL::numeric), (2, NULL, 1, '-infinity', NULL),
        (1, NULL, 2, '4714-11-24 00:00:00+00 BC', NULL), (1, NULL, 3, NULL, NULL), (1, NULL, NULL, now(), NULL),
        (NULL, NULL, 1, now(), NULL), (NULL, 2, 1, now(), -1e30)
$$;
CREATE FUNCTION scoreboard.awards(until timestamptz) RETURNS TABLE (user_id int, team_id int, points float8, awarded_at timestamptz)
LANGUAGE sql STABLE AS $$
    VALUES (1, 1, 1e30::float8, NULL::timestamptz), (2, NULL, NULL, now()), (NULL, NULL, 50, now())
$$;
INSERT INTO scoreboard.outbox (reason) VALUES ('settings_changed');
COMMIT;
END
}

leaders_are() { # JSON of [name, score, first solve]
    [[ $(get /api/leaderboard | jq -c '[.entries[] | [.username, .score, .solves[0].solved_at]]') == "$1" ]]
}

@test "silly values of another platform's functions do not stop the boards" {
    psql -XAtq -v ON_ERROR_STOP=1 -f <(strange_functions)
    retry 10 leaders_are '[["ann",4294967394,"9999-12-31T23:59:59.999999Z"],["",2147483647,"0001-01-01T00:00:00Z"]]'
    run -0 jq -c '[.challenges[] | [.title, .category, .points]]' <(get /api/leaderboard)
    [[ $output == '[["huge","",2147483647],["","Pwn",100],["no formula","Pwn",0]]' ]]
    run -0 jq -c '[.entries[] | [.team_name, .score]]' <(get /api/leaderboard/teams)
    [[ $output == '[["reds",4294967394],["",-2147483647]]' ]]
    sql 'DROP FUNCTION scoreboard.challenges, scoreboard.teams, scoreboard.users, scoreboard.solves, scoreboard.awards'
}

@test "all that the contract allows: teams named, own points, ties, exemptions, awards, divisions" {
    local rule seed=0
    for rule in first_to_reach reference shared first_to_reach shared; do
        for ((seed += 1; seed % 4 > 0; seed++)); do
            psql -XAtq -v "seed=$seed" -v "tie_rule=$rule" -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
            assert_boards_equal_sql || {
                echo "contract.sql with seed=$seed, $rule" >&2
                return 1
            }
        done
    done
}

@test "a timeline's sum is the leaderboard's score" {
    local league
    psql -XAtq -v seed=3 -v tie_rule=shared -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
    assert_boards_equal_sql
    for league in '' /teams; do
        diff <(get "/api/leaderboard$league" | jq -c '.entries[] | [.user_id // .team_id, .score] | select(.[1] != 0)' | sort) \
            <(get "/api/timeline$league" |
                jq -c '.submissions | group_by(.user_id // .team_id)[] | [.[0].user_id // .[0].team_id, (map(.points) | add)] | select(.[1] != 0)' | sort)
    done
}

@test "a division's boards are its part of the boards of all" {
    local board division
    psql -XAtq -v seed=7 -v tie_rule=first_to_reach -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
    sql "UPDATE contest.users SET division_id = 1 + id % 3; UPDATE contest.teams SET division_id = 1 + id % 3;
        TRUNCATE contest.divisions; INSERT INTO contest.divisions VALUES (1, 'one'), (2, 'two'), (3, 'three'), (-1, 'none');
        INSERT INTO scoreboard.outbox (reason) VALUES ('settings_changed')"
    retry 10 divisions_are '["one","two","three"]'
    for division in 1 2 3; do
        for board in leaderboard leaderboard/teams; do
            diff <(get "/api/$board?division=$division" | jq -c .) \
                <(get "/api/$board" | jq -c ".entries |= map(select(.division_id == $division))")
        done
        diff <(get "/api/timeline?division=$division" | jq -c '[.submissions[].user_id] | unique') \
            <(get "/api/timeline" | jq -c "[.submissions[].user_id | select(1 + . % 3 == $division)] | unique")
    done
    [[ $(status_of '/api/leaderboard?division=4') == 404 ]]
}

divisions_are() { # JSON OF THEIR NAMES
    json_is "[.divisions[].name] == $1" < <(get /api/leaderboard)
}

@test "a name of two megabytes is cut, and makes no board larger than a long one" {
    psql -XAtq -v seed=8 -v tie_rule=reference -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
    sql "UPDATE contest.users SET name = repeat('n', 2000000); UPDATE contest.challenges SET title = repeat('t', 2000000);
        INSERT INTO scoreboard.outbox (reason) VALUES ('user_updated')"
    assert_boards_equal_sql
    json_is 'all(.entries[].username; . == "n" * 255 + "…")' < <(get /api/leaderboard)
    json_is 'all(.challenges[].title; . == "t" * 255 + "…")' < <(get /api/leaderboard)
}
