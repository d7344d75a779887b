#!/usr/bin/env bats
#
# A viewer who has an older board is sent what differs (RFC 9842), by each node, whatever happened to
# it. Dictionaries are named, and deltas applied, by other programs than ours: openssl and zstd.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/cluster
load ../lib/http

urls=(leaderboard leaderboard/teams timeline timeline/teams)

# With some hours played by many, so that a solve is a small part of any board.
setup_file() {
    setup_cluster
    sql "INSERT INTO teams (name) SELECT 'crew ' || i FROM generate_series(1, 96) i;
        INSERT INTO users (username, team_id) SELECT 'player ' || i, 5 + i % 96 FROM generate_series(1, 400) i;
        INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
        SELECT u.id, c.id, true, timestamptz '2026-01-24 12:00Z' + (u.id * 7 + c.id * 13) % 300 * interval '1 min'
        FROM users u, challenges c WHERE (u.id + c.id) % 3 = 0"
}
teardown_file() { teardown_cluster; }

setup() { see; }

teardown() {
    free_disk 1 2 3
    show_logs_of_failure
}

# A viewer's eyes: keeps all boards of the current revision, as what was seen before any change.
see() {
    local url
    retry 20 is_whole "${nodes[@]}"
    seen=$(revision_of 1)
    for url in "${urls[@]}"; do get "/api/$url?rev=$seen" >"$(board_seen "$seen" "$url")"; done
}
board_seen() { echo "$BATS_TEST_TMPDIR/$1-${2/\//-}"; } # REVISION URL

change() {
    solve
    retry 20 is_whole "${nodes[@]}"
}

offer_of() { echo ":$(openssl dgst -sha256 -binary "$1" | base64):"; } # FILE

# Asks as a browser does that has the board of a revision.
ask_with() { # REVISION URL [NODE [REV]]
    SB_URL=$(url_of "${3:-1}") ask "/api/$2?rev=${4:-$(revision_of "${3:-1}")}" \
        -H 'Accept-Encoding: gzip, deflate, br, zstd, dcb, dcz' \
        -H "Available-Dictionary: $(offer_of "$(board_seen "$1" "$2")")"
}

# The answer is a delta, and makes of that revision's board just what a node says without any.
is_told_from() { # REVISION URL [NODE]
    ask_with "$@"
    [[ $code == 200 && $(header Content-Encoding) == dcz ]] || return
    zstd -qdcf --patch-from="$(board_seen "$1" "$2")" "$BATS_TEST_TMPDIR/body" |
        cmp - <(get "/api/$2?rev=$(revision_of "${3:-1}")" "${3:-1}")
}
all_are_told_from() { # REVISION NODE...
    local url node
    for node in "${@:2}"; do
        for url in "${urls[@]}"; do is_told_from "$1" "$url" "$node" || return; done
    done
}

is_whole_board() {
    [[ $code == 200 && $(header Content-Encoding) == gzip ]] && body | gunzip | json_is . >/dev/null
}

@test "who has the last boards, or those before, is sent what differs: by every node, byte for byte" {
    local first=$seen
    change
    all_are_told_from "$first" "${nodes[@]}"
    see
    change
    all_are_told_from "$first" 1
    all_are_told_from "$seen" "${nodes[@]}"
}

@test "who has the very boards already gets next to nothing" {
    all_are_told_from "$seen" "${nodes[@]}"
    ask_with "$seen" leaderboard
    (($(body | wc -c) < 100))
}

@test "it takes the bytes of the change" {
    change
    ask_with "$seen" leaderboard
    ((2 * $(body | wc -c) < $(get "/api/leaderboard" 1 -H 'Accept-Encoding: gzip' | wc -c)))
}

@test "who has older boards than that, or none of ours, gets the whole" {
    for _ in 1 2 3; do change; done
    ask_with "$seen" leaderboard
    is_whole_board
    see
    change
    echo >>"$(board_seen "$seen" leaderboard)"
    ask_with "$seen" leaderboard
    is_whole_board
}

@test "what is asked for and has been changed again by now is told as well" {
    change
    ask_with "$seen" leaderboard 1 1 # whichever is current
    [[ $code == 200 && $(header Content-Encoding) == dcz && $(header Cache-Control) == private,* ]]
    change
    is_told_from "$seen" leaderboard
}

@test "a node that was restarted, and one that was emptied, have the deltas of all" {
    stack restart daemon:1
    mv "$(directory_of 2)/boards" "$BATS_TEST_TMPDIR" # at once: its daemon may be writing there
    change
    all_are_told_from "$seen" "${nodes[@]}"
}

@test "after Redis was emptied, too" {
    redis FLUSHALL
    change
    see
    change
    all_are_told_from "$seen" "${nodes[@]}"
}

# Node 3 still has to fetch when the damage is done: it takes nothing of it, but builds anew.
assert_noticed_by_3() { # COMMAND of Redis
    local stored
    fill_disk 3
    solve
    retry 10 is_whole 1 2
    stored=$(stored_revision)
    redis "$@"
    free_disk 3
    assert_healed
    (($(stored_revision) > stored))
}

@test "a delta that was damaged in Redis is noticed, and made anew" {
    change # the last of the files is a delta now
    assert_noticed_by_3 EVAL "local files = redis.call('HGET', KEYS[1], 'files')
        redis.call('HSET', KEYS[1], 'files', files:sub(1, -4) .. '~~~')" 1 scoreboard:snapshot
    see
    change
    all_are_told_from "$seen" "${nodes[@]}"
}

@test "a disk that is full while deltas are written leaves the old boards" {
    local old
    old=$(revision_of 3)
    fill_disk 3
    solve
    retry 10 is_whole 1 2
    [[ $(revision_of 3) == "$old" ]]
    boards_are_served
    free_disk 3
    assert_healed
    all_are_told_from "$seen" "${nodes[@]}"
}

@test "hostile dictionaries cost nothing and reach no file" {
    local offer
    change
    for offer in '' x :: :=: ':../../../../../../../../../../../etc/passwd=:' \
        ":$(printf '%043d' 0 | tr 0 .)=:" ":$(printf '%01000d' 0)=:" ":$(printf '%%2f%.0s' {1..14})=:"; do
        ask "/api/leaderboard?rev=$(revision_of 1)" -H 'Accept-Encoding: gzip, dcz' \
            -H "Available-Dictionary: $offer"
        is_whole_board
    done
}
