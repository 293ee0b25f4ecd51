"""The source of the project as its rules see it: every file, what it says and what it imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Import:
    name: str
    line: int
    for_types: bool = False

    def of(self, *modules: str) -> bool:
        return any(self.name == module or self.name.startswith(module + ".") for module in modules)


class Module:
    """One file: where it stands, what it says, what it imports."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source
        self.tree = ast.parse(source)
        self.place = PurePosixPath(path).with_suffix("").parts
        self.imports = list(self._imports())

    @property
    def top(self) -> str:
        return self.place[0]

    @property
    def service(self) -> str | None:
        return self.place[1] if self.top == "services" and len(self.place) > 2 else None

    @property
    def room(self) -> str | None:
        return self.place[2] if self.service else None

    def own(self, *rooms: str) -> tuple[str, ...]:
        return tuple(f"services.{self.service}.{room}" for room in rooms)

    def _imports(self) -> Iterator[Import]:
        for_types = {
            inner
            for node in ast.walk(self.tree)
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            for statement in node.body
            for inner in ast.walk(statement)
        }
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno, node in for_types) for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                above = self.place[: len(self.place) - node.level] if node.level else ()
                start = ".".join([*above, *([node.module] if node.module else [])])
                yield from (Import(f"{start}.{alias.name}", node.lineno, node in for_types) for alias in node.names)


def tree() -> list[Module]:
    files = [f for top in ("services", "shared", "deploy", "tests") for f in sorted((ROOT / top).rglob("*.py"))]
    return [Module(f.relative_to(ROOT).as_posix(), f.read_text(encoding="utf-8")) for f in files]
