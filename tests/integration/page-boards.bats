#!/usr/bin/env bats
#
# What the page makes of a board: its words, its times, its values, and the organiser's own.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser
load ../lib/fake

setup_file() { start_browser; }
teardown_file() { stop_browser; }
teardown() { stop_fake; }

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
    local hurry
    start_fake
    hurry=$(before_pages '{ const { setTimeout } = window; // a minute is a second
        window.setTimeout = (what, delay) => setTimeout(what, delay > 20_000 ? delay / 60 : delay) }')
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
    not_before_pages "$hurry" >/dev/null
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
