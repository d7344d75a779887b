# browser: a real Chromium without a window, driven through chromedriver's HTTP interface; or a Firefox,
# driven through the same calls, which bidi.py answers for it (what is said in cdp is Chromium's alone).
#
#   start_browser --lang=ko        with further arguments for Chromium, if any
#   start_firefox Asia/Seoul       in that time zone
#   visit "$SB_URL/?board=teams"
#   js 'return document.title'     what a script returns: strings as they are, the rest as JSON
#   shows 'CONDITION'              waits until the expression is true
#   press "$DOWN$ENTER"            keys, for whatever has the focus
#   point_at ELEMENT; click_at ELEMENT   the mouse; an element is said in JavaScript
#   new_tab; to_tab 2              tabs are counted from 1
#   stop_browser
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is jq's; what others set

# shellcheck source=tests/lib/process.bash
source "$(dirname "${BASH_SOURCE[0]}")/process.bash"

# What WebDriver calls the keys that write nothing.
# shellcheck disable=SC2034  # for those who source this
{
    TAB=$'\ue004' ENTER=$'\ue007' ESCAPE=$'\ue00c' END=$'\ue010' HOME_KEY=$'\ue011'
    LEFT=$'\ue012' UP=$'\ue013' RIGHT=$'\ue014' DOWN=$'\ue015'
}

start_browser() { # [CHROMIUM ARGUMENTS...]
    SB_BROWSER=$(mktemp -dt sb.XXXXXX)
    mkdir "$SB_BROWSER"/{logs,parts,profile}
    local dir=$SB_BROWSER session
    launch chromedriver env HOME="$SB_BROWSER" chromedriver --port=0 --log-level=WARNING
    retry 30 driver_port >/dev/null || return
    SB_DRIVER=http://127.0.0.1:$(driver_port)
    session=$(new_session "$@") || return
    SB_DRIVER+=/session/$(jq -r .value.sessionId <<<"$session")
    export SB_BROWSER SB_DRIVER
}

start_firefox() { # TIME-ZONE
    SB_BROWSER=$(mktemp -dt sb.XXXXXX)
    mkdir "$SB_BROWSER"/{logs,parts}
    local dir=$SB_BROWSER
    launch firefox env HOME="$SB_BROWSER" TZ="$1" \
        "$(dirname "${BASH_SOURCE[0]}")/bidi.py" "$SB_BROWSER"
    retry 120 firefox_url >/dev/null || return
    SB_DRIVER=$(firefox_url)
    export SB_BROWSER SB_DRIVER
}
firefox_url() { grep '^http:' "$SB_BROWSER/logs/firefox.log"; }

driver_port() {
    sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' \
        "$SB_BROWSER/logs/chromedriver.log" | grep .
}

# Chromium asks nobody for anything but the page; as root it cannot have its sandbox.
new_session() { # [CHROMIUM ARGUMENTS...]
    local arguments=(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
        --disable-background-networking --disable-component-update --disable-sync
        --disable-dev-shm-usage --lang=en
        "--user-data-dir=$SB_BROWSER/profile" "$@")
    jq -n '{capabilities: {alwaysMatch: {
        timeouts: {script: 60000, pageLoad: 60000},
        "goog:loggingPrefs": {browser: "ALL"},
        "goog:chromeOptions": {args: $ARGS.positional}}}}' --args -- "${arguments[@]}" |
        curl -sS --max-time 60 --fail-with-body --data-binary @- "$SB_DRIVER/session"
}

stop_browser() {
    local dir=${SB_BROWSER:-}
    [[ -n $dir ]] || return 0
    curl -sS --max-time 20 -X DELETE -o /dev/null "${SB_DRIVER:-}" || true
    crash_part chromedriver KILL 10
    crash_part firefox KILL 10
    rm -rf "$dir"
}

# One of WebDriver's calls, with standard input as its body if there is one; prints the value that
# is answered. What the browser calls an error fails.
driver() { # METHOD PATH
    local answer
    answer=$(curl -sS --max-time 90 -X "$1" --data-binary @- "$SB_DRIVER$2") || return
    if jq -e '.value | type == "object" and has("stacktrace")' <<<"$answer" >/dev/null; then
        jq -r '.value.error + ": " + .value.message' <<<"$answer" >&2
        return 1
    fi
    jq -r .value <<<"$answer"
}
ask_driver() { driver GET "$1" </dev/null; }                    # PATH
tell_driver() { jq -n "${@:2}" | driver POST "$1" >/dev/null; } # PATH JQ-ARGUMENTS...

