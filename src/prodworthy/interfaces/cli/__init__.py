"""The command line: `prodworthy VERB`. Each verb prints plain aligned text, or JSON with `--json`."""

from prodworthy.interfaces.cli.app import app, main

__all__ = ["app", "main"]
