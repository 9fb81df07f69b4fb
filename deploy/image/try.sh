#!/usr/bin/env bash
# Runs an image as docs/deployment.md recommends, waits until it is healthy, and stops it: deploy/image/try.sh IMAGE
set -euo pipefail

image=${1:?deploy/image/try.sh IMAGE}
container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
    --tmpfs /var/lib/fleetwatch:uid=65532,gid=65532,mode=700 "$image" demo)
trap 'docker logs "$container" >&2; docker rm --force "$container" >/dev/null' EXIT

health=starting
for _ in {1..120}; do
    health=$(docker inspect --format '{{.State.Health.Status}}' "$container")
    [[ $health == starting ]] || break
    sleep 1
done
[[ $health == healthy ]]
docker stop --time 20 "$container" >/dev/null
[[ $(docker inspect --format '{{.State.ExitCode}}' "$container") == 0 ]]
