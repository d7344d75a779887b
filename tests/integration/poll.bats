#!/usr/bin/env bats
#
# Changes that nobody announces, as of platforms that only write SQL, are found by looking: often while
# a competition is played, and seldom while none is.
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() {
    setup_stack --config rebuild.poll_interval=10s --config rebuild.debounce=10ms --config rebuild.pace=0
}
teardown_file() { teardown_stack; }

revision() { get /api/scoreboard/health | jq .revision; }
is_after() { (($(revision) > $1)); } # REVISION

@test "ten changes, each made when the one before is on the boards, take no ten looks of a quiet time" {
    local before
    retry 20 is_after 0
    SECONDS=0
    for i in {1..10}; do
        before=$(revision)
        sql "INSERT INTO users (username) VALUES ('user $i')"
        retry 30 is_after "$before"
    done
    ((SECONDS < 50)) # 10 s for each otherwise
}
