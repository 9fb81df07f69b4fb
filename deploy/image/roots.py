"""Root file systems in place of the base images that the Dockerfile names, from Debian's packages."""

import os
import shutil
import subprocess
from pathlib import Path

DEBIAN = "bookworm"
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")

# The packages of which gcr.io/distroless/cc-debian12 consists.
RUNTIME_PACKAGES = "base-files netbase tzdata ca-certificates libc6 libgcc-s1 libgomp1 libstdc++6 libssl3".split()

# Files of this machine that programs need to reach the registries.
NETWORK = ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"]


def run(*command: str, **options) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def use_network(root: Path) -> None:
    for path in NETWORK:
        target = root / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(path, target)


class Roots:
    def __init__(self, cache: Path):
        self.cache = cache

    def _debian(self, *packages: str) -> Path:
        """Returns a minimal Debian with these packages."""
        root = self.cache / "-".join(["debian", *packages])
        if root.exists():
            return root
        new = root.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        if packages:
            run("cp", "-a", str(self._debian()), str(new))
            install = f"apt-get install --quiet --yes --no-install-recommends {' '.join(packages)} && apt-get clean"
            run("chroot", str(new), "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", install)
        else:
            run("debootstrap", "--variant=minbase", "--include=ca-certificates", DEBIAN, str(new), MIRROR)
            use_network(new)
            run("chroot", str(new), "apt-get", "update", "--quiet")
        new.rename(root)
        return root

    def copy(self, base: str, to: Path) -> None:
        """Creates a root like that of a base image."""
        kind = base.split(":")[0].split("/")[-1]
        match kind:
            case "node":
                run("cp", "-a", str(self._debian("nodejs", "npm")), str(to))
            case "rust":
                self._check_toolchain(base)
                run("cp", "-a", str(self._debian("gcc", "libc6-dev", "make")), str(to))
            case "cc-debian12":
                self._runtime(to)
            case _:
                raise SystemExit(f"there is no replacement for the base image {base}")

    def _check_toolchain(self, base: str) -> None:
        """Checks that the toolchain of this machine, which is mounted into the root, has the version of the image."""
        channel = base.split(":")[1].split("-")[0]
        version = run("rustc", "--version").split()[1]
        if version != channel:
            raise SystemExit(f"{base} needs Rust {channel}, but this machine has {version}")

    def _runtime(self, to: Path) -> None:
        """Unpacks packages without running anything in them, so that there is no shell."""
        packages = self.cache / f"runtime-{DEBIAN}"
        if not packages.exists():
            root = self._debian()
            run("chroot", str(root), "sh", "-c", f"cd /tmp && apt-get download {' '.join(RUNTIME_PACKAGES)}")
            new = packages.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            for package in root.glob("tmp/*.deb"):
                shutil.move(package, new)
            new.rename(packages)
        to.mkdir()
        for package in sorted(packages.glob("*.deb")):
            run("dpkg-deb", "--extract", str(package), str(to))
        for directory in ["tmp", "proc", "dev", "sys", "etc/ssl/certs", "home/nonroot"]:
            (to / directory).mkdir(parents=True, exist_ok=True)
        (to / "etc/passwd").write_text(
            "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
        )
        (to / "etc/group").write_text("root:x:0:\nnonroot:x:65532:\n")
        roots = sorted((to / "usr/share/ca-certificates/mozilla").glob("*.crt"))
        (to / "etc/ssl/certs/ca-certificates.crt").write_text("".join(path.read_text() for path in roots))
