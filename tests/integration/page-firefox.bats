#!/usr/bin/env bats
#
# The page in Firefox, as far as browsers differ in it: the stream, workers, time zones, focus. What the
# page does is tested in Chromium.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup_file() {
    setup_stack --seed small --config stream.retry=300ms
    start_firefox Asia/Kathmandu # a quarter of an hour off every other zone's
    visit "$SB_URL/?board=users&lang=en"
    shows "$is_live" 60
}

teardown_file() {
    stop_browser
    teardown_stack
}

is_live='document.querySelector("#status").dataset.lamp === "live" &&
    document.querySelectorAll("#ranking .rows tr").length > 0'
clients() { get /api/scoreboard/health | jq .clients; }

# A user of this name solves the first challenge.
commit_solve() { # NAME
    sql "WITH u AS (INSERT INTO users (username) VALUES ('$1') RETURNING id)
         INSERT INTO submissions (user_id, challenge_id, provided, correct)
         SELECT u.id, c.id, '', true FROM u, challenges c ORDER BY c.id LIMIT 1"
}
page_has() { # NAME
    shows "(document.querySelector('#search').value = '$1',
        document.querySelector('#search').dispatchEvent(new Event('input')),
        document.querySelectorAll('#ranking .rows tr').length === 1)" 30
}

@test "Firefox: a solve that is committed shows in two tabs, by one stream and their workers" {
    commit_solve quick
    page_has quick
    new_tab
    visit "$SB_URL/?board=users&lang=en"
    shows "$is_live" 60
    [[ $(clients) == 1 ]]
    commit_solve shared
    page_has shared
    close_tab
    to_tab 1
    page_has shared
}

@test "Firefox: the daemon is killed: the page says so, and catches up by itself" {
    stack kill daemon:1
    shows 'document.querySelector("#status").dataset.lamp !== "live"' 30
    stack start daemon:1
    shows "$is_live" 30
    commit_solve patient
    page_has patient
}

@test "Firefox: times are the viewer's own, or UTC" {
    run -0 js 'const { clockTime } = await import("/text/text.js");
        return `${clockTime(Date.parse("2026-01-24T12:00:00Z"))} ${Intl.DateTimeFormat().resolvedOptions().timeZone}`'
    [[ $output == "17:45"*" Asia/Kathmandu" ]]
}

@test "Firefox: keys go through the table, and the cell that has the focus keeps it when the board changes" {
    js 'document.querySelector("#search").value = "";
        document.querySelector("#search").dispatchEvent(new Event("input"));
        document.querySelector("#ranking table").focus();
        window.before = document.querySelector("#size").innerText' >/dev/null
    press "$DOWN$RIGHT$RIGHT"
    shows 'document.querySelector("#tooltip").innerText.includes("points")'
    commit_solve new
    shows 'document.querySelector("#size").innerText !== before' 30
    run -0 js 'const { tagName, ariaActiveDescendantElement: cell } = document.activeElement;
        return `${tagName} ${cell.isConnected && cell.closest("tbody.rows") !== null}`'
    [[ $output == "TABLE true" ]]
}

@test "Firefox: the console has no complaint but of a connection that was lost" {
    run -0 complaints
    others=$(grep -v "/api/scoreboard/stream" <<<"$output" || true)
    echo "$others"
    [[ -z $others ]]
}
