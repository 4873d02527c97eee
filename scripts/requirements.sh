#!/bin/sh
# Resolves requirements/*.in to pinned versions with hashes, for every platform and Python from 3.11 on.
#
#   scripts/requirements.sh [--upgrade]
#
# Without --upgrade, pins that still fit are kept. The order matters: later sets are constrained by earlier ones.
set -eu
cd "$(dirname "$0")/../requirements"
for name in uv run examples dev bench mlserver; do
  printf 'requirements: %s\n' "$name"
  ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' \
    "$@" "$name.in" --output-file "$name.txt"
done
