#!/usr/bin/env bats
#
# Each role may do its work and nothing else.
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() {
    setup_stack --nodes 0
    create_platform_role
    create_template
}

teardown_file() { teardown_stack; }

setup() { setup_database test_template; }
teardown() { teardown_database; }

may() { # ROLE STATEMENTS...
    local statement
    for statement in "${@:2}"; do
        PGUSER=$1 sql "SET search_path = scoreboard, pg_catalog; $statement" >/dev/null || return
    done
}

may_not() { # ROLE STATEMENTS...
    local statement
    for statement in "${@:2}"; do
        PGUSER=$1 run ! sql "SET search_path = scoreboard, pg_catalog; $statement"
        [[ $output == *"permission denied"* || $output == *"must be owner"* ]] && continue
        echo "$1 was not refused: $statement: $output" >&2
        return 1
    done
}

@test "the daemon reads by the platform's functions, draws revisions and empties the outbox" {
    may scoreboard_daemon "SELECT * FROM competition()" "SELECT * FROM challenges('infinity')" \
        "SELECT * FROM teams('infinity')" "SELECT * FROM users('infinity')" "SELECT * FROM solves('infinity')" \
        "SELECT * FROM awards('infinity')" "SELECT * FROM divisions()" "SELECT * FROM boundaries()" \
        "SELECT fingerprint(), rewritten(), mend()" "TABLE settings" "TABLE sources" "TABLE outbox" "TABLE missing" \
        "UPDATE state SET rev = rev + 1 RETURNING rev" \
        "INSERT INTO outbox (reason) VALUES ('foreign')" "DELETE FROM outbox RETURNING created_at"
}

@test "the daemon reads the columns the boards show and no secrets" {
    local column
    for column in email password_hash created_at; do
        may_not scoreboard_daemon "SELECT $column FROM public.users"
    done
    may_not scoreboard_daemon "SELECT flag_hash FROM public.challenges" \
        "SELECT provided FROM public.submissions" "TABLE public.users" "DELETE FROM public.submissions"
}

@test "the daemon may not touch the platform's tables, the settings or our definitions" {
    may_not scoreboard_daemon \
        "INSERT INTO public.teams (name) VALUES ('x')" "DELETE FROM public.submissions" \
        "UPDATE settings SET disposable = true" "DELETE FROM settings" "UPDATE sources SET shown = 'false'" "TABLE installation" "SELECT watch('teams')" \
        "INSERT INTO state (rev) VALUES (1)" "DELETE FROM state" "TRUNCATE outbox" \
        "UPDATE outbox SET reason = 'x'" "INSERT INTO outbox (created_at) VALUES ('2030-01-01')" \
        "CREATE TABLE scoreboard.x ()" "DROP VIEW missing" "DROP TABLE outbox" \
        "CREATE TEMPORARY TABLE t (id int); CREATE TRIGGER t AFTER INSERT ON t
         FOR EACH ROW EXECUTE FUNCTION public.scoreboard_note_teams()"
}

@test "the publisher writes reasons, and sees when" {
    may scoreboard_publisher "INSERT INTO outbox (reason) VALUES ('by_hand') RETURNING created_at"
}

@test "the publisher may do nothing else" {
    may_not scoreboard_publisher "SELECT reason FROM outbox" "DELETE FROM outbox" \
        "INSERT INTO outbox (id, reason) VALUES (1, 'x')" "TABLE public.users" "SELECT mend()" "TABLE state" "TABLE settings" \
        "UPDATE state SET rev = 1" "SELECT username FROM public.users" "SET ROLE scoreboard_daemon"
}

@test "the platform's role sees nothing of ours" {
    may_not platform "SELECT * FROM scoreboard.outbox" "SELECT scoreboard.note('x')" \
        "INSERT INTO scoreboard.outbox (reason) VALUES ('x')" "SELECT scoreboard.mend()" \
        "CREATE TEMPORARY TABLE t (id int); CREATE TRIGGER t AFTER INSERT ON t
         FOR EACH ROW EXECUTE FUNCTION public.scoreboard_note_teams()"
}

@test "only a reason goes into the outbox" {
    local bad
    for bad in '' 'Upper' 'two words' $'line\nfeed' "$(printf 'x%.0s' {1..65})"; do
        PGUSER=scoreboard_publisher run ! sql "INSERT INTO scoreboard.outbox (reason) VALUES ('$bad')"
        [[ $output == *"violates check constraint"* ]]
    done
}

@test "state and settings have one row each, and settings make sense" {
    run ! sql "INSERT INTO scoreboard.state (rev) VALUES (5)"
    run ! sql "INSERT INTO scoreboard.settings DEFAULT VALUES"
    run ! sql "UPDATE scoreboard.settings SET tie_rule = 'coin'"
    run ! sql "UPDATE scoreboard.settings SET starts_at = '2026-01-02', ends_at = '2026-01-01'"
    run ! sql "UPDATE scoreboard.settings SET freezes_at = '2026-01-02', ends_at = '2026-01-01'"
    sql "UPDATE scoreboard.settings SET starts_at = '2026-01-01', freezes_at = '2026-01-02', ends_at = '2026-01-03'"
}

@test "the functions show what counts: active, not blocked, no admin, right" {
    platform "UPDATE users SET is_blocked = true WHERE username = 'ben'"
    [[ $(sql "SELECT name FROM scoreboard.users('infinity') ORDER BY id" | paste -sd ' ') == "ann cyn" ]]
    [[ $(sql "SELECT title FROM scoreboard.challenges('infinity') ORDER BY id" | paste -sd ' ') == "pwn-101 web-101" ]]
    [[ $(sql "SELECT user_id, challenge_id FROM scoreboard.solves('infinity')") == "1|1" ]]
    [[ $(sql "SELECT user_id, points FROM scoreboard.awards('infinity')") == "3|50" ]]
    [[ $(sql "SELECT name FROM scoreboard.teams('infinity') ORDER BY id" | paste -sd ' ') == "red blue" ]]
}
