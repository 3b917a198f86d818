# clients.sh: the package managers, and how each is asked for an installation. Sourced; sets $clients.
clients=$work/node_modules

clients_install() { # from the npm registry, once
    [ -d "$clients/pnpm" ] && return
    mkdir -p "$work"
    echo '{"private":true,"overrides":{"node-fetch":"2.7.0"}}' > "$work/package.json"
    (cd "$work"; npm install --omit=optional --no-audit --no-fund --loglevel=error verdaccio@6 yarn@1 \
        @yarnpkg/cli-dist@4 pnpm@10 npm10@npm:npm@10 npm11@npm:npm@11)
}

# install TOOL REGISTRY PACKAGE...: a clean folder and a clean cache; PROXY_URL and ADDRESS may be set
install() {
    local tool=$1 registry=$2 dir status=0 env; shift 2
    dir=$(mktemp -d "$work/install.XXXXXX")
    echo '{"name":"app","version":"1.0.0","private":true}' > "$dir/package.json"
    env=(env -C "$dir" HOME="$dir" NODE_EXTRA_CA_CERTS="$work/tls/ca.pem" npm_config_registry="$registry"
        npm_config_cache="$dir/.cache" npm_config_update_notifier=false npm_config_fetch_retries=0
        npm_config_cafile="$work/tls/ca.pem")
    [ -z "${PROXY_URL:-}" ] || env+=(npm_config_proxy="$PROXY_URL" npm_config_https_proxy="$PROXY_URL")
    [ -z "${ADDRESS:-}" ] || env+=(npm_config_local_address="$ADDRESS")
    case $tool in
    npm10|npm11) env+=(node "$clients/$tool/bin/npm-cli.js" install --no-fund) ;;
    yarn)  env+=(node "$clients/yarn/bin/yarn.js" add --registry "$registry" --cache-folder "$dir/.cache" --disable-pnp) ;;
    berry) env+=(YARN_NPM_REGISTRY_SERVER="$registry" YARN_UNSAFE_HTTP_WHITELIST=npm.corp.example YARN_ENABLE_GLOBAL_CACHE=false
               YARN_ENABLE_TELEMETRY=0 YARN_NPM_MINIMAL_AGE_GATE=0 YARN_NODE_LINKER=node-modules node "$clients/@yarnpkg/cli-dist/bin/yarn.js" add)
           touch "$dir/yarn.lock" ;;
    pnpm)  env+=(node "$clients/pnpm/bin/pnpm.cjs" add --store-dir "$dir/.store") ;;
    esac
    in_client 60 "${env[@]}" "$@" > "$work/install-$tool.log" 2>&1 || status=$?
    [ $status = 0 ] || tail -5 "$work/install-$tool.log" >&2
    rm -rf "$dir"
    return $status
}
