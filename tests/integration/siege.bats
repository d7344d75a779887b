#!/usr/bin/env bats
#
# Load that means no good: connections that say nothing, drip, or never read, bodies without an end, and
# a holder of the publish token who does not know when to stop. What it costs a reader: make bench-siege.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/boards

setup_file() { setup_stack --seed small; }
teardown_file() { teardown_stack; }

metric() { curl -sf --unix-socket "$SB_DAEMON_SOCKETS" http://node/metrics | sed -n "s/^$1 //p"; }
descriptors() { find "/proc/$(stack pid "$1")/fd" -mindepth 1 | wc -l; } # PART
has_few_descriptors() { (($(descriptors "$1") <= $2 + 10)); }            # PART BEFORE

@test "hundreds of connections of each bad kind: every board is served, and none of them stays" {
    local daemon lighttpd worst
    daemon=$(descriptors daemon:1)
    lighttpd=$(descriptors lighttpd:1)
    run -0 "$repository/tests/lib/siege.py" --together --connections 150 "$SB_URL" "$SB_DAEMON_SOCKETS"
    worst=${output##* }
    ((${worst%.*} < 2000)) # the time of a poll; on an idle machine it is 30 ms
    retry 20 has_few_descriptors daemon:1 "$daemon"
    retry 20 has_few_descriptors lighttpd:1 "$lighttpd"
}

@test "a thousand events a second make no more rebuilds than one for each debounce, and are all seen" {
    local begin rebuilds accepted elapsed
    rebuilds=$(metric 'scoreboardd_rebuilds_total{result="stored"}')
    begin=${EPOCHREALTIME/./}
    accepted=$("$repository/tests/lib/events.py" "$SB_URL" "$SB_TOKEN" 1000 4)
    elapsed=$(((${EPOCHREALTIME/./} - begin) / 1000))
    rebuilds=$(($(metric 'scoreboardd_rebuilds_total{result="stored"}') - rebuilds))
    echo "$accepted events in $elapsed ms, $rebuilds rebuilds"
    ((accepted == 4000 && rebuilds >= 1))
    ((rebuilds <= elapsed / 300 + 1))
    no_row_is_left() { [[ $(sql 'SELECT count(*) FROM scoreboard.outbox') == 0 ]]; }
    retry 20 no_row_is_left
    assert_boards_equal_sql
}
