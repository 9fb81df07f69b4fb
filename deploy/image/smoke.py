#!/usr/bin/env python3
"""Builds the image of the Dockerfile without Docker, and checks that its program runs as it would in a container.

    deploy/image/smoke.py                    executes all stages in clean Debian roots; compiles, so it takes long
    deploy/image/smoke.py --program FILE     puts an existing program into the image instead of compiling one
    deploy/image/smoke.py --plan             only checks that the files that the Dockerfile copies exist

Except for --plan, it needs root, debootstrap, and this machine's Rust toolchain, which is mounted into the build.
"""

import argparse
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import dockerfile
from build import Build
from roots import Roots

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("IMAGE_SMOKE_CACHE", "/var/tmp/fleetwatch-image"))
PATIENCE_S = 60


class Container:
    """Runs commands of an image as a container would: read-only, as its user, the program as process 1."""

    def __init__(self, root: Path, settings: dict, env: dict[str, str]):
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.root, self.settings, self.env = root, settings, path | settings["env"] | env

    def start(self, command: list[str], **options) -> subprocess.Popen:
        assignments = " ".join(shlex.quote(f"{name}={value}") for name, value in self.env.items())
        script = f"""set -e
            mount --bind {self.root} {self.root}
            mount -t proc proc {self.root}/proc
            mount -t tmpfs tmpfs {self.root}/dev
            for device in null zero random urandom; do
                touch {self.root}/dev/$device
                mount --bind /dev/$device {self.root}/dev/$device
            done
            mount -o remount,bind,ro {self.root}
            exec env -i {assignments} /usr/sbin/chroot --userspec={self.settings["user"]} {self.root} "$@" """
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return subprocess.Popen([*namespaces, "bash", "-c", script, "container", *command], text=True, **options)

    def output(self, command: list[str]) -> str:
        process = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(timeout=PATIENCE_S)
        if process.returncode != 0:
            raise SystemExit(f"{command} exits with {process.returncode}: {output}")
        return output.strip()


def check(what: str, holds: bool) -> None:
    print(f"{'ok' if holds else 'FAILED'}: {what}", flush=True)
    if not holds:
        raise SystemExit(1)


def size_mib(root: Path) -> float:
    output = subprocess.run(["du", "-s", "--block-size=1", str(root)], check=True, text=True, stdout=subprocess.PIPE)
    return int(output.stdout.split()[0]) / 2**20


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
        return response.read().decode()


def smoke(root: Path, settings: dict) -> None:
    """Runs the program of the image, and checks the properties that a container platform relies on."""
    shells = [path for path in ["bin/sh", "bin/bash", "usr/bin/sh", "usr/bin/curl"] if (root / path).exists()]
    check(f"the image has neither a shell nor curl, and takes {size_mib(root):.0f} MiB", not shells)
    check("it runs as a user other than root, named by number", settings["user"].split(":")[0].isdigit())

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519"], check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    container = Container(
        root,
        settings,
        {"FLEETWATCH_HTTP__BIND": f"0.0.0.0:{port}", "FLEETWATCH_AUTH__SIGNING_KEY": key},
    )
    program = settings["entrypoint"]
    print(container.output([*program, "--version"]))
    server = container.start(program)
    try:
        healthcheck = settings["healthcheck"]
        check("the health check passes", '"up"' in container.output([*healthcheck, "--wait-s", str(PATIENCE_S)]))
        url = f"http://127.0.0.1:{port}"
        check("/health/live responds", '"up"' in get(f"{url}/health/live"))
        check("/graphiql is the bundled one", "bundle.js" in get(f"{url}/graphiql"))
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(children[0]), getattr(signal, settings["stopsignal"]))
        check("as process 1, it stops on its signal and exits with 0", server.wait(PATIENCE_S) == 0)
    finally:
        server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, help="an existing program to put into the image")
    parser.add_argument("--plan", action="store_true", help="only check that the copied files exist")
    arguments = parser.parse_args()

    text = (REPOSITORY / "Dockerfile").read_text()
    context = dockerfile.Context(REPOSITORY)
    if faults := dockerfile.faults(text, context):
        raise SystemExit("\n".join(faults))
    stages = dockerfile.stages(text)
    if arguments.plan:
        for stage in stages:
            print(f"{stage.name}: {stage.base}, {len(stage.instructions)} instructions")
        return
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise SystemExit("this needs root and debootstrap")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as work:
        os.chmod(work, 0o755)
        build = Build(context, Roots(CACHE), Path(work), arguments.program)
        root, settings = build.run(stages)
        smoke(root, settings)


if __name__ == "__main__":
    main()
