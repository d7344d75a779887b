#!/usr/bin/env bats
#
# sql/platforms/smctf.sql, on tables of the shape of smctf 1.0 and 1.3.
# shellcheck disable=SC2016  # $$ quotes SQL
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }
setup() { setup_platform smctf; }
teardown() { teardown_database; }
teardown_file() { teardown_stack; }

become_1_3() {
    sql 'ALTER TABLE users ADD blocked_reason text, ADD blocked_at timestamptz;
        CREATE TABLE divisions (id bigint PRIMARY KEY, name text NOT NULL);
        ALTER TABLE teams ADD division_id bigint NOT NULL'
}

@test "random competitions are ranked as smctf 1.0 ranks them" {
    scoreboardctl migrate # finds out by itself whose tables these are
    for seed in {1..12}; do
        play "$seed"
        ranks_alike teams
    done
}

@test "random competitions are ranked as smctf 1.3 ranks them, with values by division" {
    become_1_3
    scoreboardctl migrate
    for seed in {1..12}; do
        play "$seed" divisions
        ranks_alike teams
    done
}

@test "nothing is told before the start" {
    scoreboardctl migrate
    play 1
    sql "UPDATE app_configs SET value = '2099-01-01T00:00:00Z' WHERE key LIKE 'ctf%'"
    [[ $(sql "SELECT count(*) FROM scoreboard.solves('infinity')") == 0 ]]
    [[ $(sql "SELECT count(*) FROM scoreboard.challenges('infinity')") == 0 ]]
}

@test "its upgrade is followed by one migrate" {
    scoreboardctl migrate
    become_1_3
    run -0 scoreboardctl migrate
    play 1 divisions
    ranks_alike teams
}

@test "what no board shows writes no note, and what one shows does" {
    scoreboardctl migrate
    play 1
    expect none 'UPDATE challenges SET description = $$new$$, is_active = false'
    expect none 'UPDATE users SET email = $$new$$'
    expect none 'UPDATE app_configs SET value = $$new$$ WHERE key = $$title$$'
    expect none 'INSERT INTO submissions VALUES (9999, 1, 1, $$x$$, false, false, now())'
    expect submission_correct 'INSERT INTO submissions VALUES (9998, 1, 1, $$x$$, true, false, now())'
    expect settings_changed 'UPDATE app_configs SET value = $$2026-01-24T13:00:00Z$$ WHERE key = $$ctf_start_at$$'
}
