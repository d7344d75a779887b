#!/usr/bin/env bats
#
# The page, in a real browser: what it shows, in which size, language and light, and to whom.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # JavaScript's variables; what others source or set
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup_file() {
    setup_stack --seed small
    add_hostile_teams
    start_browser
}

teardown_file() {
    stop_browser
    teardown_stack
}

mapfile -t languages < <(basename -s .js "$repository"/web/text/??.js)

# Each test begins as a viewer who comes for the first time, with a laptop.
setup() {
    look 1366 768
    visit "$SB_URL/icon.svg"
    js 'localStorage.clear()' >/dev/null
    complaints >/dev/null
}

# Names that would like to be markup, to turn the page round, to be unseen, to grow for ever; on top
# of the table, where they would do the most harm.
add_hostile_teams() {
    sql "WITH t AS (INSERT INTO teams (name) VALUES
             ('<script>document.title = 1</script><img src=x onerror=alert(1)>'),
             (E'\u202Egnp.exe \u2067turned'),
             (E'\u200B\u2060\u3164'),
             ('z' || repeat(E'\u0301\u0489', 5000) || 'algo'),
             (repeat('W', 400)) RETURNING id)
         INSERT INTO awards (team_id, points) SELECT id, 90000 - id FROM t"
    retry 10 boards_have_teams 13
}
boards_have_teams() { get /api/leaderboard/teams | json_is ".entries | length == $1"; }

open_page() { # [QUERY]
    visit "$SB_URL/${1:-}"
    shows 'document.querySelectorAll("#ranking .rows tr").length > 0'
}

# What is wider than its place: the page itself, a control, a heading, or a row's own cells.
overflowing='
    const wide = [...document.querySelectorAll("button, h1, h2, summary, select, thead .rank, .status, .name, .score")]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
            const box = element.getBoundingClientRect();
            const scrolls = element.closest(".scroller, .legend");
            return element.scrollWidth > element.clientWidth + 1 && !element.matches(".status, .name")
                || element.scrollHeight > element.clientHeight + 2 && element.matches(".name, .score")
                || !scrolls && (box.left < 0 || box.right > innerWidth + 1);
        })
        .map((element) => element.className + ": " + element.textContent.slice(0, 40));
    if (document.documentElement.scrollWidth > innerWidth) wide.push("the page");
    return wide;'

@test "shows rank, name, score and solves of the teams as the board has them, and of the users" {
    open_page "?board=teams"
    run -0 js 'const cells = [...document.querySelectorAll("#ranking .rows tr")[5].cells];
        return [cells[0].querySelector(".plot").innerText, cells[1].querySelector("bdi").innerText, cells[2].innerText.replace(",", ""),
            cells.filter((cell) => cell.matches(".solved")).length]'
    [[ $(jq -c . <<<"$output") == "$(get /api/leaderboard/teams | jq -c '.entries[5] |
        ["6", .team_name, (.score | tostring), (.solves | length)]')" ]]
    js 'document.querySelector("[data-setting=board] [value=users]").click()'
    shows 'document.querySelectorAll("#ranking .rows tr")[0].innerText.includes(
        "'"$(get /api/leaderboard | jq -r '.entries[0].username')"'")'
}

@test "complains of nothing: no script, style or connection is against the policy" {
    open_page
    shows 'document.querySelector("#graph canvas")'
    run -0 complaints
    [[ -z $output ]]
    run -0 curl -sI "$SB_URL/"
    [[ $output == *"Content-Security-Policy: default-src 'none'; script-src 'self';"* ]]
}

@test "a first blood differs from a solve by its shape, and the tooltip tells both times" {
    open_page "?board=users"
    js 'const cell = document.querySelector("#ranking .rows td.first");
        cell.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}))'
    shows 'document.querySelector("#tooltip").innerText.match(/first blood Jan 24, \d\d:\d\d:\d\d/)'
    js 'document.querySelector("#ranking .rows td.solved:not(.first, .second, .third)").click()'
    shows 'document.querySelector("#tooltip").innerText.match(/solved Jan 24, \d\d:\d\d:\d\d/)'
    run -0 js 'return getComputedStyle(document.querySelector("#ranking .rows td.first")).backgroundImage'
    [[ $output == *drop.svg* ]]
}

