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
shows_revision() { shows "document.querySelector('#status').dataset.revision === '$1'" 20; }
# Fails unless both are figures: without Performance.enable there are none.
sizes() {
    cdp HeapProfiler.collectGarbage >/dev/null
    cdp HeapProfiler.collectGarbage >/dev/null # what finalizers have let go
    cdp Performance.getMetrics | jq -er '[.metrics[] | {(.name): .value}] | add |
        select((.JSHeapUsedSize > 0) and (.Nodes > 0)) | "\(.JSHeapUsedSize) \(.Nodes)"'
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
    (($(board_requests) == before + 1)) # of one tab
    close_tab
    to_tab 1
    shows_revision "$(newest)"
    (($(board_requests) == before + 2))
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

tell_board() { curl -sS --max-time 20 -X POST --data "$1" "$fake_url/test/board" >/dev/null; }

@test "frozen, over and closed are said, and what is closed opens by itself" {
    start_fake
    tell_board '{"competition": {"starts_at": "2026-02-27T18:00:00Z", "frozen": true,
        "freezes_at": "2026-02-27T20:30:00Z", "ends_at": "2100-01-01T00:00:00Z"}}'
    visit "$fake_url/?zone=utc"
    shows "$rows_are_there"
    shows 'document.querySelector("#status").innerText.match(/Frozen\s+since Feb 27, 20:30/)'
    shows 'document.querySelector("#countdown").innerText.startsWith("Ends in ")'
    shows 'document.querySelector("#notice").innerText.includes("frozen since Feb 27, 20:30:00 UTC")'
    tell_board '{"competition": {"ends_at": "2026-02-28T00:00:00Z"}}'
    shows 'document.querySelector("#status").dataset.lamp === "final" &&
        document.querySelector("#countdown").innerText === "It is over"'
    tell_fake "forbid?count=1"
    tell_fake "notices?count=1"
    shows 'document.querySelector("#notice").dataset.kind === "closed" &&
        document.querySelectorAll("#ranking .rows tr").length === 0'
    tell_fake "notices?count=1"
    shows "$rows_are_there"
    shows 'document.querySelector("#notice").hidden'
}

@test "the graph has every solve and award at its moment, and ends at the score" {
    start_fake
    tell_board '{"competition": {"starts_at": "2026-02-27T18:00:00Z", "ends_at": "2026-02-28T00:00:00Z"},
        "entries": {"1": {"solves": [
            {"challenge_id": 1, "solved_at": "1970-01-01T00:00:00Z", "is_first_blood": true},
            {"challenge_id": 2, "solved_at": "2026-02-27T19:00:07Z", "is_first_blood": true}],
            "awards": [{"points": 2000, "awarded_at": "2026-02-27T20:00:00Z"},
                {"points": -50, "awarded_at": "2036-01-01T00:00:00Z"}]}}}'
    visit "$fake_url/?graph=table&zone=utc"
    shows "$rows_are_there"
    run -0 js 'const { columnsOf } = await import("/boards/columns.js");
        const { Names } = await import("/boards/names.js");
        const { Ranking } = await import("/boards/ranking.js");
        const { History } = await import("/boards/history.js");
        const board = await (await fetch("/api/leaderboard/teams")).json();
        const ranking = new Ranking(columnsOf(board, new Names()));
        const { times, sums } = new History(ranking, Date.now()).lines([0], -Infinity, false);
        return times.map((time, at) => `${new Date(time).toISOString().slice(11, 19)} ${sums[0][at]}`).join()'
    [[ $output == "18:00:00 100,19:00:07 200,20:00:00 2200,00:00:00 2150" ]]
}

