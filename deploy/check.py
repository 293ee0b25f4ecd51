"""`make check`: checks that spare a reviewer the search. One line per finding: file:line: what."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The fixed top level.
TOP = {"services", "shared", "deploy", "tests", "docs", ".ci", ".gitignore", "Makefile", "README.md"}
TOP |= {"CHANGELOG.md", "LICENSE", "pyproject.toml", "requirements.lock"}
TOOLS = {
    "format": ("ruff", "format", "--check", "--quiet", "--output-format=concise", "."),
    "lint": ("ruff", "check", "--quiet", "--output-format=concise", "."),
    "types": ("mypy", "--strict", "services", "shared"),
    "architecture": ("pytest", "-q", "--no-header", "tests/test_architecture.py", "tests/test_rooms.py"),
}

# Written in halves, so that this file passes its own rules.
HOSTS = [
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry." + "npmjs.org",
    "registry." + "yarnpkg.com",
    "repo1." + "maven.org",
    "repo.maven." + "apache.org",
    "crates" + ".io",
    "proxy." + "golang.org",
    "deb." + "debian.org",
    "archive." + "ubuntu.com",
    "docker" + ".io",
    "hub." + "docker.com",
    "ghcr" + ".io",
    "quay" + ".io",
    "gcr" + ".io",
]
RULES = {
    "a registry's address; name the package, not the place": re.compile(
        r"(?<![\w-])(" + "|".join(map(re.escape, HOSTS)) + r")(?![\w-])"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w./:-])/(work/|tmp/[\w<{]|root\b|home/[\w<{]|Users/\w)|\b[A-Z]:\\Users\\"
    ),
    "a private key": re.compile(r"-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}"),
    "a signed token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a password in the source; read it from the settings": re.compile(
        r"""(?i:\b\w*(password|passwd|secret|api_key)\s*=\s*["'][^"'{}$<\s]{4,}["'])|\b\w*(PASSWORD|SECRET)=[^\s"'{}$<]{4,}"""
    ),
}
# Files to which a rule does not apply, with the reason.
EXCEPTIONS = {
    "a password in the source; read it from the settings": (
        "tests/*",  # invented passwords, valid nowhere
        "*.example",  # placeholders
    ),
}


def main() -> None:
    """Run every check, print each result, and exit with an error if one fails."""
    failed = []
    started = time.perf_counter()
    findings = list(find(tracked()))
    print(*findings, sep="\n", end="\n" if findings else "")
    report("tree", not findings, started)
    if findings:
        failed.append("tree")
    for name, command in TOOLS.items():
        started = time.perf_counter()
        ended = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
        if ended.returncode:
            print((ended.stdout + ended.stderr).rstrip())
            failed.append(name)
        report(name, not ended.returncode, started)
    if failed:
        sys.exit(f"make check: {', '.join(failed)} failed")


def report(name: str, good: bool, started: float) -> None:
    print(f"{'ok  ' if good else 'FAIL'} {name:<13} {time.perf_counter() - started:5.1f} s", flush=True)


def tracked() -> list[Path]:
    """Every file that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        sys.exit("make check reads the list of files from git; this is not a git checkout.")
    return [ROOT / name for name in sorted(filter(None, listed.stdout.split("\0")))]


def find(files: list[Path]) -> Iterator[str]:
    """One line for each finding in these files."""
    for file in files:
        if not file.is_file():
            continue
        raw = file.read_bytes()
        if b"\0" in raw[:8000]:
            continue
        name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
        yield from find_in(name, raw.decode("utf-8", errors="replace"))


def find_in(name: str, text: str) -> Iterator[str]:
    if name.split("/")[0] not in TOP:
        yield f"{name}:1: not of the fixed top level"
    for what, pattern in RULES.items():
        if any(fnmatch(name, where) for where in EXCEPTIONS.get(what, ())):
            continue
        for match in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group().strip()[:60]}"


if __name__ == "__main__":
    main()