@test "a tie says who reached the score first, and when" {
    sql "INSERT INTO challenges (id, title, category, points, formula)
             VALUES (900, 'tie', 'Misc', 20000, 'static');
         INSERT INTO teams (id, name) VALUES (901, 'early'), (902, 'late');
         INSERT INTO users (id, username, team_id) VALUES (901, 'e', 901), (902, 'l', 902);
         INSERT INTO submissions (user_id, challenge_id, provided, correct, submitted_at)
             VALUES (901, 900, '', true, '2026-01-25 08:03:10Z'),
                    (902, 900, '', true, '2026-01-25 08:03:50Z')"
    retry 10 boards_have_teams 15
    open_page "?zone=utc"
    run -0 js 'return [...document.querySelectorAll("#ranking .tie")].map((tie) => tie.innerText)
        .filter((text) => text.includes("20,000")).join("; ")'
    [[ $output == "reached 20,000 at Jan 25, 08:03:10; reached 20,000 at Jan 25, 08:03:50" ]]
}

@test "each kind of tie says why it stands, and what did not count for it" {
    visit "$SB_URL/icon.svg?zone=utc"
    run -0 js 'const { columnsOf } = await import("/boards/columns.js");
        const { Names } = await import("/boards/names.js");
        const { Ranking } = await import("/boards/ranking.js");
        const { tieLines } = await import("/view/row.js");
        const solve = (challenge_id, minute) => (
            { challenge_id, solved_at: `2026-01-24T12:${minute}:00Z`, is_first_blood: false });
        const said = (tie, kind, ...solves) => {
            const json = { competition: { tie }, challenges: [{ id: 1, title: "pwn", category: "Pwn", points: 100 },
                    { id: 2, title: "survey", category: "Misc", points: 50, breaks_ties: false }],
                entries: solves.map((own, at) => ({ team_id: at, team_name: `t${at}`, solves: own,
                    score: own.reduce((sum, { challenge_id }) => sum + 100 / challenge_id, 0) })) };
            const ranking = new Ranking(columnsOf(json, new Names()), new Map(), kind);
            return `${[0, 1].map((place) => `${ranking.rank(place)} ${tieLines(ranking, place).join(", ")}`).join("; ")}`
                .replace(/[\u2068\u2069]/g, "");
        };
        const both = [solve(1, 10)];
        return [said("shared", "teams", both, both), said("platform", "teams", both, both),
            said("reference", "teams", both, both), said("reference", "users", both, both),
            said(undefined, "teams", [solve(1, 10), solve(2, 50)], [solve(1, 20), solve(2, 15)]),
            said(undefined, "teams", [solve(2, 10)], [solve(2, 20)]),
            said(undefined, "teams", [solve(1, 20)], [solve(1, 10)])].join("\n")'
    [[ $output == "1 shared rank; 1 shared rank
1 equal: as the platform orders; 2 equal: as the platform orders
1 equal: by name; 2 equal: by name
1 equal: by number; 2 equal: by number
1 reached 150 at Jan 24, 12:10, survey does not break ties; 2 reached 150 at Jan 24, 12:20
1 equal: nothing that breaks ties, survey does not break ties; 1 equal: nothing that breaks ties, survey does not break ties
1 ; 2 " ]] || fail_with "$output"
}

@test "hostile names are text, keep to their row, and do not turn it round" {
    open_page "?board=teams"
    run -0 js 'return document.title + " " + document.querySelectorAll("#ranking script, #ranking img").length'
    [[ $output == "Scoreboard 0" ]]
    run -0 js 'return [...document.querySelectorAll("#ranking .rows bdi")].slice(0, 5).map((name) => {
        const row = name.closest("tr").getBoundingClientRect(), box = name.getBoundingClientRect();
        return [name.textContent.length <= 82, name.textContent.trim() !== "",
            /[\u202a-\u202e\u2066-\u2069\u200b]/.test(name.textContent),
            box.right <= row.right && box.bottom <= row.bottom + 1].join() }).join(" ")'
    [[ $output == "true,true,false,true true,true,false,true true,true,false,true true,true,false,true true,true,false,true" ]]
    run -0 js "$overflowing"
    [[ $output == "[]" ]]
}

