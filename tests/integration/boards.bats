#!/usr/bin/env bats
#
# The boards that nodes serve are those that PostgreSQL computes on its own from the same functions.
# shellcheck disable=SC2016  # the variables are jq's
bats_require_minimum_version 1.5.0
load ../lib/boards

# With short waits: there is much to compare.
setup_file() { setup_stack --config rebuild.debounce=10ms --config rebuild.poll_interval=50ms; }
teardown_file() { teardown_stack; }

setup() {
    sql "TRUNCATE teams, users, challenges, submissions, awards RESTART IDENTITY"
}

# A competition under way, with little in it and nothing random.
small_competition() {
    sql "INSERT INTO teams (name) VALUES ('reds'), ('blues'), ('empty');
        INSERT INTO users (username, team_id)
        VALUES ('ann', 1), ('bob', 1), ('cid', 2), ('dan', 2), ('eve', NULL);
        INSERT INTO challenges (title, category, decay)
        SELECT 'challenge ' || i, 'misc', nullif(i, 5) FROM generate_series(1, 6) i;
        INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
        SELECT u, c, (u + c) % 3 > 0, timestamptz '2026-01-24 12:00:00+00' + u * c * interval '3 min'
        FROM generate_series(1, 5) u, generate_series(1, 5) c"
}

random_competitions() { # TIE RULE, SEED...
    local seed
    sql "UPDATE scoreboard.settings SET tie_rule = '$1'"
    for seed in "${@:2}"; do
        sql "TRUNCATE teams, users, challenges, submissions, awards"
        psql -XAtq -v "seed=$seed" -f "$BATS_TEST_DIRNAME/../lib/competition.sql"
        assert_boards_equal_sql || {
            echo "competition.sql with seed=$seed, $1" >&2
            return 1
        }
    done
}

@test "of an empty database" {
    assert_boards_equal_sql
    [[ $(get /api/leaderboard) == '{"challenges":[],"entries":[]}' ]]
    [[ $(get /api/timeline/teams) == '{"submissions":[]}' ]]
}

@test "of random competitions, ties going to the first who reached the score" {
    random_competitions first_to_reach {1..12}
}

@test "of random competitions, ties by the reference platform's rule" {
    random_competitions reference {21..26}
    sql "UPDATE scoreboard.settings SET tie_rule = 'first_to_reach'"
}

@test "after every kind of change while a competition is under way" {
    local change
    small_competition
    assert_boards_equal_sql
    while read -r change; do
        sql "$change"
        assert_boards_equal_sql || {
            echo "after: $change" >&2
            return 1
        }
    done <<'END'
INSERT INTO submissions (user_id, challenge_id, correct) VALUES (5, 6, true)
INSERT INTO submissions (user_id, challenge_id, correct, submitted_at) VALUES (4, 6, true, '2026-01-24 12:00:00+00')
DELETE FROM submissions WHERE user_id = 4 AND challenge_id = 6
UPDATE submissions SET correct = false WHERE user_id = 1 AND challenge_id = 1
UPDATE submissions SET submitted_at = submitted_at - interval '1 year' WHERE user_id = 3
INSERT INTO awards (user_id, points) VALUES (1, 500), (2, -30)
INSERT INTO awards (team_id, points) VALUES (3, 10), (2, -1000)
UPDATE awards SET points = 77 WHERE user_id = 1
DELETE FROM awards WHERE team_id = 2
UPDATE users SET team_id = 2 WHERE username = 'ann'
UPDATE users SET team_id = NULL WHERE username = 'bob'
UPDATE users SET is_blocked = true WHERE username = 'cid'
UPDATE users SET role = 'admin' WHERE username = 'dan'
UPDATE users SET username = 'eva' WHERE username = 'eve'
UPDATE teams SET name = 'greens' WHERE name = 'blues'
DELETE FROM teams WHERE name = 'empty'
UPDATE challenges SET is_active = false WHERE id = 2
UPDATE challenges SET points = 50, minimum_points = 400 WHERE id = 3
UPDATE challenges SET formula = 'static' WHERE id = 4
UPDATE challenges SET decay = 2 WHERE id = 5
DELETE FROM challenges WHERE id = 1
DELETE FROM users WHERE username = 'ann'
TRUNCATE submissions
END
}

@test "names in every script arrive as they were written, and are harmless in HTML" {
    # shellcheck disable=SC1003  # a backslash is meant
    local name names=('🚩🏴‍☠️' 'שלום مرحبا' '"\' '</script><!--' $'\t\n\r\x01\x7f\u2028' "it's & <b>"
        "$(printf 'long%.0s' {1..50})" ' ' 'null')
    for name in "${names[@]}"; do
        psql -XAtq -v "name=$name" <<<"INSERT INTO users (username) VALUES (:'name')"
    done
    assert_boards_equal_sql
    get /api/leaderboard >"$BATS_TEST_TMPDIR/board"
    for name in "${names[@]}"; do
        json_is 'any(.entries[]; .username == $name)' --arg name "$name" <"$BATS_TEST_TMPDIR/board"
    done
    iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/board" >/dev/null
    run ! grep -P '[<>&\x{2028}]' "$BATS_TEST_TMPDIR/board"
}
