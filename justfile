# `just` lists what can be done. (pip install rust-just, cargo install just, or your distribution's package.)

[private]
default:
    @just --list --unsorted

# The server with a simulated fleet, to look around: http://127.0.0.1:8080/
demo *arguments:
    cargo run -- demo {{ arguments }}

# fleetwatch with any arguments; without, the server
run *arguments:
    cargo run -- {{ arguments }}

# GraphiQL for /graphiql, which the next build embeds; needs Node.js 18 or newer
assets:
    deploy/assets.sh

# Start a private PostgreSQL and Redis; use as: eval "$(just up)"
@up:
    deploy/stores.sh up

# Stop them; their data stays
@down:
    deploy/stores.sh down

# Does everything compile?
check:
    cargo check --workspace --all-targets

# Build and run the tests of one crate, or of all
test crate="":
    #!/usr/bin/env bash
    set -euo pipefail
    if [[ -z "{{ crate }}" ]]; then
        exec deploy/test.sh test
    elif cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package {{ crate }} --no-tests=pass
        [[ ! -f crates/{{ crate }}/src/lib.rs ]] || cargo test --package {{ crate }} --doc --quiet
    else
        cargo test --package {{ crate }}
    fi

# Formatting and lints
lint:
    deploy/test.sh lint

# Format everything
fmt:
    cargo fmt --all

# Licences and bans of what is linked in (cargo install cargo-deny --locked)
deny:
    cargo deny check licenses bans sources

# Measure the server beside a bare forwarder and write docs/benchmarks.md; about five minutes on a quiet machine
bench *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" report {{ arguments }}

# Measure pages of a registry of 100,000 vehicles beside plain SQL, and write them into docs/benchmarks.md
bench-registry *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" registry {{ arguments }}

# Measure live delivery while somebody guesses a password, and write it into docs/benchmarks.md; about four minutes
bench-log-ins *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" log-ins --seconds 60 {{ arguments }}

# Measure decoding, applying, serving and encoding by themselves, and the longest hold of the live core's lock
bench-core:
    cargo bench --package live --package adapters-redis --package api-ws
    cargo run --quiet --release --package live --example longest_hold

# Attack a server under load in every known way, and fail if it breaks a bound; about five minutes, loopback only
test-hostile *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" hostile --seconds 10 {{ arguments }}

# Write the GraphQL schema to docs/schema.graphql
schema:
    cargo run --quiet --package api-graphql --example schema > docs/schema.graphql

# Write the OpenAPI document to docs/openapi.json
openapi:
    cargo run --quiet -- openapi > docs/openapi.json

# Write the AsyncAPI document of /ws to docs/asyncapi.yaml
asyncapi:
    cargo run --quiet -- asyncapi > docs/asyncapi.yaml

# Generate requests from the OpenAPI document, and see whether the server keeps to it (pip installs schemathesis)
test-api *arguments:
    deploy/test-api.sh {{ arguments }}

# Try the client libraries of the npm registry, as front-end teams use them, against the server
test-clients:
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package server -E 'test(/^clients::/)'
    else
        cargo test --package server --test it clients::
    fi

# Let clients of /ws subscribe, filter, pause and reconnect at random, and compare them with REST; five minutes
test-convergence form="50x300":
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    export FLEETWATCH_CONVERGENCE={{ form }}
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package server --success-output immediate -E 'test(/^clients::convergence::/)'
    else
        cargo test --package server --test it clients::convergence:: -- --nocapture
    fi

# Try everything that reads what comes from outside for so many seconds each, two at a time
fuzz seconds="600":
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/fuzz" CARGO_PROFILE_DEV_OPT_LEVEL=2 \
        FLEETWATCH_FUZZ_SECONDS={{ seconds }} cargo nextest run --workspace --test-threads 2 --success-output immediate -E 'test(/\bfuzz_/)'

# All that continuous integration does
ci:
    .ci/run
