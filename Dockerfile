# syntax=docker/dockerfile:1
# The image of fleetwatch: the program, the C library, root certificates, and nothing else, not even a shell.
#
#   docker build --tag fleetwatch .
#   docker run --rm --publish 127.0.0.1:8080:8080 fleetwatch demo
#
# docs/deployment.md explains how to run it. deploy/image/smoke.py executes these stages without Docker.

# The channel of rust-toolchain.toml.
ARG RUST_VERSION=1.95.0

FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY deploy/assets.sh deploy/tools.sh deploy/
COPY crates/console/graphiql crates/console/graphiql
RUN --mount=type=cache,target=/root/.npm deploy/assets.sh

FROM rust:${RUST_VERSION}-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY crates crates
COPY --from=assets /src/crates/console/graphiql/dist crates/console/graphiql/dist
# On ARM, kernels use pages of 4, 16 or 64 KiB. The allocator supports page sizes up to the one for which it was built.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    if [ "$(uname -m)" = aarch64 ]; then export JEMALLOC_SYS_WITH_LG_PAGE=16; fi \
    && cargo build --release --locked --package server --bin fleetwatch \
    && install -D target/release/fleetwatch /out/fleetwatch \
    && install -d -m 0700 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fleetwatch" \
    org.opencontainers.image.description="Monitors fleets of robots: ROS 2 positions from Redis, live to browsers" \
    org.opencontainers.image.source="https://github.com/fleetwatch/fleetwatch" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/fleetwatch /usr/local/bin/fleetwatch
# This directory is only used without FLEETWATCH_AUTH__SIGNING_KEY, and by `demo`. Otherwise, the whole file system can
# be read-only.
COPY --from=build --chown=65532:65532 /out/data /var/lib/fleetwatch
ENV FLEETWATCH_HTTP__BIND=0.0.0.0:8080 \
    FLEETWATCH_DATA__DIR=/var/lib/fleetwatch
# A number, because Kubernetes cannot tell whether a name is that of root.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["fleetwatch", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/fleetwatch"]
