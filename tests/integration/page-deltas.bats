#!/usr/bin/env bats
#
# A real browser, which knows RFC 9842 by itself: it is sent what differs, from the first board on, and
# always has the very text that curl gets whole.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/boards
load ../lib/browser

urls=(/api/leaderboard /api/leaderboard/teams /api/timeline /api/timeline/teams)

setup_file() {
    setup_stack --seed small --nodes 2
    start_browser
}

teardown_file() {
    stop_browser
    teardown_stack
}

setup() {
    visit "$SB_URL/api/scoreboard/health" # of the boards' origin, and fetches none itself
    for url in "${urls[@]}"; do browser_reads "$url?rev=1" no-cache >/dev/null; done
}

change() {
    local before
    before=$(revision_of 1)
    sql "INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT u.id, c.id, true FROM users u, challenges c
        WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.user_id = u.id AND s.challenge_id = c.id AND correct)
        ORDER BY md5(u.id || ' ' || c.id) LIMIT 1"
    retry 20 both_have_newer "$before"
    revision=$(revision_of 1)
}
revision_of() { get /api/scoreboard/health "$1" | jq .revision; } # NODE
both_have_newer() {                                               # REVISION
    local newer
    newer=$(revision_of 1)
    ((newer > $1)) && [[ $(revision_of 2) == "$newer" ]]
}

# Prints the SHA-256 of the text, its length, and how many bytes came for it.
browser_reads() { # URL [CACHE MODE]
    js 'const [url, cache] = arguments;
        performance.clearResourceTimings();
        const answer = await fetch(url, { cache });
        const bytes = await answer.arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const entries = () => performance.getEntriesByType("resource");
        while (entries().length === 0) await new Promise((done) => setTimeout(done, 5));
        const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
        return [hex, bytes.byteLength, entries()[0].encodedBodySize].join(" ")' "$1" "${2:-default}"
}

# It has what curl has, and few bytes came for it.
is_told() { # URL
    local digest length sent
    read -r digest length sent <<<"$(browser_reads "$@")"
    [[ $digest == "$(get "$1" | sha256sum | cut -d ' ' -f 1)" ]] && ((sent < length / 20)) && return
    echo "$1: $sent bytes came for $length" >&2
    return 1
}
all_are_told() {
    local url
    for url in "${urls[@]}"; do is_told "$url?rev=$revision" || return; done
}

@test "the first boards are dictionaries already, and each is for the next" {
    for _ in {1..6}; do
        change
        all_are_told
    done
}

@test "a revision that was skipped does no harm" {
    for _ in {1..3}; do
        change
        change
        all_are_told
    done
}

@test "nor a daemon that was restarted, nor a Redis that was emptied" {
    stack restart daemon:1
    change
    all_are_told
    redis FLUSHALL
    change
    all_are_told
}

@test "the page says how few bytes the last change cost" {
    visit "$SB_URL/?board=teams"
    shows 'document.querySelector("#status .detail").textContent.match(/^rebuilt [^,]* ago$/)'
    change
    shows 'document.querySelector("#status .detail").textContent.match(/^rebuilt .* ago, \d+B$/)'
}

@test "a browser that loads the page again is told, too: by what it saw last" {
    change
    all_are_told
    visit "$SB_URL/api/scoreboard/health"
    for url in "${urls[@]}"; do is_told "$url?rev=1" no-cache; done
    change
    visit "$SB_URL/api/scoreboard/health"
    for url in "${urls[@]}"; do is_told "$url?rev=1" no-cache; done
}
