#!/usr/bin/env bats
#
# sql/platforms/ctfd.sql, on tables of CTFd's shape.
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }
setup() { setup_platform ctfd; }
teardown() { teardown_database; }
teardown_file() { teardown_stack; }

@test "random competitions of teams are ranked as CTFd ranks them" {
    scoreboardctl migrate # finds out by itself whose tables these are
    for seed in {1..12}; do
        play "$seed" teams
        ranks_alike teams
    done
}

@test "random competitions of users are ranked as CTFd ranks them" {
    scoreboardctl migrate
    for seed in {1..12}; do
        play "$seed" users
        ranks_alike users
    done
}

@test "as of the freeze they are ranked as CTFd's public sees them" {
    scoreboardctl migrate
    for seed in {1..6}; do
        play "$seed" teams frozen
        [[ $(sql "SELECT freezes_at = '2026-01-24 17:00Z' FROM scoreboard.competition()") == t ]]
        ranks_alike teams --at 2026-01-24T17:00:00Z
        play "$seed" users frozen
        ranks_alike users --at 2026-01-24T17:00:00Z
    done
}

@test "users are the members of teams that are shown; in users mode a team that was left over is no matter" {
    scoreboardctl migrate
    play 1 teams
    run -0 sql "SELECT count(*) > 0, count(*) FILTER (WHERE hidden IS NOT FALSE OR banned OR division_id IS DISTINCT FROM bracket_id)
        FROM scoreboard.users('infinity') u LEFT JOIN teams ON teams.id = u.team_id"
    [[ $output == 't|0' ]]
    play 1 users
    sql 'UPDATE users SET team_id = teams.id FROM teams WHERE teams.bracket_id = 1'
    ranks_alike users
    run -0 sql "SELECT count(*) > 0, count(u.team_id), count(*) FILTER (WHERE division_id IS DISTINCT FROM bracket_id)
        FROM scoreboard.users('infinity') u JOIN users USING (id)"
    [[ $output == 't|0|0' ]]
}

@test "what CTFd hides is hidden: scores, the names of challenges before the start" {
    scoreboardctl migrate
    play 1 teams
    [[ $(sql 'SELECT visible FROM scoreboard.competition()') == t ]]
    sql "UPDATE config SET value = 'private' WHERE key = 'score_visibility'"
    [[ $(sql 'SELECT visible FROM scoreboard.competition()') == f ]]
    sql "INSERT INTO config (key, value) VALUES ('start', '4102444800')"
    [[ $(sql "SELECT count(*) FROM scoreboard.challenges('infinity')") == 0 ]]
    sql "UPDATE config SET value = 'no number' WHERE key = 'start'"
    [[ $(sql "SELECT count(*) > 0 FROM scoreboard.challenges('infinity')") == t ]]
}

@test "a column that an upgrade of CTFd brings counts once the daemon has seen it" {
    sql 'ALTER TABLE challenges DROP scheduled_at'
    scoreboardctl migrate
    play 1 teams
    sql 'ALTER TABLE challenges ADD scheduled_at timestamp'
    [[ $(sql 'SELECT scoreboard.mend()') == *'on public.challenges'* ]]
    expect challenge_updated 'UPDATE challenges SET scheduled_at = now()'
    [[ $(sql 'SELECT scoreboard.mend() IS NULL') == t ]]
}

@test "what no board shows writes no note, and what one shows does" {
    scoreboardctl migrate
    play 1 teams
    expect none "UPDATE users SET password = 'new', verified = true"
    expect none "UPDATE config SET value = 'new' WHERE key = 'mail_password'"
    expect none "INSERT INTO teams VALUES (9999, 'new'); INSERT INTO users VALUES (9999, 'new')"
    expect none "INSERT INTO submissions VALUES (9999, 1, 1, 1, 'x', 'x', 'incorrect', now())"
    expect challenge_updated 'UPDATE challenges SET value = value - 1'
    expect submission_changed 'DELETE FROM solves'
    expect settings_changed "UPDATE config SET value = '1' WHERE key = 'freeze'"
}

@test "an account that a subscription brings after its solves is noted" {
    scoreboardctl migrate
    empty_outbox
    sql "SET session_replication_role = replica; INSERT INTO users VALUES (9998, 'late')"
    [[ $(reasons) == user_registered ]]
}

@test "the daemon's role reads no passwords" {
    scoreboardctl migrate
    for secret in 'value FROM config' 'password FROM users' 'email FROM teams'; do
        run ! env PGUSER=scoreboard_daemon psql -XAtqc "SELECT $secret"
        [[ $output == *'permission denied'* ]]
    done
}
