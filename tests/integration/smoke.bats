#!/usr/bin/env bats
#
# The whole way once: a solve that psql commits is on the boards, and every browser is told.
bats_require_minimum_version 1.5.0
load ../lib/stack

teardown() { teardown_stack; }

# Commits one correct submission of a new user for a new challenge, as any platform would.
commit_solve() {
    sql "WITH u AS (INSERT INTO users (username) VALUES ('alice') RETURNING id),
              c AS (INSERT INTO challenges (title, category, points, formula)
                    VALUES ('pwn-101', 'Pwn', 300, 'static') RETURNING id)
         INSERT INTO submissions (user_id, challenge_id, provided, correct)
         SELECT u.id, c.id, 'flag', true FROM u, c"
}

# The id of the stream's first notice whose boards show the solve; a commit may be told in two.
has_solved() { # NODE REVISION
    get "/api/leaderboard?rev=$2" "$1" |
        json_is '.entries[0] | .username == "alice" and .score == 300 and .solves[0].is_first_blood'
}

stream_shows_the_solve() { # NODE
    local id
    id=$(last_event_id "node$1") && [[ -n $id ]] && has_solved "$1" "$id"
}

@test "on one node a committed solve arrives as a notice, and its revision shows it" {
    setup_stack
    start_sse node1
    retry 5 grep -q '^event: ready' "$SB_STACK/sse/node1"
    commit_solve
    retry 5 stream_shows_the_solve 1
    run -0 grep -A 2 "^id: $(last_event_id node1)$" "$SB_STACK/sse/node1"
    [[ ${lines[1]} == "event: scoreboard" && ${lines[2]} == 'data: {"scope":"all","reason":'* ]]
}

all_told_the_same() {
    [[ $(for node in 1 2 3; do last_event_id "node$node"; done | sort -u | wc -l) == 1 ]]
}

@test "on three nodes every one of them tells its browsers, with the same revision" {
    setup_stack --nodes 3
    for node in 1 2 3; do
        start_sse "node$node" "$node"
        retry 5 grep -q '^event: ready' "$SB_STACK/sse/node$node"
    done
    commit_solve
    for node in 1 2 3; do retry 5 stream_shows_the_solve "$node"; done
    retry 5 all_told_the_same
}

@test "a competition played by SQL inserts is on all four boards" {
    setup_stack --seed small
    for board in leaderboard leaderboard/teams; do
        run -0 jq '[.entries[].solves | length] | add > 0' <(get "/api/$board")
        [[ $output == true ]]
    done
    for board in timeline timeline/teams; do
        run -0 jq '.submissions | length > 0' <(get "/api/$board")
        [[ $output == true ]]
    done
}
