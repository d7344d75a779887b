#!/usr/bin/env bats
#
# sql/platforms/rctf.sql and rctf2.sql, on tables of the shape of redpwn's and of otter-sec's rCTF.
# shellcheck disable=SC2016  # $$ quotes SQL
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }
teardown() { teardown_database; }
teardown_file() { teardown_stack; }

@test "random competitions are ranked as redpwn's rCTF ranks them" {
    setup_platform rctf
    scoreboardctl migrate # finds out by itself whose tables these are
    for seed in {1..12}; do
        play "$seed"
        ranks_alike teams
    done
}

@test "random competitions are ranked as otter-sec's rCTF ranks them" {
    setup_platform rctf2 rctf
    scoreboardctl migrate
    for seed in {1..12}; do
        play "$seed" 2
        ranks_alike teams
    done
}

@test "nothing is told before the start" {
    setup_platform rctf
    scoreboardctl migrate
    play 1
    sql "UPDATE scoreboard.settings SET starts_at = '2099-01-01', ends_at = NULL"
    [[ $(sql "SELECT count(*) FROM scoreboard.teams('infinity')") == 0 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.challenges('infinity')") == 0 ]]
}

@test "nor by otter-sec's" {
    setup_platform rctf2 rctf
    scoreboardctl migrate
    play 1 2
    sql "UPDATE settings SET data = data || '{\"startTime\": 4102444800000}'"
    [[ $(sql "SELECT count(*) FROM scoreboard.teams('infinity')") == 0 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.challenges('infinity')") == 0 ]]
}

@test "of redpwn's, what no board shows writes no note, and what one shows does" {
    setup_platform rctf
    scoreboardctl migrate
    play 1
    expect none 'UPDATE users SET email = $$new$$'
    expect none 'UPDATE challenges SET data = data || $${"flag": "new"}$$'
    expect challenge_updated 'UPDATE challenges SET data = data || $${"tiebreakEligible": false}$$'
    expect submission_changed 'DELETE FROM solves'
}

@test "of otter-sec's, the worker's updates in bulk write no note but for what they change" {
    setup_platform rctf2 rctf
    scoreboardctl migrate
    play 1 2
    expect none 'UPDATE users SET score = score + 1, global_rank = 1, last_solve_at = now()'
    expect none 'UPDATE challenges SET solve_count = solve_count + 1'
    expect challenge_updated 'UPDATE challenges SET score = score + 1'
    expect none "UPDATE solves SET points = points + 1 WHERE source = 'flag'"
    expect submission_changed "UPDATE solves SET points = points + 1 WHERE source = 'feed'"
    expect settings_changed 'UPDATE settings SET data = data || $${"endTime": 1}$$'
}

@test "the daemon's role reads no flags" {
    setup_platform rctf
    scoreboardctl migrate
    run ! env PGUSER=scoreboard_daemon psql -XAtqc 'SELECT data FROM challenges'
    [[ $output == *'permission denied'* ]]
}
