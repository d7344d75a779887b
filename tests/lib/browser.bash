# browser: a real Chromium without a window, driven through chromedriver's HTTP interface.
#
#   start_browser --lang=ko        with further arguments for Chromium, if any
#   visit "$SB_URL/?board=teams"
#   js 'return document.title'     what a script returns: strings as they are, the rest as JSON
#   shows 'CONDITION'              true once the expression is, within some seconds
#   press "$DOWN$ENTER"            keys, for whatever has the focus
#   new_tab; to_tab 2              tabs are counted from 1
#   stop_browser
# shellcheck shell=bash

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
    export SB_BROWSER
    mkdir "$SB_BROWSER"/{logs,parts,profile}
    local dir=$SB_BROWSER
    launch chromedriver env HOME="$SB_BROWSER" chromedriver --port=0 --log-level=WARNING
    retry 30 driver_port >/dev/null || return
    SB_DRIVER=http://127.0.0.1:$(driver_port)
    SB_DRIVER=$SB_DRIVER/session/$(new_session "$@" | jq -re .value.sessionId)
    export SB_DRIVER
}

driver_port() { sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$SB_BROWSER/logs/chromedriver.log" | grep .; }

# Chromium asks nobody for anything but the page; as root it cannot have its sandbox.
new_session() { # [CHROMIUM ARGUMENTS...]
    local arguments=(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
        --disable-background-networking --disable-component-update --disable-sync
        --disable-dev-shm-usage --force-color-profile=srgb --window-size=1366,768
        "--user-data-dir=$SB_BROWSER/profile" "$@")
    jq -n '{capabilities: {alwaysMatch: {
        timeouts: {script: 60000, pageLoad: 60000},
        "goog:chromeOptions": {args: $ARGS.positional}}}}' --args "${arguments[@]#--}" |
        curl -sS --max-time 60 --fail-with-body -d @- "$SB_DRIVER/session"
}

stop_browser() {
    local dir=$SB_BROWSER
    [[ -n $dir ]] || return 0
    curl -sS --max-time 20 -X DELETE -o /dev/null "${SB_DRIVER:-}" || true
    crash_part chromedriver KILL 10
    rm -rf "$dir"
}

# One of WebDriver's calls; prints the answer's value. A fault of the browser's fails.
driver() { # METHOD PATH [JSON]
    local answer
    answer=$(curl -sS --max-time 90 -X "$1" ${3:+--data-binary @-} "$SB_DRIVER$2" <<<"${3:-}") || return
    if jq -e '.value | type == "object" and has("stacktrace")' <<<"$answer" >/dev/null; then
        jq -r '.value.error + ": " + .value.message' <<<"$answer" >&2
        return 1
    fi
    jq -r .value <<<"$answer"
}

visit() { driver POST /url "$(jq -n '{url: $ARGS.positional[0]}' --args "$1")" >/dev/null; }

# In a script `await` works, and what it returns is printed.
js() { # SCRIPT [STRINGS...]    which the script knows as arguments[0] and on
    local body='const done = arguments[arguments.length - 1];
        (async (...arguments) => { %s })(...arguments).then(done, (e) => done(`failed: ${e.stack}`));'
    # shellcheck disable=SC2059  # the format is ours
    driver POST /execute/async "$(jq -n '{script: $ARGS.positional[0], args: $ARGS.positional[1:]}' \
        --args "$(printf "$body" "${1//\%/%%}")" "${@:2}")"
}

is_true() { [[ $(js "return Boolean($1)") == true ]]; }
shows() { retry "${2:-10}" is_true "$1"; } # EXPRESSION [SECONDS]

# Chromium's own protocol, for what WebDriver has no word for.
cdp() { # METHOD [PARAMETERS]
    driver POST /goog/cdp/execute "$(jq -n --arg cmd "$1" --argjson params "${2:-{\}}" '$ARGS.named')"
}

press() { # KEYS
    driver POST /actions "$(jq -n '{actions: [{type: "key", id: "keyboard", actions:
        ($ARGS.positional[0] | split("") | map({type: "keyDown", value: .}, {type: "keyUp", value: .}))}]}' \
        --args "$1")" >/dev/null
}

new_tab() {
    local handle
    handle=$(driver POST /window/new '{"type": "tab"}' | jq -r .handle)
    driver POST /window "$(jq -n --arg handle "$handle" '$ARGS.named')" >/dev/null
}

to_tab() { # NUMBER
    local handle
    handle=$(driver GET /window/handles | jq -r ".[$1 - 1]")
    driver POST /window "$(jq -n --arg handle "$handle" '$ARGS.named')" >/dev/null
}

# The window as large as a phone or a projector, and the system dark or light.
look() { # WIDTH HEIGHT [light|dark]
    cdp Emulation.setDeviceMetricsOverride \
        "{\"width\": $1, \"height\": $2, \"deviceScaleFactor\": 1, \"mobile\": false}" >/dev/null
    cdp Emulation.setEmulatedMedia "{\"features\":
        [{\"name\": \"prefers-color-scheme\", \"value\": \"${3:-light}\"}]}" >/dev/null
}

screenshot() { driver GET /screenshot | base64 -d >"$1"; } # FILE