visit() { tell_driver /url --arg url "$1" '$ARGS.named'; } # URL

# `await` works in a script. One that throws fails.
js() { # SCRIPT [STRINGS...]    which the script knows as arguments[0] and on
    local body='const done = arguments[arguments.length - 1];
        (async (...arguments) => { %s })(...arguments)
            .then(done, (error) => done({error: "script", message: error.stack, stacktrace: ""}));'
    # shellcheck disable=SC2059  # the format is ours
    jq -n --arg script "$(printf "$body" "$1")" '{$script, args: $ARGS.positional}' --args -- "${@:2}" |
        driver POST /execute/async
}
js_file() { jq -n --rawfile script "$1" '{$script, args: []}' | driver POST /execute/sync; } # FILE

# True once the expression is. An exception, because something is not there yet, is no answer.
shows() { retry "${2:-15}" is_true "$1"; } # EXPRESSION [SECONDS]
is_true() {
    local answer
    answer=$(js "return Boolean($1) || document.body.innerText.slice(0, 300)") && [[ $answer == true ]] &&
        return
    echo "$answer"
    return 1
}

# axe finds nothing that bars anybody from the page.
assert_accessible() {
    js_file "$repository/tests/vendor/axe-core/axe.min.js" >/dev/null
    run -0 js 'const { violations } = await axe.run();
        return violations.map(({ id, impact, nodes }) => `${location.search}: ${impact} ${id}: ${
            nodes[0].html.slice(0, 200)} ${nodes[0].any[0]?.message}`)'
    [[ $output == "[]" ]] || fail_with "$output"
}

fail_with() { # MESSAGE
    echo "$1" >&2
    return 1
}

# Chromium's own protocol, for what WebDriver has no word for.
cdp() { # METHOD [PARAMETERS]
    jq -n --arg cmd "$1" --argjson params "${2:-{\}}" '$ARGS.named' | driver POST /goog/cdp/execute
}
# Runs before any script of the pages to come.
before_pages() { # SCRIPT
    cdp Page.addScriptToEvaluateOnNewDocument "$(jq -n --arg source "$1" '$ARGS.named')" |
        jq -r .identifier
}
not_before_pages() { # IDENTIFIER
    cdp Page.removeScriptToEvaluateOnNewDocument "$(jq -n --arg identifier "$1" '$ARGS.named')"
}

press() { # KEYS
    tell_driver /actions '{actions: [{type: "key", id: "keyboard", actions:
        [$keys | split("")[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}' \
        --arg keys "$1"
}

# In the element's middle.
point_at() { # ELEMENT [TYPE OF EVENT]
    cdp Input.dispatchMouseEvent "$(js 'const type = arguments[0];
        const { x, y, width, height } = ('"$1"').getBoundingClientRect();
        return { type, button: type === "mouseMoved" ? "none" : "left", clickCount: 1,
            x: x + width / 2, y: y + height / 2 }' "${2:-mouseMoved}")" >/dev/null
}
click_at() { # ELEMENT
    point_at "$1" mousePressed
    point_at "$1" mouseReleased
}

new_tab() {
    local handle
    handle=$(echo '{"type": "tab"}' | driver POST /window/new | jq -r .handle)
    tell_driver /window --arg handle "$handle" '$ARGS.named'
}
to_tab() { # NUMBER
    tell_driver /window --arg handle "$(ask_driver /window/handles | jq -r ".[$1 - 1]")" '$ARGS.named'
}
close_tab() { driver DELETE /window </dev/null >/dev/null; } # then one must say to which to go

# The window as large as a phone or a projector, and the system dark or light.
look() { # WIDTH HEIGHT [light|dark]
    cdp Emulation.setDeviceMetricsOverride \
        "{\"width\": $1, \"height\": $2, \"deviceScaleFactor\": 1, \"mobile\": false}" >/dev/null
    cdp Emulation.setEmulatedMedia \
        "{\"features\": [{\"name\": \"prefers-color-scheme\", \"value\": \"${3:-light}\"}]}" >/dev/null
}

screenshot() { ask_driver /screenshot | base64 -d >"$1"; } # FILE

# What the console holds that is no plain remark, and empties it.
complaints() {
    echo '{"type": "browser"}' | driver POST /se/log |
        jq -r '.[] | select(.level == "SEVERE" or .level == "WARNING") | .message'
}
