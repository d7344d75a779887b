#!/usr/bin/env bats
#
# sql/platforms/noctf.sql, on tables of noCTF's shape.
# shellcheck disable=SC2016  # $$ quotes SQL
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }
setup() { setup_platform noctf; }
teardown() { teardown_database; }
teardown_file() { teardown_stack; }

@test "random competitions are ranked as noCTF ranks them" {
    scoreboardctl migrate # finds out by itself whose tables these are
    for seed in {1..12}; do
        play "$seed"
        ranks_alike teams
    done
}

@test "one division alone is a part" {
    scoreboardctl migrate --part 2
    play 1
    run -0 scoreboardctl board --json
    jq -e '[.entries[].division_id] | unique == [2]' <<<"$output"
}

@test "a division that is not visible is shown to nobody" {
    scoreboardctl migrate --part 3
    play 1
    run -0 scoreboardctl board --json
    jq -e '.entries == []' <<<"$output"
    scoreboardctl migrate --part 2
    run -0 scoreboardctl board --json
    jq -e '.entries != []' <<<"$output"
    sql 'UPDATE division SET is_visible = false'
    run -0 scoreboardctl board --json
    jq -e '.entries == []' <<<"$output"
}

@test "the public sees no more than policies let it, and nothing before the start" {
    scoreboardctl migrate
    play 1
    visible() { sql 'SELECT visible FROM scoreboard.competition()'; }
    [[ $(visible) == t ]]
    sql "UPDATE policy SET permissions = '{*,!scoreboard.*}' WHERE public"
    [[ $(visible) == f ]]
    sql "UPDATE policy SET permissions = '{scoreboard.*}' WHERE public"
    [[ $(visible) == t ]]
    sql 'UPDATE policy SET is_enabled = false WHERE public'
    [[ $(visible) == f ]]
    sql "UPDATE config SET value = value || '{\"start_time_s\": 4102444800}' WHERE namespace = 'core.setup'"
    [[ $(sql "SELECT count(*) FROM scoreboard.teams('infinity')") == 0 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.awards('infinity')") == 0 ]]
}

@test "from its freeze on solves are left out, and awards are not" {
    scoreboardctl migrate
    play 1
    sql "UPDATE config SET value = value || '{\"freeze_time_s\": 1769256000}' WHERE namespace = 'core.setup'"
    [[ $(sql "SELECT freezes_at = '2026-01-24 12:00:01Z' FROM scoreboard.competition()") == t ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.solves('2026-01-24 12:00:01Z')") == 0 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.awards('2026-01-24 12:00:01Z')") == 8 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.awards('2026-01-24 12:00:02Z')") == 0 ]]
}

@test "what no board shows writes no note, and what one shows does" {
    scoreboardctl migrate
    play 1
    expect none 'UPDATE challenge SET description = $$new$$'
    expect none 'UPDATE challenge SET private_metadata = private_metadata || $${"flags": ["new"]}$$'
    expect none 'UPDATE config SET version = 2 WHERE namespace = $$core.mail$$'
    expect none 'INSERT INTO submission VALUES (9999, 1, 1, 1, $$x$$, $$$$, NULL, 0, false, $$incorrect$$, now())'
    expect challenge_updated 'UPDATE challenge SET private_metadata = jsonb_set(private_metadata, $${score,params,base}$$, $$1$$) WHERE NOT hidden'
    expect submission_correct 'UPDATE submission SET status = $$correct$$ WHERE status = $$queued$$'
    expect settings_changed 'UPDATE config SET value = value || $${"active": false}$$ WHERE namespace = $$core.setup$$'
}

@test "the daemon's role reads neither flags nor passwords" {
    scoreboardctl migrate
    for secret in 'private_metadata FROM challenge' 'value FROM config' 'data FROM submission' 'join_code FROM team'; do
        run ! env PGUSER=scoreboard_daemon psql -XAtqc "SELECT $secret"
        [[ $output == *'permission denied'* ]]
    done
}
