#!/usr/bin/env bats
#
# A cache in front, nginx's proxy_cache with nothing special: it takes the herd off us, and never gives
# one viewer what was made for another.
# shellcheck disable=SC2030,SC2031,SC2154  # each test has its own; what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

setup() {
    host_before_api='include var.scoreboard_conf + "/rev.conf"' setup_host
    make_revision 100
    make_current 200
    make_delta leaderboard 100 200
    origin=$SB_WEB_SOCKET
    start_cache
}

teardown() {
    host_end nginx
    SB_WEB_SOCKET=$origin teardown_host
}

start_cache() {
    mkdir "$SB_HOST/cache"
    export SB_WEB_SOCKET=$SB_HOST/run/cache.sock
    cat >"$SB_HOST/etc/nginx.conf" <<END
daemon off;
master_process off;
pid $SB_HOST/run/nginx.pid;
error_log $SB_HOST/logs/nginx.error.log;
events {}
http {
    access_log off;
    client_body_temp_path $SB_HOST/cache;
    proxy_temp_path $SB_HOST/cache;
    fastcgi_temp_path $SB_HOST/cache;
    uwsgi_temp_path $SB_HOST/cache;
    scgi_temp_path $SB_HOST/cache;
    proxy_cache_path $SB_HOST/cache/boards keys_zone=boards:1m;
    server {
        listen unix:$SB_WEB_SOCKET;
        location / {
            proxy_pass http://unix:$origin:;
            proxy_cache boards;
            add_header X-Cache \$upstream_cache_status;
        }
    }
}
END
    host_launch nginx nginx -c "$SB_HOST/etc/nginx.conf"
    retry 20 is_listening "$SB_WEB_SOCKET"
}

# Viewers: who has revision 100, who has something else, who knows of no dictionaries, and curl.
read_as() { # VIEWER QUERY
    case $1 in
        old) ask "/api/leaderboard?$2" -H 'Accept-Encoding: gzip, dcz' \
            -H "Available-Dictionary: $(offer_of leaderboard 100)" ;;
        other) ask "/api/leaderboard?$2" -H 'Accept-Encoding: gzip, dcz' \
            -H "Available-Dictionary: $(offer_of timeline 100)" ;;
        new) ask "/api/leaderboard?$2" -H 'Accept-Encoding: gzip, dcz' ;;
        curl) ask "/api/leaderboard?$2" ;;
    esac
}

has_its_own() { # VIEWER
    local coding text
    coding=$(header Content-Encoding)
    case $1 in
        old) [[ $coding == dcz ]] && text=$(told_from leaderboard 100) ;;
        other | new) [[ $coding == gzip ]] && text=$(body | gunzip) ;;
        curl) [[ -z $coding ]] && text=$(body) ;;
    esac
    [[ $code == 200 && $text == "$(board_text leaderboard 200)" ]]
}

@test "each viewer has what is his, whoever came before, and most of it from the cache" {
    local viewer
    for viewer in old other new curl curl new other old; do
        read_as "$viewer" rev=200
        has_its_own "$viewer"
    done
    for viewer in old other new curl; do
        read_as "$viewer" rev=200
        has_its_own "$viewer"
        [[ $(header X-Cache) == HIT ]]
    done
}

@test "also where lighttpd leaves all to the responders" {
    host_end lighttpd
    SB_WEB_SOCKET=$origin print_host_lighttpd responders >"$SB_HOST/etc/lighttpd.conf"
    SB_WEB_SOCKET=$origin start_web
    local viewer
    for viewer in new old curl other old new; do
        read_as "$viewer" rev=200
        has_its_own "$viewer"
    done
}

@test "what is current, by whatever name, is not kept for others" {
    for query in '' rev=1 rev=150; do
        for viewer in old new old; do
            read_as "$viewer" "$query"
            has_its_own "$viewer"
            [[ $(header X-Cache) == MISS ]]
        done
    done
}

@test "what is kept is kept for minutes, though the viewer's own browser may keep it for a day" {
    read_as new rev=200
    [[ $(header Cache-Control) == "public, max-age=86400, s-maxage=300, immutable" ]]
    # A file of nginx's cache begins with its format's version and the second that it is fresh until.
    expires=$(head -c 16 "$(find "$SB_HOST/cache/boards" -type f | head -n 1)" | od -An -t d8 -j 8 -N 8)
    ((expires - $(date +%s) <= 300 && expires - $(date +%s) > 200))
}
