#!/usr/bin/env bats
#
# The page under load: ten thousand teams, a week of notices, and a host that refuses or keeps silent.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup() { start_browser; }

# The browser first: it keeps streams of pages that one could go back to, and a web server that is
# stopped waits for them.
teardown() {
    stop_browser
    [[ -z ${fake_pid:-} ]] || kill "$fake_pid"
    [[ -z ${SB_STACK:-} ]] || teardown_stack
}

rows_are_there='document.querySelectorAll("#ranking .rows tr").length > 0'
is_live='document.querySelector("#status").dataset.lamp === "live"'

# A host that does what the test says; sets fake_url.
start_fake() { # [OPTIONS]
    python3 "$repository/tests/lib/fake-boards.py" "$repository/web" "$@" \
        >"$BATS_TEST_TMPDIR/url" 3>&- &
    fake_pid=$!
    retry 10 test -s "$BATS_TEST_TMPDIR/url"
    fake_url=$(<"$BATS_TEST_TMPDIR/url")
}
tell_fake() { curl -sS --max-time 120 -X POST "$fake_url/test/$1" >/dev/null; }
count_of() { curl -sS "$fake_url/test/counts" | jq ".$1"; }

# CPU time of the page's thread, in milliseconds: what other processes do does not count.
page_time() {
    cdp Performance.getMetrics | jq '.metrics[] | select(.name == "TaskDuration") | .value * 1000 | floor'
}
use_cpu_time() {
    cdp Performance.disable >/dev/null
    cdp Performance.enable '{"timeDomain": "threadTicks"}' >/dev/null
}

@test "ten thousand teams: painted at once, scrolled in less than 50 ms a frame, in few elements" {
    setup_stack
    sql "INSERT INTO teams (id, name) SELECT i, 'team ' || i FROM generate_series(1, 10000) i;
        INSERT INTO users (id, username, team_id)
            SELECT i, 'user ' || i, i FROM generate_series(1, 10000) i;
        INSERT INTO challenges (id, title, category, points)
            SELECT i, 'challenge ' || i, (ARRAY['Pwn', 'Web', 'Crypto', 'Rev', 'Misc'])[1 + i % 5], 500
            FROM generate_series(1, 30) i;
        INSERT INTO submissions (user_id, challenge_id, provided, correct, submitted_at)
            SELECT u, 1 + (u * 7 + k * 11) % 30, '', true,
                now() - interval '20 hours' + (u % 7000 + k * 9000) * interval '1 second'
            FROM generate_series(1, 10000) u, generate_series(0, 7) k WHERE k <= u % 8"
    retry 20 has_large_board
    look 1366 768
    use_cpu_time
    visit "$SB_URL/?board=teams"
    shows "$rows_are_there"
    [[ $(js 'return document.querySelector("#ranking table").ariaRowCount') == 10002 ]]
    shows 'document.querySelector("#graph canvas")'
    echo "$(page_time) ms until the first rows and lines"
    (($(page_time) < 2000))

    local before frames=100 time
    before=$(page_time)
    js 'const scroller = document.querySelector("#ranking");
        window.most = 0;
        for (let frame = 0; frame < Number(arguments[0]); frame++) {
            scroller.scrollTop += 200;
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll("*").length);
        }' "$frames" >/dev/null
    time=$((($(page_time) - before) / frames))
    echo "$time ms a frame, $(js 'return most') elements"
    ((time < 50))
    (($(js 'return most') < 3000))
    js 'document.querySelector("#ranking").scrollTop = 1e9' >/dev/null
    shows 'document.querySelector("#ranking .rows tr:last-child").ariaRowIndex === "10002"'
}
has_large_board() { [[ $(get /api/leaderboard/teams | wc -c) -gt 3500000 ]]; }

