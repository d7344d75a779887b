#!/usr/bin/env bats
#
# `scoreboardctl board` prints a board of any moment, as the daemon would have made it.
bats_require_minimum_version 1.5.0
load ../lib/boards

setup_file() {
    setup_stack --nodes 1
    psql -XAtq -v seed=7 -v tie_rule=shared -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
}
teardown_file() { teardown_stack; }

computed() { # LINE OF recompute.sql [PSQL ARGUMENTS...]
    psql -XAtq "${@:2}" -f "$BATS_TEST_DIRNAME/../lib/recompute.sql" | sed -n "$1p" | jq -S .
}

@test "as of the freeze, it is what the public gets" {
    local freeze
    freeze=$(sql "SELECT to_char(freezes_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM scoreboard.competition()")
    assert_boards_equal_sql
    diff <(ctl board --json --users --at "$freeze") <(get /api/leaderboard && echo)
    diff <(ctl board --json --at "$freeze") <(get /api/leaderboard/teams && echo)
}

@test "of a moment, it is what PostgreSQL says of that moment" {
    local at
    for at in 2026-01-24T12:30:00Z 2026-01-24T14:00:00+01:00 1969-01-01T00:00:00Z; do
        diff <(ctl board --json --users --at "$at" | jq -S .) <(computed 1 -v "until=$at")
        diff <(ctl board --json --at "$at" | jq -S .) <(computed 2 -v "until=$at")
    done
}

@test "as of its freeze, it says that it is frozen" {
    local freeze
    freeze=$(sql "SELECT to_char(freezes_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM contest.competition")
    json_is '.competition.frozen' < <(ctl board --json --at "$freeze")
    json_is '.competition | has("frozen") | not' < <(ctl board --json)
}

@test "of a division, its own entries alone" {
    local division=77
    sql "INSERT INTO contest.divisions VALUES ($division, 'students');
        UPDATE contest.users SET division_id = $division WHERE id % 2 = 0"
    diff <(ctl board --json --users --division "$division" | jq -S .) \
        <(computed 1 | jq -S ".entries |= map(select(.division_id == $division))")
    json_is '.entries | length > 0' < <(ctl board --json --users --division "$division")
    run -1 ctl board --division 99
    [[ $output == *'there is no division 99'* ]]
}

@test "for people, one line for each; equal scores share a rank" {
    sql "UPDATE contest.teams SET name = 'team ' || id || E'\x1b[2J'; TRUNCATE contest.solves, contest.awards;
        INSERT INTO contest.awards VALUES (NULL, 2, 50, '2026-01-24 13:00Z'), (NULL, 1, 50, '2026-01-24 12:00Z'),
            (NULL, 3, 20, '2026-01-24 12:00Z')"
    run -0 ctl board
    [[ ${lines[0]} == 'Cup 7, as of 20'*Z ]]
    [[ ${lines[2]} =~ ^' '+'1 '+'50 '+'0 '+'2026-01-24T12:00:00Z '+'team 1?[2J'$ ]]
    [[ ${lines[3]} =~ ^' '+'1 '+'50 '.*'team 2' ]]
    [[ ${lines[4]} =~ ^' '+'3 '+'20 '.*'team 3' ]]
}

@test "a TIME that is none is refused" {
    run -1 ctl board --at yesterday
    [[ $output == *'--at "yesterday"'* ]]
}

@test "when reading fails midway, it is told in the server's words" {
    sql "CREATE OR REPLACE FUNCTION scoreboard.solves(until timestamptz) RETURNS TABLE (user_id bigint, team_id bigint,
            challenge_id bigint, solved_at timestamptz, points integer) LANGUAGE sql STABLE
        AS 'SELECT n, NULL::bigint, 1 / (50000 - n), now(), NULL::int FROM generate_series(1::bigint, 100000) n'"
    run -1 ctl board
    [[ $output == *'solves(): division by zero (22012)'* ]]
}

# --- Databases of other encodings ------------------------------------------------------------------

# A database with the scoreboard in it and one user of that name, given as the bytes of the encoding.
name_in() { # ENCODING, NAME AS AN SQL LITERAL; prints the name as the boards have it
    local database=in_${1,,} config=$BATS_TEST_TMPDIR/$1.conf
    sql "CREATE DATABASE $database TEMPLATE template0 ENCODING '$1' LOCALE 'C'"
    sed "s/dbname=$PGDATABASE/dbname=$database/" "$SB_CONFIG" >"$config"
    # shellcheck disable=SC2154  # lib/stack sets repository
    SB_CONFIG=$config ctl migrate --platform demo --sql-dir "$repository/sql" --conninfo "host=$PGHOST dbname=$database user=postgres" >&2
    PGCLIENTENCODING=$1 psql -XAtq -v ON_ERROR_STOP=1 "$database" \
        -c "INSERT INTO users (username) VALUES ($2), ('honest')" || return
    SB_CONFIG=$config ctl board --json --users | jq -r '.entries | (.[0].username, .[1].username)'
}

@test "a byte that is no UTF-8 in an SQL_ASCII database is mended, and the rest shown" {
    local long
    long=$(printf 'ä%.0s' {1..250})
    run -0 --separate-stderr name_in SQL_ASCII "E'bad\xff ' || repeat(E'\xc3\xa4', 5000)"
    [[ $output == $'bad\ufffd '"$long…"$'\nhonest' ]]
}

@test "a character that Unicode lacks is told by a mark, and the rest shown" {
    run -0 --separate-stderr name_in WIN1252 "E'bad\x81 \xe4'"
    [[ $output == $'bad? ä\nhonest' ]]
    run -0 --separate-stderr name_in EUC_JP "E'bad\xa9\xa1 \xa4\xa2'"
    [[ $output == $'bad? あ\nhonest' ]]
    run -0 --separate-stderr name_in LATIN1 "E'\x81\xe4'"
    [[ $output == $'\u0081ä\nhonest' ]]
}