@test "a name that its row cuts short is whole in the tooltip" {
    open_page "?board=teams"
    js 'const name = [...document.querySelectorAll("#ranking .rows .name")].find(
            (name) => name.textContent.startsWith("WWW"));
        name.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }))'
    run -0 js 'const { textContent, scrollWidth, clientWidth } = document.querySelector("#tooltip strong");
        return [textContent.length, scrollWidth <= clientWidth]'
    [[ $(jq -c . <<<"$output") == "[81,true]" ]]
}

@test "fits phone, laptop and projector, dark and light, in each language, of which nothing is English" {
    local size
    for size in "360 740" "1366 768" "1920 1080"; do
        fits "$size" en light
        fits "$size" en dark
        ! cmp -s "$BATS_TEST_TMPDIR"/{dark,light}.png || fail_with "dark is as light: $size"
    done
    for lang in "${languages[@]}"; do
        fits "360 740" "$lang" light
        look 700 740
        nothing_overflows "$lang, 700 pixels wide"
        is_not_english "$lang"
    done
}
fits() { # SIZE LANGUAGE LIGHT
    # shellcheck disable=SC2086  # two words
    look $1 "$3"
    open_page "?lang=$2"
    screenshot "$BATS_TEST_TMPDIR/$3.png"
    js 'document.querySelector("#ranking .rows .open").click()' >/dev/null
    shows 'document.querySelector("#story").open'
    nothing_overflows "$*, with a story"
    js 'document.querySelector("#story .close").click();
        document.querySelector("[data-setting=panel] [value=progress]").click()' >/dev/null
    nothing_overflows "$*, its progress"
    js 'document.querySelector("[data-setting=panel] [value=ranking]").click();
        document.querySelector("details.menu").open = true' >/dev/null
    nothing_overflows "$*, with its settings"
}
nothing_overflows() { # WHERE
    run -0 js "$overflowing"
    [[ $output == "[]" ]] || fail_with "$1: $output"
}
# Whatever the page says, and tells by labels, that stands in the English words alone.
is_not_english() { # LANGUAGE
    run -0 js 'const wordsOf = async (lang) => Object.values((await import(`/text/${lang}.js`)).words);
        const own = await wordsOf(arguments[0]);
        const english = (await wordsOf("en")).filter((word) => !own.includes(word));
        const shown = [...document.querySelectorAll("body *")].flatMap((element) => [
            element.ariaLabel, element.title, element.placeholder,
            ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data)]);
        return arguments[0] === "en" ? [] : shown.filter((word) => english.includes(word))' "$1"
    [[ $output == "[]" ]] || fail_with "$1: $output"
}

@test "a narrow window has a mark for each solve by category, a wide one a column for each challenge" {
    look 360 740
    open_page "?board=users"
    shows '!document.querySelector(".rows td.challenge") && document.querySelectorAll(".rows tr")[0]
        .querySelectorAll("td.category.marks").length === 6'
    look 1366 768
    shows 'document.querySelectorAll(".rows tr")[0].querySelectorAll("td.challenge").length >= 12'
}

