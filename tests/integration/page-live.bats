#!/usr/bin/env bats
#
# The page follows: what is committed shows without a reload, and whatever breaks on the way, the page
# says so and catches up.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup_file() {
    setup_stack --seed small --config stream.retry=300ms
    start_browser
}

teardown_file() {
    stop_browser
    teardown_stack
}

setup() {
    visit "$SB_URL/?board=users"
    shows "$is_live"
}

is_live='document.querySelector("#status").dataset.lamp === "live" &&
    document.querySelectorAll("#ranking .rows tr").length > 0'
one_client() { get /api/scoreboard/health | json_is ".clients == 1"; }

# Somebody new solves the first challenge, whose name is the test's; the page has him, soon.
commit_solve() { # NAME
    sql "WITH u AS (INSERT INTO users (username) VALUES ('$1') RETURNING id)
         INSERT INTO submissions (user_id, challenge_id, provided, correct)
         SELECT u.id, c.id, '', true FROM u, challenges c ORDER BY c.id LIMIT 1"
}
page_has() { # NAME [SECONDS]
    shows "[...document.querySelectorAll('#legend bdi, #ranking bdi')].some((e) => e.innerText === '$1') ||
        (document.querySelector('#search').value = '$1',
        document.querySelector('#search').dispatchEvent(new Event('input')),
        document.querySelectorAll('#ranking .rows tr').length === 1)" "${2:-15}"
}

@test "a solve that psql commits is in the page within 3 s, without a reload" {
    js 'window.stillThis = true' >/dev/null
    commit_solve quick
    page_has quick 3
    [[ $(js 'return stillThis') == true ]]
}

@test "eight tabs share one stream, and all of them follow" {
    local tab
    for tab in 2 3 4 5 6 7 8; do
        new_tab
        visit "$SB_URL/?board=users"
        shows "$is_live"
    done
    retry 5 one_client
    commit_solve shared
    for tab in 1 8; do
        to_tab "$tab"
        page_has shared
    done
    for tab in 8 7 6 5 4 3 2; do
        to_tab "$tab"
        close_tab
    done
    to_tab 1
    shows "$is_live"
}

@test "a shared worker that dies is replaced at once, in all tabs, and without locks soon" {
    local script
    new_tab
    script=$(before_pages 'delete Navigator.prototype.locks;') # the worker has them, this tab has not
    visit "$SB_URL/?board=users"
    shows "$is_live"
    end_shared_worker
    to_tab 1
    retry 5 one_client
    commit_solve replaced
    page_has replaced 3
    to_tab 2
    page_has replaced 40
    not_before_pages "$script" >/dev/null
    close_tab
    to_tab 1
}
end_shared_worker() {
    local target
    target=$(cdp Target.getTargets | jq -r '.targetInfos[] | select(.type == "shared_worker") | .targetId')
    cdp Target.closeTarget "{\"targetId\": \"$target\"}"
}

@test "without shared workers the tabs share one stream too, and another leads when the leader closes" {
    local script tab
    script=$(before_pages 'delete window.SharedWorker;')
    visit "$SB_URL/?board=users"
    shows "$is_live"
    new_tab
    before_pages 'delete window.SharedWorker;' >/dev/null
    visit "$SB_URL/?board=users"
    shows "$is_live"
    retry 5 one_client
    to_tab 1
    not_before_pages "$script" >/dev/null
    visit "$SB_URL/icon.svg"
    to_tab 2
    shows "$is_live"
    commit_solve inherited
    page_has inherited
    close_tab
    to_tab 1
}

