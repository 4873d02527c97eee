"""What code may do where: globals, the environment, files, and how widely an error may be caught."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.house.source import PACKAGE, Breach, Source, enclosing

ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})
PATH_METHODS = frozenset(
    {"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob", "touch", "unlink", "mkdir", "rmdir"}
)
FILE_FUNCTIONS = frozenset(
    f"os.{name}"
    for name in (
        "open",
        "listdir",
        "scandir",
        "walk",
        "remove",
        "unlink",
        "rename",
        "replace",
        "mkdir",
        "makedirs",
        "stat",
    )
) | {"io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "tarfile.open", "zipfile.ZipFile", "mmap.mmap"}
FILE_MODULES = frozenset({"shutil", "tempfile", "fileinput", "glob", "sqlite3"})
BROAD = frozenset({"Exception", "BaseException"})


def global_statements(sources: Iterable[Source]) -> Iterator[Breach]:
    """No function rebinds a module's variable."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Global):
                yield Breach("global_statements", enclosing(source, node.lineno), f"global {', '.join(node.names)}")


def environment_reads(sources: Iterable[Source]) -> Iterator[Breach]:
    """The environment is read in `interfaces` only."""
    for source in sources:
        if _in_wing(source, "interfaces"):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and _dotted(node.value) == "os":
                yield Breach("environment_reads", enclosing(source, node.lineno), f"os.{node.attr}")
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                for alias in node.names:
                    if alias.name in ENVIRONMENT:
                        yield Breach("environment_reads", source.name, f"from os import {alias.name}")


def file_access(sources: Iterable[Source]) -> Iterator[Breach]:
    """Files are opened, listed and changed in `interfaces` and `record` only."""
    for source in sources:
        if _in_wing(source, "interfaces") or _in_wing(source, "record"):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and (call := _file_call(node.func)):
                yield Breach("file_access", enclosing(source, node.lineno), f"line {node.lineno}: {call}")
            elif name := _file_import(node):
                yield Breach("file_access", source.name, f"imports {name}")


def broad_except(sources: Iterable[Source]) -> Iterator[Breach]:
    """Nothing catches every exception, except the places that the waivers name."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type)):
                yield Breach("broad_except", enclosing(source, node.lineno), f"line {node.lineno}: catches everything")
            elif isinstance(node, ast.Call) and _suppresses_everything(node):
                yield Breach(
                    "broad_except", enclosing(source, node.lineno), f"line {node.lineno}: suppresses everything"
                )


def _in_wing(source: Source, wing: str) -> bool:
    return f"{source.name}.".startswith(f"{PACKAGE}.{wing}.")


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _file_call(function: ast.expr) -> str | None:
    name = _dotted(function)
    if name == "open" or name in FILE_FUNCTIONS:
        return name
    if not isinstance(function, ast.Attribute):
        return None
    on_a_path = isinstance(function.value, ast.Call) and _dotted(function.value.func) in {"Path", "pathlib.Path"}
    return f".{function.attr}" if function.attr in PATH_METHODS or (on_a_path and function.attr == "open") else None


def _file_import(node: ast.AST) -> str | None:
    if isinstance(node, ast.ImportFrom):
        return node.module if (node.module or "").split(".")[0] in FILE_MODULES else None
    if isinstance(node, ast.Import):
        return next((alias.name for alias in node.names if alias.name.split(".")[0] in FILE_MODULES), None)
    return None


def _is_broad(node: ast.expr) -> bool:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(_dotted(part).removeprefix("builtins.") in BROAD for part in parts)


def _suppresses_everything(call: ast.Call) -> bool:
    return _dotted(call.func) in {"suppress", "contextlib.suppress"} and any(_is_broad(arg) for arg in call.args)
