"""Reads a Dockerfile and its .dockerignore, as far as the Dockerfile of this repository uses them."""

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Instruction:
    line: int
    word: str
    flags: dict[str, list[str]]
    rest: str


@dataclass
class Stage:
    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)


def _lines(text: str):
    """Yields the logical lines: without comments, and with continuations joined."""
    number, joined = 0, ""
    for at, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not joined and not line.strip()):
            continue
        number = number if joined else at
        joined += line.removesuffix("\\") if line.endswith("\\") else line
        if not line.endswith("\\"):
            yield number, joined
            joined = ""


def _instruction(number: int, line: str) -> Instruction:
    word, rest = line.split(None, 1)
    flags: dict[str, list[str]] = {}
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags.setdefault(match[1], []).append(match[2])
        rest = rest[match.end() :]
    return Instruction(number, word.upper(), flags, rest.strip())


def expand(text: str, variables: dict[str, str]) -> str:
    """Replaces ${NAME}; the Dockerfile uses no other form."""
    return re.sub(r"\$\{(\w+)\}", lambda match: variables[match[1]], text)


def pairs(rest: str) -> dict[str, str]:
    """Returns the assignments of ENV and LABEL."""
    return dict(item.split("=", 1) for item in shlex.split(rest))


def stages(text: str) -> list[Stage]:
    found: list[Stage] = []
    arguments: dict[str, str] = {}
    for number, line in _lines(text):
        instruction = _instruction(number, line)
        if instruction.word == "FROM":
            base, *alias = instruction.rest.split()
            found.append(Stage(expand(base, arguments), alias[1] if alias else "final"))
        elif found:
            found[-1].instructions.append(instruction)
        elif instruction.word == "ARG":
            arguments |= pairs(instruction.rest)
    return found


def _pattern(glob: str) -> re.Pattern:
    parts = re.split(r"(\*\*/|\*|\?)", glob)
    special = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part, re.escape(part)) for part in parts))


class Context:
    """The files that a build may copy."""

    def __init__(self, root: Path):
        self.root = root
        lines = (root / ".dockerignore").read_text().splitlines()
        rules = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        self._rules = [(rule.startswith("!"), rule.lstrip("!"), _pattern(rule.lstrip("!"))) for rule in rules]

    def _is_excluded(self, path: str) -> bool:
        """Returns whether a path is excluded. The last rule that matches it or one of its parents decides."""
        parts = path.split("/")
        prefixes = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        excluded = False
        for includes, _, pattern in self._rules:
            if any(pattern.fullmatch(prefix) for prefix in prefixes):
                excluded = not includes
        return excluded

    def _may_contain(self, directory: str) -> bool:
        """Returns whether a rule includes files of a directory that is itself excluded."""
        return any(includes and rule.startswith(directory + "/") for includes, rule, _ in self._rules)

    def files(self) -> list[str]:
        found = []
        for folder, directories, names in os.walk(self.root):
            place = os.path.relpath(folder, self.root)
            place = "" if place == "." else place + "/"
            directories[:] = [
                name
                for name in directories
                if not self._is_excluded(place + name) or self._may_contain(place + name)
            ]
            found += [place + name for name in names if not self._is_excluded(place + name)]
        return sorted(found)


def copies(instruction: Instruction) -> tuple[list[str], str]:
    """Returns the sources and the target of COPY."""
    *sources, target = instruction.rest.split()
    return sources, target


def faults(text: str, context: Context) -> list[str]:
    """Returns the faults that are known before anything is run: sources of COPY that do not exist, unknown stages."""
    found, names, files = [], set(), context.files()
    for stage in stages(text):
        for instruction in stage.instructions:
            if instruction.word != "COPY":
                continue
            origin = instruction.flags.get("from", [None])[0]
            if origin and origin not in names:
                found.append(f"line {instruction.line}: there is no stage {origin} above")
            for source in copies(instruction)[0] if not origin else []:
                if not any(file == source or file.startswith(source + "/") for file in files):
                    found.append(f"line {instruction.line}: {source} is not in the context")
        names.add(stage.name)
    return found