@test "where neither shared workers nor locks are to be had, each tab has a stream of its own" {
    local script
    script=$(before_pages 'delete window.SharedWorker;
        navigator.locks.request = () => Promise.reject(new DOMException("", "SecurityError"))')
    visit "$SB_URL/?board=users"
    shows "$is_live"
    not_before_pages "$script" >/dev/null
    commit_solve alone
    page_has alone
}

@test "the daemon is killed: the page says since when it is stale, and catches up by itself" {
    stack kill daemon:1
    shows 'document.querySelector("#status").innerText.match(/Reconnecting\s+stale since \d\d:\d\d:\d\d/)'
    commit_solve patient
    stack start daemon:1
    shows "$is_live"
    page_has patient
}

@test "the web server is killed: the page keeps its boards, and catches up by itself" {
    stack kill lighttpd:1
    shows 'document.querySelector("#status").innerText.match(/Reconnecting\s+stale since/)'
    [[ $(js 'return document.querySelectorAll("#ranking .rows tr").length > 0') == true ]]
    commit_solve steadfast
    stack start lighttpd:1
    shows "$is_live"
    page_has steadfast
}

@test "the network is away: the page says so, and catches up when it is back" {
    offline true
    shows 'document.querySelector("#status").innerText.match(/Offline\s+stale since/)'
    commit_solve remote
    offline false
    shows "$is_live"
    page_has remote
}
offline() { # true|false
    cdp Network.enable >/dev/null
    cdp Network.emulateNetworkConditions \
        "{\"offline\": $1, \"latency\": 0, \"downloadThroughput\": -1, \"uploadThroughput\": -1}" \
        >/dev/null
}

@test "what changes glows and slides to its place, and stays still for those who prefer that" {
    watch_motion
    lift_last
    shows 'window.slides > 0 && window.glows > 0'
    cdp Emulation.setEmulatedMedia '{"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}'
    js 'window.slides = 0; window.glows = 0' >/dev/null
    lift_last
    shows 'window.glows > 0'
    run -0 js 'return [window.slides,
        getComputedStyle(document.querySelector("#ranking .glow") ?? document.body).animationName]'
    cdp Emulation.setEmulatedMedia '{"features": []}'
    [[ $(jq -c . <<<"$output") == '[0,"none"]' ]]
}
watch_motion() {
    js 'const animate = Element.prototype.animate;
        window.slides = window.glows = 0;
        Element.prototype.animate = function (...all) { slides += 1; return animate.apply(this, all); };
        new MutationObserver((changes) => changes.forEach(({ target }) => {
            glows += target.classList.contains("glow") }))
            .observe(document.querySelector("#ranking"), { subtree: true, attributeFilter: ["class"] })' \
        >/dev/null
}
# Whoever is fifth overtakes all.
lift_last() {
    sql "INSERT INTO awards (user_id, points) VALUES ($(get /api/leaderboard |
        jq '.entries[4].user_id'), 100000)"
}

@test "a tooltip that Escape took away stays away when the boards change" {
    js 'document.querySelector("#ranking .rows td.solved").dispatchEvent(
        new PointerEvent("pointerover", { bubbles: true }))'
    stays_away dismissed
    js 'document.querySelector("#graph").focus()'
    press "$HOME_KEY"
    stays_away "dismissed again"
}
stays_away() { # NAME FOR A SOLVE
    shows '!document.querySelector("#tooltip").hidden'
    press "$ESCAPE"
    shows 'document.querySelector("#tooltip").hidden'
    local before
    before=$(js 'return document.querySelector("#status").dataset.revision')
    commit_solve "$1"
    shows "document.querySelector('#status').dataset.revision > $before"
    [[ $(js 'return document.querySelector("#tooltip").hidden') == true ]]
}

@test "a new leader and a first blood are announced, and nothing else" {
    js 'window.said = [];
        new MutationObserver(() => said.push(document.querySelector("#announcer").textContent))
            .observe(document.querySelector("#announcer"), { childList: true, characterData: true, subtree: true })' >/dev/null
    commit_solve silent
    page_has silent
    [[ $(js 'return said.length') == 0 ]]
    sql "INSERT INTO challenges (id, title, category, points, formula)
             VALUES (700, 'final', 'Misc', 1000000, 'static');
         INSERT INTO submissions (user_id, challenge_id, provided, correct)
             SELECT id, 700, '', true FROM users WHERE username = 'silent'"
    shows 'said.join().includes("silent") && said.join().includes("final") && said.join().includes("leads")'
}

@test "a big screen shows a first blood to the whole hall" {
    look 1920 1080
    visit "$SB_URL/?view=screen&board=users"
    shows "$is_live"
    sql "INSERT INTO challenges (id, title, category, points) VALUES (701, 'encore', 'Misc', 100)"
    sql "INSERT INTO submissions (user_id, challenge_id, provided, correct)
         SELECT id, 701, '', true FROM users ORDER BY id DESC LIMIT 1"
    shows '!document.querySelector("#blood").hidden && document.querySelector("#blood").innerText.includes("encore")'
    shows 'document.querySelector("#blood").hidden'
}
