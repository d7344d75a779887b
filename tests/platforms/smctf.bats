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

@test "1.0 lists who is of no team, and counts what users found who are gone" {
    scoreboardctl migrate
    sql "INSERT INTO teams VALUES (1, 'red'), (2, 'blue');
        INSERT INTO users (id, username, role, team_id) VALUES (1, 'ann', 'user', 1), (2, 'root', 'admin', 0);
        INSERT INTO challenges (id, title, category, points, minimum_points) VALUES (1, 'one', 'Pwn', 500, 100);
        INSERT INTO submissions (id, user_id, challenge_id, correct, submitted_at)
        VALUES (1, 1, 1, true, now()), (2, 9, 1, true, now())"
    run -0 scoreboardctl board --users --json
    [[ $(jq -c '[.entries[] | [.username, .score]]' <<<"$output") == '[["ann",100],["root",0]]' ]]
    run -0 scoreboardctl check
}

@test "a challenge is shown with the value that it has where someone plays" {
    become_1_3
    scoreboardctl migrate
    sql "INSERT INTO divisions VALUES (1, 'Admin'), (2, 'open'), (3, 'students');
        INSERT INTO teams (id, name, division_id) VALUES (1, 'Admin', 1), (2, 'red', 2), (3, 'blue', 3);
        INSERT INTO users (id, username, role, team_id)
        VALUES (1, 'admin', 'admin', 1), (2, 'ann', 'user', 2), (3, 'ben', 'user', 3);
        INSERT INTO challenges (id, title, category, points, minimum_points) VALUES (1, 'one', 'Pwn', 500, 100);
        INSERT INTO submissions (id, user_id, challenge_id, correct, submitted_at) VALUES (1, 2, 1, true, now())"
    run -0 scoreboardctl board --json
    [[ $(jq '.challenges[0].points' <<<"$output") == 100 ]]
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
