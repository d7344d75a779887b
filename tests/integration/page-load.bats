#!/usr/bin/env bats
#
# The page under load: ten thousand teams, a week of notices, a tab that nobody looks at.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser
load ../lib/fake

setup() { start_browser; }

# The browser first: it keeps streams of pages that one could go back to, and a web server that is
# stopped waits for them.
teardown() {
    stop_browser
    stop_fake
    [[ -z ${SB_STACK:-} ]] || teardown_stack
}

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
    cdp Performance.enable >/dev/null
    run -0 sizes
    read -r heap nodes <<<"$output"
    tell_fake "notices?count=4000"
    retry 150 has_read_often
    settle
    run -0 sizes
    echo "$heap bytes and $nodes nodes before, $output after, $(count_of reads) reads"
    ((${output% *} < heap + 1000000 && ${output#* } < nodes + 1000))
}
# A busy machine reads less often while they come: it gets some more.
has_read_often() { (($(count_of reads) > 60)) || ! tell_fake "notices?count=20"; }
# Everything fetched that was told.
settle() {
    shows_revision "$(newest)"
}
# Fails unless both are figures: without Performance.enable there are none.
sizes() {
    cdp HeapProfiler.collectGarbage >/dev/null
    cdp HeapProfiler.collectGarbage >/dev/null # what finalizers have let go
    cdp Performance.getMetrics | jq -er '[.metrics[] | {(.name): .value}] | add |
        select((.JSHeapUsedSize > 0) and (.Nodes > 0)) | "\(.JSHeapUsedSize) \(.Nodes)"'
}

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
    (($(board_requests) == before + 1)) # of one tab
    close_tab
    to_tab 1
    shows_revision "$(newest)"
    (($(board_requests) == before + 2))
}
board_requests() { curl -sS "$fake_url/test/counts" | jq '.reads + .notModified'; }

@test "paper says of when it is and, of very many rows, that it has the first thousand; the screen does not" {
    start_fake --competitors 1200
    visit "$fake_url/?zone=utc"
    shows "$rows_are_there"
    run -0 js 'const words = () => document.querySelector("#ranking .rest").textContent +
            (/^\s*as of .* UTC$/.test(document.querySelector("#status").textContent) ? " As of." : "");
        dispatchEvent(new Event("beforeprint"));
        const printed = words();
        dispatchEvent(new Event("afterprint"));
        return `${printed}|${words()}`'
    [[ $output == "The first 1,000 of 1,200. As of.|" ]]
}
