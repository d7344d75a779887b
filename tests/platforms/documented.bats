#!/usr/bin/env bats
#
# The file that docs/platforms.md shows works as it stands there.
# shellcheck disable=SC2016  # backquotes of Markdown
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }

setup() {
    setup_database template1
    write_config instance= "postgres.conninfo=dbname=$PGDATABASE user=scoreboard_daemon"
    sql "CREATE TABLE player (id int PRIMARY KEY, nick text);
        CREATE TABLE task (id int PRIMARY KEY, name text, worth int);
        CREATE TABLE flag_found (player int, task int, at timestamptz);
        INSERT INTO player VALUES (1, 'ann'), (2, 'ben');
        INSERT INTO task VALUES (1, 'pwn-101', 100);
        INSERT INTO flag_found VALUES (2, 1, '2026-01-24 12:00Z')"
}

teardown() { teardown_database; }
teardown_file() { teardown_stack; }

@test "the shortest file of a platform" {
    # shellcheck disable=SC2154  # lib/stack sets repository
    sed -n '/^-- recognised by: player/,/^```$/{/^```$/!p}' "$repository/docs/platforms.md" >"$BATS_TEST_TMPDIR/mine.sql"
    scoreboardctl migrate --platform "$BATS_TEST_TMPDIR/mine.sql"
    run -0 scoreboardctl board --users --json
    jq -e '[.entries[] | [.username, .score]] == [["ben", 100], ["ann", 0]]' <<<"$output"
    run -0 scoreboardctl check
    sql "INSERT INTO flag_found VALUES (1, 1, now())"
    [[ $(reasons) == *submission_correct* ]]
}
