#!/usr/bin/env bash
# The fetcher against servers that nobody here wrote: python3's http.server and nginx.
#
#     tests/fetch.sh [PROGRAM]
#
# PROGRAM is the fetcher; without it the example `fetch` is built and used. Every page is fetched twice,
# by the fetcher and by curl with the same headers, and the bytes are compared. One line a check, PASS
# or FAIL, and exit code 1 if one failed or a tool is missing. Loopback only, on ports that are free.
set -u
PATH=$PATH:/usr/sbin # where Debian keeps nginx
cd "$(dirname "$0")/.." || exit 1

missing=()
for tool in python3 nginx curl cmp gzip; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "FAIL missing: ${missing[*]} (Debian: apt-get install python3 nginx-light curl diffutils gzip)" >&2
    exit 1
fi
if [ $# -gt 0 ]; then
    fetch=$(realpath -e "$1") || exit 1
else
    cargo build --quiet --example fetch || exit 1
    fetch=$(realpath -e "${CARGO_TARGET_DIR:-target}/debug/examples/fetch") || exit 1
fi

work=$(mktemp -d) || exit 1
servers=()
end() {
    # Each by the id that we started it with.
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null
    wait
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

failed=0
passed=0
report() { # report WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "PASS $what"
    else
        failed=$((failed + 1))
        echo "FAIL $what"
    fi
}

# same WHAT URL [fetch options]: the bodies are the same, and both programs are content.
same() {
    local what=$1 url=$2 headers=(-H 'Connection: close' -H 'Accept: */*')
    shift 2
    [[ " $* " != *" --gzip "* ]] || headers+=(-H 'Accept-Encoding: gzip')
    rm -f "$work"/{curl,fetch}.{body,head}
    report "$what" bodies_agree "$url" "${headers[@]}" -- "$@"
}
bodies_agree() {
    local url=$1 headers=()
    shift
    while [ "$1" != -- ]; do
        headers+=("$1")
        shift
    done
    shift
    curl -sS --http1.1 --max-time 60 "${headers[@]}" -D "$work/curl.head" -o "$work/curl.body" "$url" &&
        "$fetch" --timeout 60 --output "$work/fetch.body" "$@" "$url" 2>"$work/fetch.stderr" &&
        cmp "$work/curl.body" "$work/fetch.body"
}
# sent PATTERN: the head that curl saw has such a line, so that the check before was one of that kind.
sent() {
    report "     ... and its head says $1" grep -qi "^$1" "$work/curl.head"
}
not_sent() {
    report "     ... and its head does not say $1" not grep -qi "^$1" "$work/curl.head"
}
# is_file NAME: what was fetched last is this file.
is_file() {
    report "     ... which is the file $1" cmp "$work/fetch.body" "$www/$1"
}
not() { ! "$@"; }
ends_with() { # ends_with CODE fetch-arguments...
    local code=$1
    shift
    "$fetch" "$@" >/dev/null 2>&1
    [ $? -eq "$code" ]
}
prints() { # prints TEXT fetch-arguments...
    local text=$1
    shift
    [ "$("$fetch" "$@")" = "$text" ]
}
heads_agree() {
    # The second may turn between the two.
    curl -sS --http1.1 -I -H 'Connection: close' "$1" | grep -vi '^date:' >"$work/curl.head" &&
        "$fetch" --head "$1" | grep -vi '^date:' >"$work/fetch.head" &&
        cmp "$work/curl.head" "$work/fetch.head"
}
# wait_for WHAT COMMAND...: tries for ten seconds.
wait_for() {
    local what=$1
    shift
    for _ in {1..200}; do
        "$@" && return
        sleep 0.05
    done
    echo "FAIL $what does not start" >&2
    return 1
}

# What is served: small, empty, 5 MB that no compressor can shrink, 2 MB that it can, a folder.
www=$work/www
mkdir -p "$www/folder"
head -c 5000000 /dev/urandom >"$www/large.bin"
seq 1 300000 >"$www/text.txt"
: >"$www/empty.txt"
printf '<!doctype html>\n<title>One &amp; only</title>\n<p>Ход часов</p>\n' >"$www/page.html"
cp "$www/page.html" "$www/Поток.html"

echo "== python3 -m http.server"
python3 -u -m http.server --bind 127.0.0.1 --directory "$www" 0 >"$work/python.log" 2>&1 &
servers+=($!)
wait_for "python's server" grep -q 'port [0-9]' "$work/python.log" || exit 1
port=$(sed -nE 's/.* port ([0-9]+).*/\1/p' "$work/python.log" | head -n 1)
site=http://127.0.0.1:$port

same "a directory listing" "$site/"
same "a file of 5 MB" "$site/large.bin"
is_file large.bin
same "a file of 5 MB, by the server's name" "http://localhost:$port/large.bin"
same "a file with a name beyond ASCII" "$site/Поток.html"
is_file Поток.html
same "an empty file" "$site/empty.txt"
same "a page with a query" "$site/page.html?a=b"
same "404 and its page" "$site/none"
report "404 with --fail ends with 22" ends_with 22 --fail "$site/none"
report "the title of a listing" prints "Directory listing for /" --title "$site/"
report "the title of a page" prints "One & only" --title "$site/page.html"
report "the head alone" heads_agree "$site/large.bin"
report "a limit of one byte less ends with 63" ends_with 63 --limit 4999999 "$site/large.bin"
report "a limit of exactly the length ends with 0" ends_with 0 --limit 5000000 "$site/large.bin"

echo "== nginx"
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
write_config() {
    cat >"$work/nginx.conf" <<CONFIG
# One process in the foreground that needs no rights: everything it writes is here.
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    types { text/html html; text/plain txt; }
    default_type application/octet-stream;
    keepalive_timeout 60;
    gzip_types *;
    gzip_min_length 1;
    server {
        listen 127.0.0.1:$port;
        root $www;
        # An include inside the page may change its length, so it is sent in chunks.
        location /chunked/ { alias $www/; ssi on; ssi_types *; }
        # Packed on the way: no length either.
        location /gzip/ { alias $www/; gzip on; }
        location /closing/ { alias $www/; keepalive_timeout 0; }
        # No length and no chunks: the body ends with the connection.
        location /until-close/ {
            alias $www/; ssi on; ssi_types *; chunked_transfer_encoding off;
        }
        # Comes from a server of HTTP/1.0 through nginx's buffers.
        location /proxy/ { proxy_pass $site/; }
        # Slowly enough that the body comes in many pieces.
        location /slow/ { alias $www/; limit_rate 4m; }
        location /nothing { return 204; }
        location /moved { return 302 http://127.0.0.1:$port/page.html; }
    }
}
CONFIG
}
start_nginx() {
    # A port that was free may be taken a moment later.
    for _ in 1 2 3; do
        port=$(free_port) || return 1
        write_config
        nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.log" &
        local id=$!
        if wait_for nginx curl -s -o "$work/first" "http://127.0.0.1:$port/page.html"; then
            servers+=("$id")
            return
        fi
        kill "$id" 2>/dev/null
    done
    cat "$work/nginx.log" >&2
    return 1
}
start_nginx || exit 1
nginx=http://127.0.0.1:$port

same "a static file of 5 MB" "$nginx/large.bin"
is_file large.bin
sent "Content-Length: 5000000"
same "a static page, connection closed by the server" "$nginx/closing/page.html"
same "an empty file" "$nginx/empty.txt"
same "a folder without an index: 403" "$nginx/folder/"
same "404 and its page" "$nginx/none"
same "204" "$nginx/nothing"
same "302, not followed" "$nginx/moved"
report "     ... and its Location is shown" grep -q "not followed: $nginx/page.html" "$work/fetch.stderr"
same "chunks: a page" "$nginx/chunked/page.html"
sent "Transfer-Encoding: chunked"
same "chunks: 5 MB" "$nginx/chunked/large.bin"
sent "Transfer-Encoding: chunked"
is_file large.bin
same "5 MB slowly" "$nginx/slow/large.bin"
is_file large.bin
same "gzip asked for, in chunks" "$nginx/gzip/text.txt" --gzip
sent "Content-Encoding: gzip"
sent "Transfer-Encoding: chunked"
report "     ... and it unpacks to the file" cmp <(gzip -dc "$work/fetch.body") "$www/text.txt"
same "gzip offered, not asked for" "$nginx/gzip/text.txt"
not_sent "Content-Encoding: gzip"
same "gzip asked for, not offered" "$nginx/text.txt" --gzip
not_sent "Content-Encoding: gzip"
same "until the connection closes" "$nginx/until-close/large.bin"
is_file large.bin
not_sent "Transfer-Encoding"
not_sent "Content-Length"
same "through a proxy" "$nginx/proxy/large.bin"
same "a listing through a proxy" "$nginx/proxy/"
report "the head alone" heads_agree "$nginx/large.bin"
report "a title out of chunks" prints "One & only" --title "$nginx/chunked/page.html"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
