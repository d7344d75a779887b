#!/usr/bin/env bats
#
# simulation/simulate is a platform: it plays by plain inserts, always the same way, and never
# into a database that somebody may need.
# shellcheck disable=SC2154  # run --separate-stderr sets stderr
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() { setup_stack; }
teardown_file() { teardown_stack; }

simulate() { "${SB_BUILD:-$repository}/simulation/simulate" -c "$SB_CONFIG" "$@"; }

# The rows' contents, without the times of those that were played live.
fingerprint() {
    sql "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM (SELECT id, name FROM teams) AS t
         UNION ALL
         SELECT md5(string_agg(u::text, '' ORDER BY id))
         FROM (SELECT id, username, email, team_id FROM users) AS u
         UNION ALL
         SELECT md5(string_agg(c::text, '' ORDER BY id))
         FROM (SELECT id, title, category, formula, points, minimum_points FROM challenges) AS c
         UNION ALL
         SELECT md5(string_agg(s::text, '' ORDER BY id))
         FROM (SELECT id, user_id, challenge_id, provided, correct, is_first_blood,
                      CASE WHEN submitted_at < '2026-06-01' THEN submitted_at END AS at
               FROM submissions) AS s"
}

play() { # OPTIONS
    simulate --teams 20 --users 60 --challenges 15 --history 500 --start 2026-03-01T10:00:00Z \
        --rate 50 --seconds 1 --quiet "$@"
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }

count() { sql "SELECT count(*) FROM $1"; }

@test "the same seed gives the same rows, another seed others" {
    local first
    play --seed 7
    first=$(fingerprint)
    play --seed 7
    [[ $(fingerprint) == "$first" ]]
    play --seed 8
    [[ $(fingerprint) != "$first" ]]
}

@test "it registers, loads and plays as many as were asked for, most of them wrong" {
    run -0 play
    [[ $output == *"registered 20 teams, 60 users, 15 challenges"* ]]
    [[ $output == *"loaded 500 submissions"* && $output == *"550 submissions in all"* ]]
    [[ $(count teams) == 20 && $(count users) == 60 && $(count challenges) == 15 ]]
    [[ $(count "submissions WHERE submitted_at < '2026-03-02T10:00:00Z'") == 500 ]]
    [[ $(count "submissions WHERE submitted_at > now() - interval '10 minutes'") == 50 ]]
    [[ $(sql "SELECT count(*) FILTER (WHERE correct) BETWEEN 110 AND 220 FROM submissions") == t ]]
}

@test "names are of all kinds: emoji, right-to-left, markup, 200 characters" {
    simulate --teams 200 --users 200 --seconds 0
    [[ $(count "users WHERE username LIKE '%🦊%'") -gt 0 ]]
    [[ $(count "users WHERE username LIKE '%فريق%'") -gt 0 ]]
    [[ $(count "teams WHERE name LIKE '%</script>%'") -gt 0 ]]
    [[ $(count "teams WHERE length(name) > 190") -gt 0 ]]
}

@test "what is played is on the boards soon" {
    play
    retry 10 boards_show_all_solvers
}
boards_show_all_solvers() {
    local shown played
    shown=$(get /api/leaderboard | jq '[.entries[] | select(.solves != [])] | length')
    played=$(sql "SELECT count(DISTINCT user_id) FROM submissions WHERE correct")
    [[ $shown == "$played" ]]
}

@test "a database that is not empty and not marked stays as it is" {
    local before
    play
    before=$(fingerprint)
    sql "UPDATE scoreboard.settings SET disposable = false"
    run -1 --separate-stderr play
    [[ $stderr == *'database "scoreboard" holds a competition'*"migrate --disposable"* ]]
    [[ $(fingerprint) == "$before" ]]
    sql "UPDATE scoreboard.settings SET disposable = true"
}

@test "an empty database needs no mark, nor a scoreboard" {
    sql "CREATE DATABASE empty"
    run -1 --separate-stderr simulate --conninfo dbname=empty
    [[ $stderr == *"no platform here"* ]]
    pg_dump -s -n public scoreboard | grep -vE 'TRIGGER|scoreboard' | psql -Xq -d empty
    run -0 simulate --conninfo dbname=empty --seconds 0 --history 100
    [[ $(sql "SELECT count(*) FROM submissions" -d empty) == 100 ]]
    run -1 simulate --conninfo dbname=empty --seconds 0
}

@test "Ctrl-C ends it well, with what was played committed" {
    "${SB_BUILD:-$repository}/simulation/simulate" -c "$SB_CONFIG" --rate 20 \
        --seconds 3600 >"$SB_STACK/played" 2>&1 3>&- &
    retry 20 grep solved "$SB_STACK/played"
    kill -INT $!
    retry 10 has_ended $!
    wait $!
    run -0 tail -n 1 "$SB_STACK/played"
    [[ $output == "$(count submissions) submissions in all"* ]]
}

@test "a database that goes away is waited for" {
    "${SB_BUILD:-$repository}/simulation/simulate" -c "$SB_CONFIG" --rate 20 \
        --seconds 2 --quiet >"$SB_STACK/played" 2>&1 3>&- &
    retry 20 grep registered "$SB_STACK/played"
    stack stop postgres
    retry 20 grep "waiting for PostgreSQL: " "$SB_STACK/played"
    stack start postgres
    retry 30 has_ended $!
    wait $!
    (($(count submissions) >= 40))
}

@test "a competition that begins, freezes and ends is played through" {
    play --begin 2 --seconds 4 --freeze 1
    [[ $(sql "SELECT ends_at - starts_at, ends_at - freezes_at FROM scoreboard.settings") == "00:00:04|00:00:01" ]]
    [[ $(sql "SELECT count(*) > 100 FROM submissions, scoreboard.settings WHERE submitted_at >= starts_at") == t ]]
    play
    [[ $(sql "SELECT num_nonnulls(starts_at, freezes_at, ends_at) FROM scoreboard.settings") == 0 ]]
}

@test "options out of bounds are named" {
    run -1 --separate-stderr simulate --users 0
    [[ $stderr == *'--users "0"'* ]]
    run -1 --separate-stderr simulate --start yesterday
    [[ $stderr == *--start* ]]
}
