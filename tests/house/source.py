"""Python sources as the house tests read them: name, text, tree, and the modules of ours that each one imports."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "prodworthy"


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule does not hold. `where` is `module` or `module:Class.function`; a waiver names it so."""

    rule: str
    where: str
    says: str


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file, parsed."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    def imports(self, ours: frozenset[str]) -> frozenset[str]:
        """The modules among `ours` that this one imports, anywhere in its text: late imports count."""
        found = (self._resolve(name, ours) for name in self._named())
        return frozenset(name for name in found if name and name != self.name)

    def _named(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        above = node.level if self.path.name != "__init__.py" else node.level - 1
        parent = parts[: len(parts) - above]
        return ".".join([*parent, node.module] if node.module else parent)

    @staticmethod
    def _resolve(name: str, ours: frozenset[str]) -> str | None:
        """`from a.b import c` names the module a.b.c if there is one, else a.b."""
        if name in ours:
            return name
        parent = name.rpartition(".")[0]
        return parent if parent in ours else None


def parse(name: str, text: str, path: Path | None = None) -> Source:
    """Make a source of `text`; the tests of the rules themselves use it for small bad examples."""
    path = path or Path(name.replace(".", "/") + ".py")
    return Source(name, path, text, ast.parse(text, filename=str(path)))


@functools.cache
def package_sources() -> tuple[Source, ...]:
    """Every module under src/prodworthy, by name."""
    return tuple(sorted(_read(ROOT / "src", PACKAGE), key=lambda source: source.name))


@functools.cache
def all_sources() -> tuple[Source, ...]:
    """The package, its tests, the benchmarks, the training, the examples and the scripts."""
    others = (source for top in ("tests", "bench", "training", "examples", "scripts") for source in _read(ROOT, top))
    return (*package_sources(), *sorted(others, key=lambda source: source.name))


def _read(base: Path, top: str) -> Iterator[Source]:
    for path in (base / top).rglob("*.py"):
        parts = list(path.relative_to(base).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        yield parse(".".join(parts), path.read_text(encoding="utf-8"), path)


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Every class and function, also nested ones, with its dotted name inside the module."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield f"{prefix}{child.name}", child
                yield from walk(child, f"{prefix}{child.name}.")
            else:
                yield from walk(child, prefix)

    return walk(tree, "")


def enclosing(source: Source, line: int) -> str:
    """`module:Class.function` of the innermost function around a line, or the module's name."""
    around = [
        (node.lineno, name)
        for name, node in definitions(source.tree)
        if not isinstance(node, ast.ClassDef) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return f"{source.name}:{max(around)[1]}" if around else source.name


def text_files() -> dict[str, str]:
    """Every file that git tracks or would track, as text, by its path; files that are not text are left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    texts: dict[str, str] = {}
    for name in filter(None, listed):
        path = ROOT / name
        if not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            texts[name] = data.decode("utf-8", errors="replace")
    return texts
