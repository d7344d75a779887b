#!/usr/bin/env bats
#
# The page where its host refuses, hangs, keeps silent, or says what cannot be.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser
load ../lib/fake

setup() { start_browser; }

teardown() {
    stop_browser
    stop_fake
}

@test "a refused read is tried again, later each time, and a board is fetched once for a revision" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    shows "$is_live"
    local before begin
    before=$(count_of reads)
    begin=${EPOCHREALTIME/./}
    tell_fake "refuse?count=4"
    tell_fake "notices?count=1"
    shows "document.querySelector('#status').dataset.revision === '$(newest)'" 40
    (($(count_of refused) == 4)) # it waited 0.5, 1, 2 and 4 seconds at least
    ((${EPOCHREALTIME/./} - begin > 3400000))
    (($(count_of reads) == before + 1))
}

@test "a board that does not come is told as late, until it comes" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    shows "$is_live"
    tell_fake "refuse?count=100000&path=/api/leaderboard/teams"
    tell_fake "notices?count=1"
    shows "$is_late"
    tell_fake "refuse?count=0"
    shows "$is_live" 40
    tell_fake "hang?count=1"
    tell_fake "notices?count=1"
    shows "$is_late"
}
is_late='document.querySelector("#status").innerText.match(/Boards late, retrying\s+stale since/)'

@test "what a clock days ahead has named does not keep the page from what follows" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    tell_fake "clock?ahead=190000"
    shows 'document.querySelector("#status").dataset.revision > Date.now() + 180000000'
    tell_fake "clock?ahead=0"
    shows 'document.querySelector("#status").dataset.revision < Date.now() + 1000'
    shows "$is_live"
}

@test "a stream that ends after its time, and comes back at once, stays live; one that does not is told of" {
    start_fake
    visit "$fake_url/"
    run -0 js 'const { Status } = await import("/view/status.js");
        const status = new Status();
        const isLive = (phase, ago) => {
            status.stream = { phase, heard: ago === null ? 0 : Date.now() - ago };
            return status.isLive;
        };
        return [isLive("connecting", null), isLive("live", 16000), isLive("waiting", 500),
            isLive("connecting", 1000), isLive("waiting", 6000), isLive("live", 60000)].join(" ")'
    [[ $output == "false true true true false false" ]]
}

@test "the lamp says how late the boards are, and why" {
    start_fake
    before_pages 'Math.random = () => 0;' >/dev/null # health is asked soon
    curl -sS -X POST --data '{"late_ms": 40000, "postgres": "down"}' "$fake_url/test/health"
    visit "$fake_url/"
    shows 'document.querySelector("#status").innerText.match(/Late by \d+.\s+the database does not answer/)' 40

    # Whatever reason the daemon may give has its words; of others nothing is said.
    local reasons
    reasons=$(sed -n '/^static const char \*late_reason/,/^}/p' "$repository/daemon/pages.c" |
        grep -o '"[a-z]\+"' | jq -sc '. + ["gremlins"]')
    run -0 js 'const { Status } = await import("/view/status.js");
        const status = new Status();
        status.stream = { phase: "live", heard: Date.now() };
        status.boards = { revision: Date.now(), due: 0, skew: 0, bytes: 0 };
        return JSON.parse(arguments[0]).map((reason) => {
            status.health = { late_ms: 40_000, reason };
            return document.querySelector("#status").innerText.replaceAll(/\s+/g, " ");
        }).join("\n")' "$reasons"
    [[ $output == "Late by 40s the database does not answer
Late by 40s the server cannot write to its disk
Late by 40s Redis does not answer
Late by 40s the server is catching up
Late by 40s the boards cannot be rebuilt
Late by 40s rebuilt 0s ago" ]] || fail_with "$output"
}

@test "the clock of a cache is not taken for the server's" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    shows "$is_live"
    tell_fake "notices?count=1"
    shows_revision "$(newest)"
    shows 'document.querySelector("#status").innerText.match(/rebuilt [1-9]\d*s ago/)'
}

@test "when the network is back nobody waits for the end of a long pause" {
    start_fake
    before_pages 'Math.random = () => 0.99;' >/dev/null # pauses of 1.5, 3 and 6 seconds
    visit "$fake_url/?graph=hidden"
    shows "$rows_are_there"
    shows "$is_live"
    tell_fake "refuse?count=3"
    tell_fake "notices?count=1"
    retry 20 test_refused 3
    js 'dispatchEvent(new Event("online"))'
    shows "document.querySelector('#status').dataset.revision === '$(newest)'" 4
}
test_refused() { (($(count_of refused) == $1)); }

@test "a worker whose script does not load is replaced by one whose does" {
    start_fake
    tell_fake "lose?count=1&path=/boards/worker.js"
    visit "$fake_url/"
    shows "$rows_are_there"
}

@test "where no stream comes through the page asks every ten seconds, and says so" {
    start_fake --silent
    visit "$fake_url/"
    shows "$rows_are_there"
    shows 'document.querySelector("#status").innerText.includes("Checking every 10 s")' 30
    local before
    before=$(count_of reads)
    tell_fake "notices?count=1"
    retry 30 test_reads "$((before + 1))"
    shows 'document.querySelector("#status").innerText.includes("Checking every 10 s")'
}
test_reads() { (($(count_of reads) == $1)); }

@test "a stream that stays silent is tried again, later each time" {
    start_fake --silent
    visit "$fake_url/icon.svg"
    # A minute, in which time runs twenty times as fast.
    run -0 js 'const { now } = Date, { setTimeout, setInterval } = window, begin = now();
        Date.now = () => begin + (now() - begin) * 20;
        window.setTimeout = (what, delay) => setTimeout(what, delay / 20);
        window.setInterval = (what, delay) => setInterval(what, delay / 20);
        const { Connection } = await import("/stream/connection.js");
        new Connection("/api/scoreboard/stream", () => {});
        await new Promise((done) => window.setTimeout(done, 60_000));
        return (await (await fetch("/test/counts")).json()).streams'
    echo "$output attempts"
    ((output >= 2 && output <= 4))
}
