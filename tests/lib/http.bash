# http: asks a URL and looks at every part of the answer.
#
#   ask /api/leaderboard --compressed
#   [[ $code == 200 && $(header ETag) == *-gzip* && $(body) == *entries* ]]
#
# Asks $SB_URL, over the Unix socket $SB_WEB_SOCKET where there is one.
# shellcheck shell=bash
# shellcheck disable=SC2034  # code is used by those who source this

ask() { # PATH [CURL ARGUMENTS...]
    curl -sS --max-time 20 ${SB_WEB_SOCKET:+--unix-socket "$SB_WEB_SOCKET"} \
        -D "$BATS_TEST_TMPDIR/head" -o "$BATS_TEST_TMPDIR/body" "${@:2}" "$SB_URL$1" || return
    # Of several heads (100 Continue comes before the real one) the last counts.
    code=$(awk '/^HTTP\// { code = $2 } END { print code }' "$BATS_TEST_TMPDIR/head")
}

head_of_answer() { tr -d '\r' <"$BATS_TEST_TMPDIR/head"; }
header() { head_of_answer | sed -n "s/^$1: //Ip"; } # NAME
body() { cat "$BATS_TEST_TMPDIR/body"; }

# The answer is an error as all of ours are: JSON, harmless to sniffing browsers, never cached.
is_error() { # CODE [FIELD]
    [[ $code == "$1" ]] &&
        [[ $(header Content-Type) == "application/json; charset=utf-8" ]] &&
        [[ $(header X-Content-Type-Options) == nosniff ]] &&
        [[ $(header Cache-Control) == no-store ]] &&
        [[ $(body | jq -r '.error | type') == string ]] &&
        [[ $(body | jq -r '.details[0].field // ""') == "${2:-}" ]] && return
    printf 'not an error %s:\n%s\n%s\n' "$*" "$(head_of_answer)" "$(body)" >&2
    return 1
}