@test "speaks the viewer's language, of which nothing lacks or is left in English" {
    open_page "?lang=ko"
    shows 'document.documentElement.lang === "ko" && document.title === "스코어보드" &&
        document.querySelector("h1").innerText === "스코어보드"'
    run -0 js 'const { words: english } = await import("/text/en.js");
        const all = (entry) => typeof entry === "string" ? [entry] : Object.values(entry);
        const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();
        const alike = ["UTC", "Live", "Scoreboard", "Team", "Teams", "Score", "{count} point", "{count} points"];
        const hasWords = (text) => /[a-z]{2}/i.test(text.replace(/\{\w+\}/g, ""));
        const wrong = [];
        for (const lang of arguments[0].split(" ")) {
            if (!document.querySelector(`[data-setting=lang] option[value="${lang}"]`)) wrong.push(`${lang}: no choice`);
            if (lang === "en") continue;
            const { words } = await import(`/text/${lang}.js`);
            const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
            if (Object.keys(words).join() !== Object.keys(english).join()) wrong.push(`${lang}: its keys`);
            for (const [key, entry] of Object.entries(words)) {
                const [of] = all(english[key]);
                if (all(entry).some((text) => holes(text) !== holes(of))) wrong.push(`${lang} ${key}: its holes`);
                if (all(entry).some((text) => !alike.includes(text) && hasWords(text) && all(english[key]).includes(text)))
                    wrong.push(`${lang} ${key}: English`);
                if (typeof english[key] === "object" && forms.includes("one") && !(entry.one && entry.other))
                    wrong.push(`${lang} ${key}: one form`);
            }
        }
        return wrong' "${languages[*]}"
    [[ $output == "[]" ]] || fail_with "$output"
}

@test "what is loaded besides the boards has less than 150 KB gzipped" {
    local url bytes=0
    open_page "?lang=fr"
    while read -r url; do
        ((bytes += $(curl -sS "$url" | gzip -9 | wc -c)))
    done < <(js 'return [location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)
        .filter((name) => !name.includes("/api/"))].join("\n")')
    echo "$bytes bytes"
    ((bytes > 50000 && bytes < 150000))
}

@test "axe finds nothing serious, on the page, the table, the big screen and in the frame" {
    local query
    for query in "?theme=light" "?theme=dark" "?graph=table" "?view=screen" "?view=embed"; do
        open_page "$query"
        assert_accessible
    done
}

@test "by keyboard alone one reads a cell, pins oneself, picks a line and opens a category" {
    open_page "?board=users"
    js 'document.querySelector("#ranking table").focus()'
    press "$DOWN$RIGHT$RIGHT"
    shows 'document.querySelector("#tooltip").innerText.includes("points")'
    press "$ESCAPE"
    shows 'document.querySelector("#tooltip").hidden'
    press "$LEFT$LEFT$ENTER"
    shows 'document.querySelector("#story").open && document.querySelector("#story-title").innerText ===
        document.querySelectorAll(".rows tr")[1].querySelector("bdi").innerText'
    js 'document.querySelector("#story-pin").focus()'
    press "$ENTER"
    press "$ESCAPE"
    shows '!document.querySelector("#story").open'
    js 'document.querySelector("#ranking table").focus()'
    shows 'document.querySelector(".pinned tr .name").innerText.includes(
        document.querySelectorAll(".rows tr")[1].querySelector("bdi").innerText)'
    press "$LEFT$ENTER"
    shows 'document.querySelectorAll("#legend li").length === 9'
    press "$UP$UP$UP$RIGHT$RIGHT$RIGHT$ENTER"
    shows 'document.querySelector("#ranking thead .category [aria-expanded=false]")'
}

@test "the active cell is not named anew while the table scrolls" {
    open_page "?board=users"
    js 'document.querySelector("#ranking table").focus()'
    press "$DOWN"
    js 'window.named = 0;
        new MutationObserver((changes) => { named += changes.length }).observe(
            document.querySelector("#ranking"), { subtree: true, attributeFilter: ["id"] });
        document.querySelector("#ranking").scrollTop = 20' >/dev/null
    js 'for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)'
    [[ $(js 'return [document.activeElement.tagName, named].join()') == "TABLE,0" ]]
}

@test "search finds names whatever their case, and find-me comes back to one's own row" {
    open_page "?board=users"
    local name
    name=$(get /api/leaderboard | jq -r '.entries[20].username')
    js 'document.querySelector("#search").focus()'
    press "${name^^}"
    shows 'document.querySelectorAll("#ranking .rows tr").length === 1'
    js 'document.querySelector("#ranking .rows .pin").click(); document.querySelector("#find-me").click()'
    shows "document.querySelector('.pinned').innerText.includes('$name')"
    shows "[...document.querySelectorAll('.rows tr.mine')].some((row) => {
        const box = row.getBoundingClientRect(), scroller = document.querySelector('#ranking');
        return box.top > scroller.getBoundingClientRect().top && box.bottom < innerHeight })"
    open_page "?board=users"
    shows "document.querySelector('.pinned').innerText.includes('$name')"
}