@test "a week of 5,000 notices leaves heap and document as large as they were" {
    start_fake
    look 1920 1080
    before_pages 'Math.random = () => 0;' >/dev/null # boards are fetched at once, as often as can be
    visit "$fake_url/?view=screen"
    shows "$rows_are_there"
    shows 'document.querySelector("#graph canvas")'
    tell_fake "notices?count=1000"
    settle
    local heap nodes
    read -r heap nodes < <(sizes)
    tell_fake "notices?count=4000"
    settle
    run -0 sizes
    echo "$heap bytes and $nodes nodes before, $output after, $(count_of reads) reads"
    (($(count_of reads) > 100))
    ((${output% *} < heap + 1000000 && ${output#* } < nodes + 1000))
}
# Everything fetched that was told.
settle() {
    shows_revision "$(newest)"
}
shows_revision() { shows "document.querySelector('#status').dataset.revision === '$1'" 20; }
sizes() {
    cdp HeapProfiler.collectGarbage >/dev/null
    cdp HeapProfiler.collectGarbage >/dev/null # what finalizers have let go
    cdp Performance.getMetrics | jq -r '[.metrics[] | {(.name): .value}] | add |
        "\(.JSHeapUsedSize) \(.Nodes)"'
}

newest() { curl -sS "$fake_url/api/scoreboard/health" | jq .revision; }

@test "what is pressed far down the ranking stays there, and a flag pins whom it stands beside" {
    start_fake
    look 1366 768
    visit "$fake_url/"
    shows "$rows_are_there"
    js 'document.querySelector("#ranking").scrollTop = 1300' >/dev/null
    local row='[...document.querySelectorAll("#ranking .rows tr")].find((row) => row.ariaRowIndex === "44")'
    shows "$row"
    js "const row = $row;
        window.name = row.querySelector('bdi').innerText;
        row.querySelector('.pin').click()"
    shows 'document.querySelector("#ranking .pinned bdi").innerText === window.name'
    local before
    before=$(scrolled)
    js 'document.activeElement.blur()'
    click_at "$row.cells[2]"
    shows "$row.cells[2].id === 'active-cell'"
    [[ $(scrolled) == "$before" ]]
}
scrolled() { js 'return document.querySelector("#ranking").scrollTop'; }

@test "a page in the background fetches nothing, and is up to date when it is looked at" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    new_tab
    visit "$fake_url/"
    shows "$rows_are_there"
    local before
    before=$(board_requests)
    tell_fake "notices?count=1"
    shows_revision "$(newest)"
    (($(board_requests) == before + 2)) # the ranking and the progress, of one tab
    close_tab
    to_tab 1
    shows_revision "$(newest)"
    (($(board_requests) == before + 4))
}
board_requests() { curl -sS "$fake_url/test/counts" | jq '.reads + .notModified'; }

@test "a refused read is tried again, later each time, and a board is fetched once for a revision" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    shows "$is_live"
    local before begin
    before=$(count_of reads)
    begin=${EPOCHREALTIME/./}
    tell_fake "refuse?count=8"
    tell_fake "notices?count=1"
    shows "document.querySelector('#status').dataset.revision === '$(newest)'" 40
    (($(count_of refused) == 8)) # of two boards: one of them waited 0.5, 1 and 2 seconds at least
    ((${EPOCHREALTIME/./} - begin > 3400000))
    (($(count_of reads) == before + 2))
}

@test "a board that does not come is told as late, whatever the others do, and only while it is on screen" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    shows "$is_live"
    tell_fake "refuse?count=100000&path=/api/timeline/teams"
    retry 20 is_late_at_next_notice # each of which brings a ranking
    js 'document.querySelector("[data-setting=graph] [value=hidden]").click()'
    shows "$is_live"
    tell_fake "hang?count=1"
    tell_fake "notices?count=1"
    shows "$is_late"
}
is_late='document.querySelector("#status").innerText.match(/Boards late, retrying\s+stale since/)'
is_late_at_next_notice() {
    tell_fake "notices?count=1"
    is_true "$is_late"
}

@test "of very many rows paper has the first thousand and says so, and the screen says nothing" {
    start_fake --competitors 1200
    visit "$fake_url/"
    shows "$rows_are_there"
    run -0 js 'const words = () => document.querySelector("#ranking .rest").textContent;
        dispatchEvent(new Event("beforeprint"));
        const printed = words();
        dispatchEvent(new Event("afterprint"));
        return `${printed}|${words()}`'
    [[ $output == "The first 1,000 of 1,200.|" ]]
}

@test "a timeline that has not come yet is not told as empty" {
    start_fake
    tell_fake "hang?count=1&path=/api/timeline/teams"
    visit "$fake_url/"
    shows "$rows_are_there"
    [[ $(js 'return document.querySelector("#progress-empty").innerText') == "Loading the board" ]]
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
    retry 30 test_reads "$((before + 2))"
    shows 'document.querySelector("#status").innerText.includes("Checking every 10 s")'
}
test_reads() { (($(count_of reads) == $1)); }

@test "a stream that stays silent is tried again, later each time" {
    start_fake --silent
    visit "$fake_url/icon.svg"
    # A minute, in which time runs twenty times as fast.
    js 'const { now } = Date, { setTimeout, setInterval } = window, begin = now();
        Date.now = () => begin + (now() - begin) * 20;
        window.setTimeout = (what, delay) => setTimeout(what, delay / 20);
        window.setInterval = (what, delay) => setInterval(what, delay / 20);
        const { Connection } = await import("/stream/connection.js");
        new Connection("/api/scoreboard/stream", () => {});
        await new Promise((done) => window.setTimeout(done, 60_000))'
    echo "$(count_of streams) attempts"
    (($(count_of streams) >= 2 && $(count_of streams) <= 4))
}