@test "what is read of a board by what has changed is what is read of the whole" {
    start_fake
    visit "$fake_url/icon.svg"
    run -0 js 'const { columnsOf } = await import("/boards/columns.js");
        const { Names } = await import("/boards/names.js");
        const { Reader } = await import("/boards/reader.js");
        const solve = (challenge_id, minute, more) => (
            { challenge_id, solved_at: `2026-02-27T18:${minute}:00Z`, is_first_blood: false, ...more });
        const team = (team_id, score, solves, more) => ({ team_id, team_name: `t${team_id}`, score, solves, ...more });
        const evil = `","solves":[{"team_id":1,]},{"team_id":2,"entries":[`;
        const challenges = [1, 2].map((id) => ({ id, title: evil, category: "c", points: 100 }));
        const first = [team(1, 200, [solve(1, 10, { is_first_blood: true }), solve(2, 20)]),
            team(12, 100, [solve(1, 10)], { team_name: evil }),
            team(2, 50, [], { division_id: 7, awards: [{ points: 50, awarded_at: "2026-02-27T18:00:00Z" }] })];
        const boards = [{ challenges, entries: first }, { challenges, entries: [] }, { challenges, entries: first },
            { challenges: [challenges[0], { ...challenges[1], points: 80 }], // one is worth less, one solves, one renames
                entries: [{ ...first[0], score: 180 }, { ...first[1], team_name: "new" },
                    { ...first[2], solves: [solve(1, 30, { points: 7 })], score: 57 }] },
            { competition: { tie: "shared" }, challenges, entries: [first[2], first[0]] }];
        const reader = new Reader();
        const told = (json) => JSON.stringify(Object.entries(columnsOf(json, new Names())), (key, value) =>
            ArrayBuffer.isView(value) ? Array.from(value, String) : value);
        const odd = (board) => JSON.stringify({ entries: board.entries.map(({ solves, ...rest }) => ({ solves, ...rest })), ...board });
        return boards.map((board) => [JSON.stringify(board), JSON.stringify(board, null, 1), odd(board)].map((text) =>
            told(reader.read(text)) === told(JSON.parse(text))).join()).join(" ")'
    [[ $output == "true,true,true true,true,true true,true,true true,true,true true,true,true" ]]
}

@test "solves of one time keep their order, first blood before all, however many bits the times take" {
    start_fake
    visit "$fake_url/icon.svg"
    run -0 js 'const { orderOf } = await import("/boards/order.js");
        const times = [5e12, 1000.5, 1000, 1000, -1e12, 1000].map(Math.trunc);
        const columns = { solveTime: Float64Array.from(times), solveWho: [0, 1, 2, 3, 4, 5],
            solveChallenge: [0, 0, 0, 1, 1, 1], firstBloods: [2, 5], challenges: [{}, {}],
            awardTime: Float64Array.of(9e12) };
        const { solveOrder, solvePlace, bloods, crowds } = orderOf(columns);
        return [solveOrder, solvePlace, bloods, crowds.map(({ start, count }) => `${start}:${count}`)].join(" ")'
    [[ $output == "4,2,5,1,3,0 3,2,1,3,1,2 2,1,0,4,5,3 -1000000000000:1,1000:4,5000000000000:1,9000000000000:1" ]]
}

