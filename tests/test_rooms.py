"""Rules of the whole tree: no import circle, the same rooms in every service, a test for every file of actions."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import pytest

from shared.runtime import ALL
from tests.source_tree import ROOT, Module, tree

FILES = frozenset({"main", "settings", "state", "errors", "handlers"})
ROOMS = frozenset({"api", "pages", "actions", "domain", "models", "migrations", "templates"})
# `channels` is notify's seam to mail servers; `directory` is the data that routing ships.
MORE: Mapping[str, frozenset[str]] = {"notify": frozenset({"channels"}), "routing": frozenset({"directory"})}
THIRD_NOUN = 3
Graph = Mapping[str, frozenset[str]]


def graph_of(modules: Sequence[Module]) -> Graph:
    """Each module with those it imports, whether to run or for types only."""
    known = {name_of(module): module for module in modules}
    return {name: frozenset(imported(module, known)) - {name} for name, module in known.items()}


def name_of(module: Module) -> str:
    return ".".join(part for part in module.place if part != "__init__")


def imported(module: Module, known: Mapping[str, Module]) -> Iterator[str]:
    for i in module.imports:
        parts = i.name.split(".")
        prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        found = next((prefix for prefix in prefixes if prefix in known), None)
        if found is not None:
            yield found


def circles_in(graph: Graph) -> list[list[str]]:
    """One circle for each module that closes one, each from its first module back to it."""
    done: set[str] = set()
    found: list[list[str]] = []

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            found.append([*path[path.index(name) :], name])
        elif name not in done:
            for other in sorted(graph[name]):
                visit(other, [*path, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])
    return found


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return [module for module in tree() if module.top != "tests"]


def test_no_module_imports_itself_by_way_of_others(modules: list[Module]) -> None:
    assert [" → ".join(circle) for circle in circles_in(graph_of(modules))] == []


def test_a_circle_is_found_even_when_it_is_for_types_only() -> None:
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shared.one import One"
    circle = [Module("shared/one.py", "from shared import two"), Module("shared/two.py", for_types)]
    assert circles_in(graph_of(circle)) == [["shared.one", "shared.two", "shared.one"]]


@pytest.mark.parametrize("name", ALL)
def test_every_service_has_the_same_rooms(name: str) -> None:
    service = ROOT / "services" / name
    entries = {path.stem for path in service.iterdir() if not path.name.startswith("__")}
    assert entries - ROOMS - MORE.get(name, frozenset()) == FILES


def test_the_auditor_has_rooms_of_the_same_names() -> None:
    entries = {path.stem for path in (ROOT / "services" / "audit").iterdir() if not path.name.startswith("__")}
    # `checks` read the databases of others; what it found it keeps in memory, so that it has no models.
    assert entries == {"main", "settings", "state", "databases", "api", "actions", "domain", "checks"}


@pytest.mark.parametrize("name", ALL)
def test_a_room_is_a_folder_only_when_it_has_a_third_noun(name: str) -> None:
    for room in ("api", "pages", "actions", "domain", "models"):
        folder = ROOT / "services" / name / room
        if folder.is_dir():
            nouns = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
            assert len(nouns) >= THIRD_NOUN, f"{name}/{room} has {len(nouns)}"


def test_the_init_of_a_room_has_its_sentence_and_nothing_else(modules: list[Module]) -> None:
    rooms = [m for m in modules if m.service and m.path.endswith("/__init__.py") and "migrations" not in m.path]
    assert [module.path for module in rooms if len(module.tree.body) != 1] == []


def test_every_file_of_actions_has_a_test_file_of_its_noun(modules: list[Module]) -> None:
    actions = [PurePosixPath(m.path) for m in modules if m.room == "actions" and not m.path.endswith("__init__.py")]
    tests = {path.parts[1]: set() for path in actions}
    for service in tests:
        tests[service] = {path.stem for path in (ROOT / "tests" / service).rglob("test_*.py")}
    assert [str(path) for path in actions if f"test_{path.stem}" not in tests[path.parts[1]]] == []
