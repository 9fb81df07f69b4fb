# `just` lists the tasks. (pip install rust-just, cargo install just, or your distribution's package.)

[private]
default:
    @just --list --unsorted

# Run the server with a simulated fleet: http://127.0.0.1:8080/
demo *arguments:
    cargo run -- demo {{ arguments }}

# Run fleetwatch with any arguments; without arguments, the server
run *arguments:
    cargo run -- {{ arguments }}

# Bundle GraphiQL, which the next build embeds; needs Node.js 18 or newer
assets:
    deploy/assets.sh

# Start a private PostgreSQL and Redis: eval "$(just up)"
@up:
    deploy/stores.sh up

# Stop the private PostgreSQL and Redis; their data is kept
@down:
    deploy/stores.sh down

# Check that everything compiles
check:
    cargo check --workspace --all-targets

# Build and run the tests of one crate, or of all crates
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

# Check formatting and lints
lint:
    deploy/test.sh lint

# Format everything
fmt:
    cargo fmt --all

# Check the licences and sources of dependencies (cargo install cargo-deny --locked)
deny:
    cargo deny check licenses bans sources

# Compare the server with a bare forwarder, on an idle machine, and update docs/benchmarks.md
bench *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" report {{ arguments }}

# Compare pages of a registry of 100,000 vehicles with plain SQL, and update docs/benchmarks.md
bench-registry *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" registry {{ arguments }}

# Measure live delivery during password guessing, and update docs/benchmarks.md; about four minutes
bench-log-ins *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" log-ins --seconds 60 {{ arguments }}

# Compare the server with Socket.IO, nchan, MQTT and NATS, and update docs/benchmarks.md; installs them
bench-peers *arguments:
    deploy/peers.sh
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" peers {{ arguments }}

# Measure the CPU time under increasing loads, and update docs/benchmarks.md and its plot
bench-growth *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" growth {{ arguments }}

# Show how the server's CPU time is divided under W1, W2, W3 and W5, and update docs/benchmarks.md and its flame graphs
bench-profile *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")/frame-pointers
    # perf follows frame pointers from a function to its callers.
    RUSTFLAGS="${RUSTFLAGS:-} -C force-frame-pointers=yes" CARGO_TARGET_DIR=$target \
        cargo build --profile bench-run --package server --package bench
    "$target/bench-run/fleetwatch-bench" profile {{ arguments }}

# Compare the CPU times of W1 without tracing, with 1 % of the messages traced and with all, and update docs/benchmarks.md; about seven minutes, on an idle machine
bench-traces *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" traces {{ arguments }}

# Measure each step of an update, and update the model of docs/scaling.md, on an idle machine
bench-scaling *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
    # Benchmarks run in the directories of their crates.
    export CRITERION_HOME=$target/criterion
    cargo bench --package live --package application --package adapters-redis --package api-ws \
        --bench core --bench rooms --bench contended --bench receive --bench decode --bench encode --bench write
    cargo build --profile bench-run --package server --package bench
    "$target/bench-run/fleetwatch-bench" scaling --criterion "$CRITERION_HOME" {{ arguments }}

# Measure what Redis does for each server and what clients cost when they connect, and update docs/scaling.md; about a minute, on an idle machine
bench-capacity *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" capacity {{ arguments }}

# Measure decoding, applying, serving and encoding separately, and how long the lock of the live core is held
bench-core:
    cargo bench --package live --package adapters-redis --package api-ws
    cargo run --quiet --release --package live --example longest_hold

# Run all known attacks on a server under load, and fail if it exceeds a bound; about five minutes, loopback only
test-hostile *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" hostile --seconds 10 {{ arguments }}

# Open and close sockets under load for half an hour, fail if the server keeps resources of closed ones, and update docs/benchmarks.md
test-soak *arguments:
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" soak {{ arguments }}

# Restart servers behind HAProxy and nginx one after another, with 1,000 clients, fail if a request fails or a client is not back in time with the current state, and update docs/load-balancing.md; about three minutes
test-rolling *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    cargo build --profile bench-run --package server --package bench
    "${CARGO_TARGET_DIR:-target}/bench-run/fleetwatch-bench" rolling {{ arguments }}

# Kill masters of Sentinel services and clusters, and move slots, repeatedly and under load
test-failover:
    cargo nextest run --package adapters-redis --run-ignored only --no-capture -E 'test(/^failover::/)'

# Execute the Dockerfile in clean Debian systems, and run its program as a container would; as root, with debootstrap
image-smoke *arguments:
    deploy/image/smoke.py {{ arguments }}

# Inject all faults under load, check that nothing acknowledged is lost or doubled, and update docs/reliability.md; about six minutes
test-chaos faults="":
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    export FLEETWATCH_CHAOS='{{ faults }}'
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package server --run-ignored only --no-capture -E 'test(=chaos::no_fault_costs_a_change)'
    else
        cargo test --package server --test it chaos::no_fault_costs_a_change -- --exact --ignored --nocapture
    fi

# Build the last release from the history of this repository, and run it beside this version during an upgrade
test-upgrade:
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    export FLEETWATCH_TEST_LAST_RELEASE
    FLEETWATCH_TEST_LAST_RELEASE=$(deploy/last-release.sh)
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package adapters-postgres -E 'test(/^upgrade::/)'
        cargo nextest run --package server --run-ignored only -E 'test(/^end_to_end::upgrade::/)'
    else
        cargo test --package adapters-postgres --test it upgrade::
        cargo test --package server --test it end_to_end::upgrade:: -- --ignored
    fi

# Write the GraphQL schema to docs/schema.graphql
schema:
    cargo run --quiet --package api-graphql --example schema > docs/schema.graphql

# Write the OpenAPI document to docs/openapi.json
openapi:
    cargo run --quiet -- openapi > docs/openapi.json

# Write the reference of all settings and the JSON Schema of configuration files to docs/
settings:
    cargo run --quiet -- config --reference > docs/configuration.md
    cargo run --quiet -- config --schema > docs/fleetwatch.schema.json

# Write the AsyncAPI document of /ws to docs/asyncapi.yaml
asyncapi:
    cargo run --quiet -- asyncapi > docs/asyncapi.yaml

# Generate requests from the OpenAPI document, and check that the server conforms to it (installs schemathesis)
test-api *arguments:
    deploy/test-api.sh {{ arguments }}

# Test the server with the client libraries from npm that front-end teams use
test-clients:
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/test.sh install
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --package server -E 'test(/^clients::/)'
    else
        cargo test --package server --test it clients::
    fi

# Run clients of /ws that subscribe, filter, pause and reconnect at random, and compare their data with REST; five minutes
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

# Fuzz every parser of external input for this many seconds, two at a time
fuzz seconds="600":
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/fuzz" CARGO_PROFILE_DEV_OPT_LEVEL=2 \
        FLEETWATCH_FUZZ_SECONDS={{ seconds }} cargo nextest run --workspace --test-threads 2 --success-output immediate -E 'test(/\bfuzz_/)'

# Run everything that continuous integration runs
ci:
    .ci/run
