#!/usr/bin/env bats
#
# `scoreboardctl detach` takes everything of ours out of a database, and nothing of the platform's.
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() {
    setup_stack --nodes 0
    create_platform_role
    SB_CONFIG=$SB_STACK/etc/own.conf
    echo >"$SB_CONFIG"
    scoreboardctl detach # the stack's own database: the default instance is now each test's alone
}

teardown_file() { teardown_stack; }
setup() { setup_database template1; }

teardown() {
    close_session
    scoreboardctl detach || true
    teardown_database
}

migrate() { scoreboardctl migrate --platform demo "$@"; }

# Schema, rights and roles, as dumps show them.
describe_all() {
    { pg_dump -s && pg_dumpall -g; } | grep -vE '^(\\(un)?restrict|--|$)'
}

@test "what is left is what was there before, to the last right and role" {
    create_older_platform
    sql "CREATE TABLE awards (user_id int, team_id int, points int, awarded_at timestamptz)"
    grant_platform
    describe_all >"$BATS_TEST_TMPDIR/before"
    migrate
    run ! diff -q "$BATS_TEST_TMPDIR/before" <(describe_all)
    run -0 scoreboardctl detach
    [[ $output == "removed scoreboard: "* ]]
    describe_all | diff "$BATS_TEST_TMPDIR/before" -
}

@test "what the platform has written stays, and it writes on" {
    migrate
    grant_platform
    add_competition
    scoreboardctl detach
    platform "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    [[ $(sql 'SELECT count(*) FROM submissions') == 3 ]]
}

@test "a second run finds nothing to do, and migrate starts anew" {
    migrate
    scoreboardctl detach
    run -0 scoreboardctl detach
    [[ $output == "nothing to do: database $PGDATABASE has nothing of scoreboard" ]]
    migrate
    [[ $(reasons) == startup ]]
}

@test "the leftovers of a schema that was dropped by hand are found" {
    migrate
    sql "SET client_min_messages = warning; DROP SCHEMA scoreboard CASCADE"
    scoreboardctl detach
    [[ $(sql "SELECT to_regclass('scoreboard_index_submissions') IS NULL
              AND to_regproc('scoreboard_note_users') IS NULL AND to_regrole('scoreboard_daemon') IS NULL") == t ]]
}

@test "--keep leaves the settings and the roles with their passwords, for a later migrate" {
    create_older_platform
    migrate
    describe_tables >"$BATS_TEST_TMPDIR/attached"
    sql "ALTER ROLE scoreboard_daemon PASSWORD 'secret'; UPDATE scoreboard.settings SET tie_rule = 'shared'"
    run -0 scoreboardctl detach --keep
    [[ $output == "removed scoreboard, but for its settings and its roles" ]]
    [[ $(sql "SELECT to_regproc('scoreboard_note_users') IS NULL") == t ]]
    [[ $(sql "SELECT string_agg(relname, ' ') FROM pg_class
              WHERE relnamespace = 'scoreboard'::regnamespace AND relkind <> 'i'") == settings ]]
    migrate
    [[ $(sql "SELECT tie_rule FROM scoreboard.competition()") == shared ]]
    [[ $(sql "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'scoreboard_daemon'") == t ]]
    describe_tables | diff "$BATS_TEST_TMPDIR/attached" -
}
describe_tables() { pg_dump -s -n public | grep -vE '^(\\(un)?restrict|--|$)'; }

@test "an older release is removed, too" {
    migrate
    scoreboardctl detach
    describe_all >"$BATS_TEST_TMPDIR/before"
    create_old_layout
    scoreboardctl detach
    describe_all | diff "$BATS_TEST_TMPDIR/before" -
}

@test "another instance goes on" {
    migrate
    write_config instance=x
    migrate
    scoreboardctl detach
    write_config instance=
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
    grant_platform
    expect team_created "INSERT INTO teams (name) VALUES ('red')"
}

@test "roles that another database of the server uses are kept, and said to be" {
    local other=${PGDATABASE}_other
    createdb "$other"
    migrate
    migrate --conninfo "dbname=$other"
    run -0 scoreboardctl detach
    [[ ${#lines[@]} == 3 && ${lines[1]} == "kept role scoreboard_daemon: another database"* ]]
    [[ $(sql 'TABLE scoreboard.missing' -d "$other") == '' ]]
    run -0 scoreboardctl detach --conninfo "dbname=$other"
    [[ ${#lines[@]} == 1 ]]
    dropdb "$other"
}

@test "what others have built upon our functions is named, and nothing is removed" {
    migrate
    sql "CREATE VIEW hall_of_fame AS SELECT name FROM scoreboard.users('infinity')"
    run -1 scoreboardctl detach
    [[ $output == *"view public.hall_of_fame depends on function "*"drop what was built upon the scoreboard first"* ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
    sql "DROP VIEW hall_of_fame"
}

@test "a reader of a table delays it, and nobody waits behind it" {
    migrate
    open_session
    in_session "BEGIN; SELECT count(*) FROM users"
    scoreboardctl detach 3>&- &
    local detach=$! i
    retry 10 is_queueing
    for ((i = 0; i < 20; i++)); do
        write_promptly "INSERT INTO users (username) VALUES ('x')"
    done
    kill -0 "$detach"
    in_session COMMIT
    wait "$detach"
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL") == t ]]
}
