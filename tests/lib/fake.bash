# fake: a host that does what a test says, for the page alone (fake-boards.py).
#
#   start_fake --silent     sets fake_url
#   tell_fake "notices?count=3"
#   tell_board JSON; tell_file PATH <CONTENT
#   stop_fake               also where none was started
# shellcheck shell=bash
# shellcheck disable=SC2154  # what others set

# shellcheck disable=SC2034  # for those who source this
{
    rows_are_there='document.querySelectorAll("#ranking .rows tr").length > 0'
    is_live='document.querySelector("#status").dataset.lamp === "live"'
}

start_fake() { # [OPTIONS]
    python3 "$repository/tests/lib/fake-boards.py" "$repository/web" "$@" \
        >"$BATS_TEST_TMPDIR/url" 3>&- &
    fake_pid=$!
    retry 10 test -s "$BATS_TEST_TMPDIR/url"
    fake_url=$(<"$BATS_TEST_TMPDIR/url")
}
stop_fake() { [[ -z ${fake_pid:-} ]] || kill "$fake_pid"; }

tell_fake() { curl -sS --max-time 120 -X POST "$fake_url/test/$1" >/dev/null; }
tell_board() { curl -sS --max-time 20 -X POST --data "$1" "$fake_url/test/board" >/dev/null; }
tell_file() { curl -sS --max-time 20 -X POST --data-binary @- "$fake_url/test/file?path=/$1" >/dev/null; } # PATH <CONTENT
count_of() { curl -sS "$fake_url/test/counts" | jq ".$1"; }

newest() { curl -sS "$fake_url/api/scoreboard/health" | jq .revision; }
shows_revision() { shows "document.querySelector('#status').dataset.revision === '$1'" 20; }
