"""Executes the stages of a Dockerfile in chroots, without Docker."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import dockerfile
from roots import Roots

# Replaces cargo where an existing program is to be put into the image instead of a new one.
PRETEND_CARGO = "#!/bin/sh\necho \"cargo $*: an existing program is used\" >&2\nmkdir -p target/release && cp /program target/release/fleetwatch\n"


class Build:
    def __init__(self, context: dockerfile.Context, roots: Roots, work: Path, program: Path | None):
        self.context, self.roots, self.work, self.program = context, roots, work, program
        self.images: dict[str, Path] = {}

    def run(self, stages: list[dockerfile.Stage]) -> tuple[Path, dict]:
        """Executes all stages. Returns the root of the last one, and its configuration."""
        settings: dict = {}
        for stage in stages:
            print(f"== {stage.base} as {stage.name}", flush=True)
            root = self.images[stage.name] = self.work / stage.name
            self.roots.copy(stage.base, root)
            settings = self._stage(stage, root)
        return self.images[stages[-1].name], settings

    def _stage(self, stage: dockerfile.Stage, root: Path) -> dict:
        directory, env, settings = "/", {}, {"env": {}, "user": "0:0"}
        for instruction in stage.instructions:
            rest = instruction.rest
            match instruction.word:
                case "ARG" | "LABEL":
                    dockerfile.pairs(rest)
                case "ENV":
                    settings["env"] |= (pairs := dockerfile.pairs(rest))
                    env |= pairs
                case "WORKDIR":
                    directory = os.path.join(directory, rest)
                    (root / directory[1:]).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(instruction, root, directory)
                case "RUN":
                    self._run(instruction, root, directory, env, stage.base)
                case "USER":
                    settings["user"] = rest
                case "ENTRYPOINT":
                    settings["entrypoint"] = re.findall(r'"([^"]*)"', rest)
                case "HEALTHCHECK":
                    settings["healthcheck"] = re.findall(r'"([^"]*)"', rest)
                case "EXPOSE" | "STOPSIGNAL":
                    settings[instruction.word.lower()] = rest
                case other:
                    raise SystemExit(f"line {instruction.line}: {other} is not known here")
        return settings

    def _copy(self, instruction: dockerfile.Instruction, root: Path, directory: str) -> None:
        sources, target = dockerfile.copies(instruction)
        origin = instruction.flags.get("from", [None])[0]
        into = target.endswith("/")
        to = root / os.path.join(directory, target)[1:]
        for source in sources:
            if origin:
                found = self.images[origin] / source.lstrip("/")
                if found.is_dir():
                    to.mkdir(parents=True, exist_ok=True)
                    shutil.copymode(found, to)
                    subprocess.run(["cp", "-a", "--no-preserve=ownership", f"{found}/.", str(to)], check=True)
                else:
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(found, to)
                continue
            for file in self.context.files():
                if file == source:
                    place = to / Path(file).name if into else to
                elif file.startswith(source + "/"):
                    place = to / file[len(source) + 1 :]
                else:
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.context.root / file, place)
        if owner := instruction.flags.get("chown"):
            subprocess.run(["chown", "-R", owner[0], str(to)], check=True)

    def _run(self, instruction, root: Path, directory: str, env: dict, base: str) -> None:
        print(f"== line {instruction.line}: {instruction.rest[:100]}", flush=True)
        binds: list[tuple[str, str]] = []
        for mount in instruction.flags.get("mount", []):
            target = dict(item.split("=") for item in mount.split(","))["target"]
            binds.append((self._cache_of(target), target))
        path = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        if base.startswith("rust:"):
            sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, text=True, stdout=subprocess.PIPE)
            binds.append((sysroot.stdout.strip(), "/usr/local/rust"))
            path = f"/usr/local/rust/bin:{path}"
            env = {"CARGO_HOME": "/usr/local/cargo", **env}
        if base.startswith("rust:") and self.program:
            (root / "usr/local/bin/cargo").write_text(PRETEND_CARGO)
            (root / "usr/local/bin/cargo").chmod(0o755)
            shutil.copy(self.program, root / "program")
            path = path.removeprefix("/usr/local/rust/bin:")
        # The configuration of this machine's package clients.
        for file, target in [(".npmrc", "/root/.npmrc"), (".cargo/config.toml", "/usr/local/cargo/config.toml")]:
            if (Path.home() / file).is_file():
                binds.append((str(Path.home() / file), target))
        script = ["set -e", f"mount --rbind /dev {root}/dev", f"mount -t proc proc {root}/proc"]
        for source, target in binds:
            place = root / target[1:]
            if Path(source).is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
            script.append(f"mount --bind {shlex.quote(source)} {place}")
        for name in ["http_proxy", "https_proxy", "no_proxy"]:
            if name in os.environ:
                env = {name: os.environ[name], **env}
        env = {
            "PATH": path,
            "HOME": "/root",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            **env,
        }
        inner = f"cd {directory} && {instruction.rest}"
        assignments = " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items())
        script.append(f"exec env -i {assignments} chroot {root} /bin/sh -c {shlex.quote(inner)}")
        subprocess.run(["unshare", "--mount", "--pid", "--fork", "bash", "-c", "\n".join(script)], check=True)

    def _cache_of(self, target: str) -> str:
        """Returns the directory of a cache mount. Cargo's registry is that of this machine."""
        registry = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry"
        if target == "/usr/local/cargo/registry" and registry.is_dir():
            return str(registry)
        cache = self.roots.cache / "mounts" / target.strip("/").replace("/", "-")
        cache.mkdir(parents=True, exist_ok=True)
        return str(cache)