@test "the graph has the ten best as lines, tells values to the keyboard, and has a table for numbers" {
    open_page "?board=users"
    shows 'document.querySelectorAll("#legend li").length === 10'
    js 'document.querySelector("#graph").focus()'
    press "$END"
    shows 'document.querySelector("#announcer").textContent.includes(document.querySelector("#legend bdi").textContent)'
    js 'document.querySelector("[data-setting=graph] [value=table]").click()'
    run -0 js 'return document.querySelector("#progress-table thead").innerText.split("\t").length + " "
        + document.querySelector("#progress-table tbody td").innerText'
    [[ $output == "11 $(get /api/timeline | jq '[.submissions | group_by(.user_id)[] | map(.points) | add] |
        max' | sed ':a; s/\B[0-9]\{3\}\b/,&/; ta')" ]]
}

@test "values can be those of then, in graph and story, and a team's story has its members" {
    open_page "?board=teams&graph=table"
    js 'document.querySelector("#progress-worth [value=then]").click()'
    # What others solve later takes from what one had.
    shows '[...document.querySelectorAll("#progress-table tbody tr")].some((row, at, rows) => at > 0 &&
        [...row.cells].slice(1).some((cell, k) => Number(cell.innerText.replace(/\D/g, "")) >
            Number(rows[at - 1].cells[k + 1].innerText.replace(/\D/g, ""))))'
    local place past worths='[...document.querySelectorAll("#story .gains .worth")].map((worth) => worth.innerText).join()'
    place=$(get /api/leaderboard/teams | jq '.entries | to_entries | max_by(.value.solves | length).key')
    js "document.querySelectorAll('#ranking .rows .open')[$place].click()"
    shows 'document.querySelector("#story-worth [value=then]").ariaPressed === "true"'
    past=$(js "return $worths")
    js 'document.querySelector("#story-worth [value=today]").click()'
    shows "$worths !== '$past'"
    js 'document.querySelector("#story .members summary").click()'
    shows 'document.querySelector("#story .members li")'
    run -0 js 'return [...document.querySelectorAll("#story .members bdi")].map((name) => name.innerText)'
    [[ $(jq -c sort <<<"$output") == "$(get /api/leaderboard | jq -c --argjson id \
        "$(get /api/leaderboard/teams | jq ".entries[$place].team_id")" \
        '[.entries[] | select(.team_id == $id).username] | sort')" ]]
    js 'document.querySelector("#story .members a").click()'
    shows 'document.querySelector("#story-body a[href^=\"#team-\"]") && location.hash.startsWith("#user-")'
    # Users who compete alone count for a challenge's value, and are on the other board.
    js 'document.querySelector("#story .close").click();
        document.querySelector("[data-setting=board] [value=teams]").click()' >/dev/null
    js 'location.hash = `#challenge-${arguments[0]}`' \
        "$(get /api/leaderboard | jq '[.challenges[] | select(.solvers > 2)][0].id')" >/dev/null
    shows 'document.querySelector("#story svg.steps")'
}

@test "what the graph tells is not in the pointer's way" {
    open_page "?board=users"
    shows 'document.querySelector("#graph canvas")'
    js 'document.querySelector("#graph").focus()'
    press "$LEFT"
    run -0 js 'const tooltip = document.querySelector("#tooltip");
        const { x, y } = tooltip.getBoundingClientRect();
        return [tooltip.hidden, tooltip.contains(document.elementFromPoint(x + 20, y + 20))].join()'
    [[ $output == "false,false" ]]
}

@test "a line that the legend keeps highlighted stays so when the pointer has crossed the graph" {
    open_page "?board=users"
    local picture='document.querySelector("#graph canvas").toDataURL()'
    shows "window.plain = $picture"
    js 'document.querySelectorAll("#legend button")[2].click()'
    shows "$picture !== window.plain"
    js "window.marked = $picture" >/dev/null
    point_at 'document.querySelector("#graph .u-over")'
    shows '!document.querySelector("#tooltip").hidden'
    point_at 'document.querySelector("h1")'
    shows 'document.querySelector("#tooltip").hidden'
    js 'await new Promise(requestAnimationFrame)'
    [[ $(js "return $picture === window.marked") == true ]]
}

@test "a choice of window shows so many hours" {
    open_page "?board=users"
    local window
    for window in 1 6; do
        js "document.querySelector('[data-setting=window] [value=\"$window\"]').click();
            document.querySelector('[data-setting=graph] [value=table]').click()"
        run -0 js 'return [...document.querySelectorAll("#progress-table tbody th")].length'
        ((output == 1)) # its beginning: all was solved long before
    done
}

@test "times are the viewer's, or UTC" {
    cdp Emulation.setTimezoneOverride '{"timezoneId": "Asia/Seoul"}'
    open_page "?board=users"
    js 'document.querySelector("#ranking .rows td.first").click()'
    local here there='document.querySelector("#tooltip").innerText.match(/\d\d:\d\d:\d\d.*/)[0]'
    here=$(js "return $there")
    open_page "?board=users&zone=utc"
    js 'document.querySelector("#ranking .rows td.first").click()'
    run -0 js "return $there"
    cdp Emulation.setTimezoneOverride '{"timezoneId": ""}'
    [[ $output == *UTC && $((10#${here:0:2})) == $(((10#${output:0:2} + 9) % 24)) ]]
}

@test "what is chosen in another tab does not half change this one" {
    open_page "?board=users"
    js 'localStorage.setItem("scoreboard.zone", "utc"); localStorage.setItem("scoreboard.graph", "hidden")'
    js 'document.querySelector("#ranking .rows td.first").click()'
    shows 'document.querySelector("#tooltip").innerText.match(/\d\d:\d\d:\d\d$/)'
    open_page "?board=users"
    js 'document.querySelector("#ranking .rows td.first").click()'
    shows 'document.querySelector("#tooltip").innerText.match(/\d\d:\d\d:\d\d UTC$/)'
}

@test "where the browser keeps nothing, a choice holds all the same" {
    local script
    script=$(before_pages 'Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError") }')
    open_page
    js 'document.querySelector("[data-setting=board] [value=users]").click()'
    shows "document.querySelector('#ranking .rows bdi').innerText ===
        '$(get /api/leaderboard | jq -r '.entries[0].username')'"
    js 'const language = document.querySelector("[data-setting=lang]");
        language.value = "ko";
        language.dispatchEvent(new Event("change"))'
    shows 'document.documentElement.lang === "ko"'
    shows 'document.querySelector("[data-setting=board] [value=users]").ariaPressed === "true"'
    not_before_pages "$script" >/dev/null
}

@test "the big screen pages by itself, and the frame has the ranking alone" {
    look 1920 1080 dark
    open_page "?view=screen&board=users"
    run -0 js 'return document.querySelectorAll("button:not(#ranking button, #legend button)").length -
        [...document.querySelectorAll("button")].filter((b) => !b.checkVisibility() && !b.closest("#ranking, #legend")).length'
    [[ $output == 0 ]]
    shows 'parseFloat(getComputedStyle(document.querySelector("#ranking .rows bdi")).fontSize) >= 36'
    shows 'document.querySelector("#ranking").scrollTop > 0' 20
    look 400 500
    open_page "?view=embed"
    run -0 js 'return document.querySelector("section.progress").checkVisibility()'
    [[ $output == false ]]
}

@test "prints every row, not only those in sight" {
    open_page "?board=users"
    local text
    cdp Page.printToPDF '{"printBackground": true}' | jq -r .data | base64 -d >"$BATS_TEST_TMPDIR/page.pdf"
    text=$(js 'dispatchEvent(new Event("beforeprint"));
        const count = document.querySelectorAll("#ranking .rows tr").length;
        dispatchEvent(new Event("afterprint"));
        return count')
    [[ $text == $(get /api/leaderboard | jq '.entries | length') ]]
    (($(grep -c "/Type /Page$" "$BATS_TEST_TMPDIR/page.pdf") >= 1))
}
