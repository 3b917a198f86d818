# packages.sh: the registry's packages, all made here and harmless: each is one line of JavaScript. Some carry the
# names of packages that rules/std lists, so that the rules find them. Sourced; needs servers.sh.

# name version dependencies...
PACKAGES='
tiny-words 1.2.0
tiny-dates 2.0.1 tiny-words
tiny-router 3.1.4 tiny-words tiny-dates
@corp/logger 0.9.2 tiny-dates
@corp/app-kit 4.0.0 @corp/logger tiny-router
react-plaid-sdk 2.0.14
react-plaid-sdk 2.0.15 tiny-words
sumsub-node-websdk 1.4.2
vite-plugin-tools 0.3.1
node-loggers 1.0.0
'

publish_one() { # publish_one DIR NAME VERSION [DEPENDENCY...]
    local dir=$1/pack deps= d; shift
    rm -rf "$dir"; mkdir -p "$dir"
    for d in "${@:3}"; do deps="$deps${deps:+,}\"$d\":\"*\""; done
    printf '{"name":"%s","version":"%s","description":"a harmless package of the lab","main":"index.js","license":"MIT","dependencies":{%s}}\n' \
        "$1" "$2" "$deps" > "$dir/package.json"
    printf '"use strict";\nmodule.exports = "%s@%s";\n' "$1" "$2" > "$dir/index.js"
    printf '# %s\n\nMade for the lab; it does nothing.\n' "$1" > "$dir/README.md"
    (cd "$dir"; in_client 60 node "$clients/npm11/bin/npm-cli.js" publish --userconfig "$dir/../npmrc" --access public \
        --cache "$dir/../cache" --loglevel error > "$dir/../publish.log" 2>&1) || { cat "$dir/../publish.log" >&2; return 1; }
}

publish_all() { # publish_all DIR
    local dir=$1 line token
    token=$(in_client 20 curl -sS -X PUT -H 'Content-Type: application/json' -d '{"name":"lab","password":"lab-password"}' \
        http://npm.corp.example/-/user/org.couchdb.user:lab | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
    printf 'registry=http://npm.corp.example/\n//npm.corp.example/:_authToken=%s\nupdate-notifier=false\n' "$token" > "$dir/npmrc"
    while read -r line; do
        # shellcheck disable=SC2086
        [ -z "$line" ] || publish_one "$dir" $line
    done <<< "$PACKAGES"
    touch "$dir/published"
}
