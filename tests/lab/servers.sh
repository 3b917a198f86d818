# servers.sh: the servers of the lab, all in namespace S. Sourced; needs net.sh and $work.
# serve_all starts them; they end with the namespace.
GOOD=93.184.215.14 REGISTRY=104.16.27.34 PROXY=10.20.0.3 EVIL_WEB=76.76.21.61
C2_LISTED=172.86.80.145         # hexeval-2025-06, port 1224
C2_BARE=198.51.100.77           # listed nowhere (RFC 5737)
GOOD6=2001:db8:1::14

serve_names() { # every name has one address; which ones are good is no business of the resolver
    in_server dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --pid-file= \
        --listen-address=10.20.0.1 --listen-address=2001:db8:20::1 --cache-size=0 --edns-packet-max=1232 \
        --address=/vercel.app/$EVIL_WEB --address=/npm.corp.example/$REGISTRY --address=/proxy.corp.example/$PROXY \
        --address=/example/$GOOD --address=/www.example/$GOOD --address=/www.example/$GOOD6 --address=/example.com/$GOOD --address=/example.org/$GOOD \
        --address=/nosuch.example/ --txt-record="long.example,$(printf 'v=%0200d' 1),$(printf 'w=%0240d' 2),$(printf 'x=%0240d' 3)" \
        >/dev/null 2>&1 &
}

make_certificate() {
    local dir=$work/tls
    mkdir -p "$dir"
    [ -f "$dir/cert.pem" ] && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/O=Lab/CN=Lab CA" \
        -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=Lab/CN=www.example" \
        -keyout "$dir/key.pem" -out "$dir/req.pem" 2>/dev/null
    printf 'subjectAltName=DNS:www.example,DNS:mail.example,DNS:post-quantum.example,DNS:*.corp.example,DNS:*.example.com,DNS:*.vercel.app' > "$dir/ext"
    openssl x509 -req -in "$dir/req.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -set_serial 7 -days 3650 \
        -extfile "$dir/ext" -out "$dir/cert.pem" 2>/dev/null
}

serve_web() {
    local dir=$work/web t
    mkdir -p "$dir/www" "$dir/tmp"
    make_certificate
    python3 -c 'print("<!doctype html><title>lab</title>" + "<p>A page of the lab.</p>\n" * 60)' > "$dir/www/index.html"
    for t in a b c; do cp "$dir/www/index.html" "$dir/www/$t.html"; done
    cat > "$dir/nginx.conf" <<END
user root; worker_processes 1; pid $dir/nginx.pid; error_log $dir/error.log crit; daemon off;
events { worker_connections 512; }
http {
    access_log off; keepalive_requests 1000; types { text/html html; } default_type text/plain;
    $(for t in client_body proxy fastcgi uwsgi scgi; do echo "${t}_temp_path $dir/tmp/$t;"; done)
    ssl_certificate $work/tls/cert.pem; ssl_certificate_key $work/tls/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off;
    server {
        listen $GOOD:80; listen [$GOOD6]:80; listen $EVIL_WEB:80;
        listen $GOOD:443 ssl; listen [$GOOD6]:443 ssl; listen $EVIL_WEB:443 ssl;
        root $dir/www;
        location /zip/ { alias $dir/www/; gzip on; gzip_min_length 100; }
        location /chunked/ { ssi on; alias $dir/www/; chunked_transfer_encoding on; }
        location /sink { client_max_body_size 1m; proxy_pass http://127.0.0.1:81/; }
        location /api/ { default_type application/json; return 200 '{"ok":true}'; }
    }
    server { listen $GOOD:8080 http2; root $dir/www; }
    server { listen 127.0.0.1:81; return 200 'taken\n'; }
    server { listen $REGISTRY:443 ssl; location / { proxy_pass http://$REGISTRY:80; proxy_set_header Host \$host;
                 proxy_set_header X-Forwarded-Proto https; } }
    server { listen $C2_LISTED:1224; listen $C2_BARE:1244; location / { return 200 '# nothing harmful stands here\n'; } }
}
END
    in_server nginx -e "$dir/error.log" -c "$dir/nginx.conf" 2> "$dir/start.log" &
    wait_tcp $GOOD 443
}

serve_proxy() { in_server python3 "$here/proxy.py" $PROXY 3128 2> "$work/proxy.log" & wait_tcp $PROXY 3128; }

serve_registry() {
    local dir=$work/registry
    mkdir -p "$dir"
    cat > "$dir/config.yaml" <<END
storage: $dir/storage
auth: { htpasswd: { file: $dir/htpasswd } }
uplinks: {}
packages: { '**': { access: \$all, publish: \$authenticated } }
log: { type: file, path: $dir/verdaccio.log, level: warn }
END
    HOME=$dir in_server node "$clients/verdaccio/bin/verdaccio" -c "$dir/config.yaml" -l $REGISTRY:80 > "$dir/out.log" 2>&1 &
    wait_tcp $REGISTRY 80
    [ -e "$dir/published" ] || publish_all "$dir"
}

serve_all() {
    net_address $GOOD $REGISTRY $PROXY $EVIL_WEB $C2_LISTED $C2_BARE $GOOD6
    serve_names
    serve_web
    serve_proxy
    serve_registry
    disown -a               # they end with the namespace, unsung
}
