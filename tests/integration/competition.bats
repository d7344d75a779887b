#!/usr/bin/env bats
#
# `scoreboardctl competition` shows the competition's rules and sets ours; `simulate` plays through them.
# shellcheck disable=SC2030,SC2031  # each test has a shell of its own
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() { setup_stack --nodes 0; }
teardown_file() { teardown_stack; }

setup() {
    setup_database template1
    scoreboardctl migrate --platform demo
}
teardown() { teardown_database; }

@test "without options it shows all rules, every time with its zone" {
    run -0 scoreboardctl competition --conninfo ''
    [[ $(paste -sd '|' <<<"$output") =~ ^name\ +none\|start\ +none\|freeze\ +none\|end\ +none\|visible\ +yes\|tie\ +first_to_reach$ ]]
    sql "UPDATE scoreboard.settings SET ends_at = '2026-01-24T12:00:00+09'"
    TZ=Europe/Berlin run -0 scoreboardctl competition --conninfo ''
    [[ $output == *"2026-01-24T03:00:00Z (2026-01-24 04:00:00 CET), "* ]]
}

@test "it sets what it is told, leaves the rest, and the boards hear of it" {
    empty_outbox
    run -0 scoreboardctl competition --name 'Finals' --start 2026-03-01T10:00:00+01:00 --end 2026-03-02T10:00:00Z --tie shared
    [[ $output == *Finals*"2026-03-01T09:00:00Z"*"2026-03-02T10:00:00Z"*shared* ]]
    [[ $(reasons) == settings_changed ]]
    scoreboardctl competition --freeze 2026-03-02T09:00:00Z --visible no
    scoreboardctl competition --start none
    [[ $(sql "SELECT name, starts_at IS NULL, freezes_at = '2026-03-02T09:00:00Z', ends_at = '2026-03-02T10:00:00Z',
              visible, tie_rule FROM scoreboard.competition()") == "Finals|t|t|t|f|shared" ]]
    scoreboardctl competition --freeze none --end now
    [[ $(sql "SELECT freezes_at IS NULL AND ends_at BETWEEN now() - interval '1 minute' AND now()
              FROM scoreboard.competition()") == t ]]
}

refuses() { # PATTERN ARGUMENTS
    run -1 scoreboardctl competition "${@:2}"
    # shellcheck disable=SC2053  # a pattern
    [[ $output == $1 ]] && return
    echo "not like $1: $output" >&2
    return 1
}

@test "what makes no sense is refused in words, and nothing is set" {
    refuses '*--freeze: not an RFC 3339 time: "2026-03-01 10:00"*' --freeze '2026-03-01 10:00'
    refuses '*--tie: "coin" is none*' --tie coin
    refuses '*--visible: "maybe" is none*' --visible maybe
    refuses '*start, freeze and end must follow each other*' --start 2026-03-02T10:00:00Z --end 2026-03-01T10:00:00Z
    refuses "*--conninfo says as whom*" --end none --conninfo user=scoreboard_daemon
    [[ $(sql "SELECT starts_at IS NULL AND ends_at IS NULL FROM scoreboard.competition()") == t ]]
    scoreboardctl detach
    refuses "*run scoreboardctl migrate*" --conninfo ''
}

@test "what the platform has settings of its own for is shown, and set there" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    sed "s/^SELECT {{schema}}.define('competition');/SELECT {{schema}}.define('competition', \$\$ SELECT 'Theirs', timestamptz '2026-05-01T00:00:00Z', freezes_at, ends_at, visible, tie_rule FROM {{schema}}.settings \$\$);/" \
        "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    scoreboardctl migrate --platform "$mine"
    run -0 scoreboardctl competition --conninfo ''
    [[ ${lines[0]} == "name     Theirs, as the platform says" && ${lines[1]} == *"2026-05-01T00:00:00Z"*", as the platform says" ]]
    refuses "*the platform has a start of its own: set it there" --start now
    [[ $(sql "SELECT starts_at IS NULL FROM scoreboard.settings") == t ]]
    run -0 scoreboardctl competition --end 2026-06-01T00:00:00Z
}

@test "before the start no challenge is told, and what is solved before it or after the end counts nowhere" {
    sql "INSERT INTO users (username) VALUES ('ann'); INSERT INTO challenges (title) VALUES ('pwn-101');
         INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
         SELECT 1, 1, true, now() + n * interval '1 hour' FROM generate_series(-3, 2) AS n;
         INSERT INTO awards (user_id, points, awarded_at)
         SELECT 1, n, now() + n * interval '1 hour' FROM generate_series(-3, 2) AS n"
    counted() { # UNTIL: solves, awards and challenges as of then
        sql "SELECT (SELECT count(*) FROM scoreboard.solves($1)), (SELECT count(*) FROM scoreboard.awards($1)),
                    (SELECT count(*) FROM scoreboard.challenges($1))"
    }
    [[ $(counted "'infinity'") == '6|6|1' ]]
    sql "UPDATE scoreboard.settings SET starts_at = now() - interval '150 minutes', ends_at = now() + interval '30 minutes'"
    [[ $(counted "'infinity'") == '3|3|1' ]]
    [[ $(counted "now() - interval '90 minutes'") == '1|1|1' ]]
    [[ $(counted "now() - interval '4 hours'") == '0|0|0' ]]
    sql "UPDATE scoreboard.settings SET starts_at = now() + interval '10 minutes'"
    [[ $(counted "'infinity'") == '0|0|0' ]]
}