@test "a dynamic challenge is worth what it was then, or what it is today" {
    start_fake
    visit "$fake_url/"
    run -0 js 'const { columnsOf } = await import("/boards/columns.js");
        const { Names } = await import("/boards/names.js");
        const { Ranking } = await import("/boards/ranking.js");
        const { History } = await import("/boards/history.js");
        const { valueOf } = await import("/boards/worth.js");
        const solve = (id, minute) => ({ challenge_id: id, solved_at: `2026-02-27T18:0${minute}:00Z`, is_first_blood: false });
        const historyOf = (entries, users) => {
            const ranking = new Ranking(columnsOf({
                challenges: [{ id: 1, title: "falls", category: "c", points: 100,
                    initial_points: 500, minimum_points: 100, decay: 2, solvers: 2 },
                    { id: 2, title: "stays", category: "c", points: 300 }],
                competition: { starts_at: "2026-02-27T18:00:00Z", ends_at: "2026-02-27T19:00:00Z" },
                entries: entries.map((entry) => ({ score: 0, ...entry })) }, new Names()));
            return { ranking, history: new History(ranking, Date.now(), users) };
        };
        const told = [];
        const { history } = historyOf([{ team_id: 2, team_name: "b", solves: [solve(2, 2), solve(1, 3)] },
            { team_id: 1, team_name: "a", solves: [solve(1, 1)] }], null);
        for (const then of [true, false]) {
            const ranks = history.ranks(1, then).map(({ time, rank }) => `${rank} at ${new Date(time).getUTCMinutes()}`);
            told.push(`${history.lines([0, 1], -Infinity, then).sums.join(" | ")}: ${ranks}`);
        }
        // Where some compete alone, the board of users counts the competitors.
        const { ranking: users } = historyOf([{ user_id: 1, username: "ann", team_id: 7, solves: [solve(1, 1)] },
            { user_id: 2, username: "bob", team_id: 7, solves: [solve(1, 2)] },
            { user_id: 3, username: "eve", solves: [solve(1, 3)] }], null);
        const teams = [{ team_id: 7, team_name: "a", solves: [solve(1, 1)] }];
        told.push(historyOf(teams, null).history.worth.isKnown);
        told.push(historyOf(teams, users).history.lines([0], -Infinity, true).sums[0].join());
        // As tests/unit/lib/board/scoring_test.c has it.
        const usual = { initial: 500, minimum: 100, decay: 50 };
        told.push([0, 1, 2, 3, 4, 5, 48, 49, 50, 51].map((solvers) => valueOf(usual, solvers)).join());
        const most = 2 ** 31 - 1;
        told.push(valueOf({ initial: most, minimum: -(2 ** 31), decay: most }, most - 1) + 2 ** 31);
        return told.join("\n")'
    [[ $output == "0,0,300,400,400 | 0,400,400,100,100: 1 at 0,2 at 3
0,0,300,400,400 | 0,100,100,100,100: 1 at 0,2 at 2
false
0,400,100,100
500,500,500,499,498,496,132,116,100,100
4" ]]
}

@test "the organiser's file makes the page his own, field by field, and an open page follows it" {
    start_fake
    before_pages '{ const { setTimeout } = window; // a minute is a second
        window.setTimeout = (what, delay) => setTimeout(what, delay > 20_000 ? delay / 60 : delay) }' >/dev/null
    tell_file organiser.json <"$repository/docs/organiser.md" # which is no JSON
    tell_file logo.svg <"$repository/web/icon.svg"
    visit "$fake_url/"
    shows 'document.title === "Scoreboard" && document.querySelectorAll("#ranking .rows tr").length > 0'
    complaints | grep -F 'organiser.json: '
    sed -n '/^```json/,/^```/p' "$repository/docs/organiser.md" | grep -v '^```' | tell_file organiser.json
    shows 'document.title === "Example CTF 2026" && document.documentElement.lang === "fr"'
    shows 'document.querySelector("h1").innerText === "Example CTF 2026" && document.querySelector("#logo").naturalWidth > 0'
    shows 'document.querySelector("[data-setting=board] [value=users]").ariaPressed === "true"'
    run -0 js 'const accent = getComputedStyle(document.querySelector(".lamp"), null);
        return [document.querySelector("#sponsors").innerText.slice(0, 13),
            [...document.querySelectorAll("#links a")].map(({ href, innerText }) => `${innerText} ${href}`).join(),
            getComputedStyle(document.documentElement).getPropertyValue("--solve")].join("|")'
    [[ $output == "Made possible|Rules https://ctf.example/rules,Chat https://chat.example/|light-dark(#7a1fa2, #d08cf0)" ]]
    [[ -z $(complaints) ]]

    tell_file organiser.json <<'END'
{"name": "<img src=x onerror=alert(1)> \u202eturned", "logo": "https://other.example/logo.svg", "sponsors": 7, "what": 1,
 "links": [{"text": "bad", "url": "javascript:alert(1)"}, {"text": "good", "url": "/rules"}, "none"],
 "colours": {"ink": "red; background: url(//other.example)", "accent": "#0a0"}, "language": "tlh", "board": "teams"}
END
    shows 'document.querySelector("h1").textContent === "<img src=x onerror=alert(1)> turned"' # and no other language
    shows 'document.querySelector("[data-setting=board] [value=teams]").ariaPressed === "true"'
    run -0 js 'const { style } = document.documentElement;
        return [document.querySelector("#logo").hidden, document.querySelectorAll("h1 img").length,
            document.querySelector("#links").innerText, document.querySelector("#sponsors").textContent,
            style.getPropertyValue("--ink"), style.getPropertyValue("--solve")].join()'
    [[ $output == "true,0,good,,,light-dark(#0a0, #0a0)" ]]
    run -0 complaints
    local field
    for field in logo: sponsors: "what: is not known" links.0.url: colours.ink: language:; do
        [[ $output == *"organiser.json: $field"* ]] || fail_with "nothing of $field: $output"
    done
}
tell_file() { curl -sS --max-time 20 -X POST --data-binary @- "$fake_url/test/file?path=/$1" >/dev/null; } # PATH <CONTENT
fail_with() {
    echo "$1" >&2
    return 1
}

@test "a division is chosen in the head, kept in the address, and given up when it is no more" {
    start_fake
    tell_board '{"divisions": [{"id": 7, "name": "students"}], "entries": {"5": {"division_id": 7}}}'
    visit "$fake_url/"
    shows "$rows_are_there"
    js 'const select = document.querySelector("#division");
        select.value = "7";
        select.dispatchEvent(new Event("change"))'
    shows 'document.querySelectorAll("#ranking .rows tr").length === 1 && location.search === "?division=7"'
    visit "$fake_url/?division=8"
    shows 'document.querySelectorAll("#ranking .rows tr").length > 1 && location.search === ""'
}

@test "a row opens into its story, whose address can be shared, and a challenge into its own" {
    start_fake
    visit "$fake_url/"
    shows "$rows_are_there"
    js 'document.querySelector("#ranking .rows .open").click()'
    shows 'document.querySelector("#story").open && location.hash.startsWith("#team-")'
    shows 'document.querySelectorAll("#story .gains li").length === 12'
    visit "$fake_url/?again#challenge-3"
    shows 'document.querySelector("#story-title").innerText === "challenge 3"'
    shows 'document.querySelector("#story .gains li.blood-1 + li.blood-2 + li.blood-3")'
    press "$ESCAPE"
    shows '!document.querySelector("#story").open && location.hash === ""'
}

@test "twins are told apart, and search finds what anyone would type" {
    start_fake
    visit "$fake_url/"
    run -0 js 'const { Names, searchable } = await import("/boards/names.js");
        const { newNames } = new Names().news([[1, "ab"], [2, "a\u200bb"], [3, "a b"], [4, "a\u00a0\u2003b"], [5, "c"]]);
        const same = [["İstanbul", "istanbul"], ["STRASSE", "straße"], ["ＡＢ", "ab"], ["カキ", "かき"],
            ["Łódź", "lodz"], ["ΣΊΣΥΦΟΣ", "σισυφοσ"], ["Ísland", "island"]];
        return newNames.join("|") + " " + same.every(([a, b]) => searchable(a) === searchable(b))'
    [[ $output == "ab #1|ab #2|a b #3|a b #4|c true" ]]
}

@test "ids beyond JavaScript's numbers do not become one" {
    start_fake
    visit "$fake_url/"
    run -0 js 'const { numbersKept } = await import("/boards/numbers.js");
        const { a, name } = numbersKept(`{"a":[{"team_id":9007199254740993},{"team_id":9007199254740992}],
            "name":"\\"id\\":9007199254740993"}`);
        return [a[0].team_id !== a[1].team_id, name].join()'
    [[ $output == 'true,"id":9007199254740993' ]]
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
