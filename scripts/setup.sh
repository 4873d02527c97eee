#!/bin/sh
# Prepares this clone: .venv with the pinned packages and, where named, what else a verb needs.
#
#   scripts/setup.sh [postgres] [chromium] [nginx] [mlserver] [bench]
#
#   postgres   PostgreSQL's server programs (Debian package), for the tests of the store
#   chromium   a browser (Debian package), for the tests of the pages
#   nginx      nginx (Debian package), a peer in the benchmarks
#   mlserver   .venv-mlserver: MLServer, for the end-to-end tests of Open Inference v2
#   bench      .venv-bench: LiteLLM's proxy, a peer in the benchmarks
#
# What is present already is skipped. PYTHON names the interpreter to build with (3.11 or later; default: python3).
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# One at a time: two verbs may run at once.
if command -v flock >/dev/null 2>&1; then
  exec 9>.setup.lock
  flock -n 9 || { say "another setup is running here; waiting for it"; flock 9; }
fi

# run LOG COMMAND...: shows the command's own progress on a terminal; elsewhere keeps it in LOG, and shows it on failure.
run() {
  log=$1
  shift
  if [ -t 2 ]; then "$@"; return; fi
  "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# debian_package NAME...: installs the packages, or says plainly that it could not and what to type.
debian_package() {
  if ! command -v apt-get >/dev/null 2>&1; then
    say "NOT INSTALLED: $* (no apt-get here; install it by your system's means)" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    say "NOT INSTALLED: $* (needs root). Please run: sudo apt-get install -y $*" >&2
    return 1
  fi
  say "installing $* (Debian)"
  if [ ! -e "$work/apt-updated" ]; then
    run "$work/apt.log" as_root apt-get update -q && : >"$work/apt-updated"
  fi
  run "$work/apt.log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
    </dev/null || { say "NOT INSTALLED: $* (see above)" >&2; return 1; }
}

# digest FILE...: changes when what an environment is built from changes.
digest() { cat "$@" | sha256sum | cut -c1-32; }

# make_venv FOLDER: an environment with the pinned uv in it. One that works is kept: others may be using it.
make_venv() {
  [ "$(cat "$1/.uv" 2>/dev/null)" = "$uv_digest" ] && "$1/bin/uv" --version >/dev/null 2>&1 && "$1/bin/python" -c '' && return
  if ! "$1/bin/python" -c 'import pip' 2>/dev/null; then
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
      say "this Python has no ensurepip"
      debian_package python3-venv || stop "install the package python3-venv, then try again"
    fi
    say "creating $1 with $("$python" -V)"
    "$python" -m venv --clear "$1"
  fi
  run "$work/pip.log" "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    -r requirements/uv.txt
  echo "$uv_digest" >"$1/.uv"
}

# fill_venv FOLDER NAME...: exactly the packages of requirements/NAME.txt, by their hashes.
fill_venv() {
  folder=$1
  shift
  files=requirements/uv.txt
  for name in "$@"; do files="$files requirements/$name.txt"; done
  # shellcheck disable=SC2086  # a list of file names of our own, none with a space
  wanted=$(digest $files)
  if [ "$(cat "$folder/.packages" 2>/dev/null)" = "$wanted" ]; then
    say "$folder: packages are present"
    return
  fi
  say "$folder: installing packages by hash ($*)"
  rm -f "$folder/.packages" "$folder/.project"
  # shellcheck disable=SC2086  # as above
  run "$folder/setup.log" "$folder/bin/uv" pip sync --python "$folder/bin/python" --require-hashes $files
  echo "$wanted" >"$folder/.packages"
}

install_project() {
  wanted="$(digest pyproject.toml) $(pwd)"
  [ "$(cat .venv/.project 2>/dev/null)" = "$wanted" ] && return
  say "installing prodworthy itself (editable)"
  run .venv/setup.log .venv/bin/uv pip install --python .venv/bin/python --offline --no-deps --no-build-isolation -e .
  echo "$wanted" >.venv/.project
}

install_postgres() {
  for found in /usr/lib/postgresql/*/bin/initdb; do
    if [ -x "$found" ]; then say "PostgreSQL is present: ${found%/initdb}"; return; fi
  done
  if command -v initdb >/dev/null 2>&1; then say "PostgreSQL is present: $(command -v initdb)"; return; fi
  # The tests start a cluster of their own: the package need not create one and leave it running.
  conf=/etc/postgresql-common/createcluster.d/prodworthy-tests.conf
  as_root sh -c "mkdir -p ${conf%/*} && echo 'create_main_cluster = false' >$conf" 2>/dev/null || true
  if apt-cache show postgresql-15 >/dev/null 2>&1; then name=postgresql-15; else name=postgresql; fi
  debian_package "$name" || missing="$missing PostgreSQL"
  as_root rm -f "$conf" 2>/dev/null || true
}

install_chromium() {
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then say "a browser is present: $(command -v "$name")"; return; fi
  done
  debian_package chromium || missing="$missing Chromium"
}

install_nginx() {
  if [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null 2>&1; then say "nginx is present"; return; fi
  debian_package nginx || { missing="$missing nginx"; return; }
  # The package starts a server at once and at every boot; the benchmarks start their own, so this one is stopped again.
  as_root systemctl disable --now nginx >/dev/null 2>&1 || as_root service nginx stop >/dev/null 2>&1 || true
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || debian_package python3 || stop "Python 3.11 or later is needed"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "Python 3.11 or later is needed, not $("$python" -V)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
uv_digest=$(digest requirements/uv.txt)
missing=

make_venv .venv
fill_venv .venv run dev examples
install_project

for part in "$@"; do
  case $part in
    postgres) install_postgres ;;
    chromium) install_chromium ;;
    nginx) install_nginx ;;
    mlserver | bench) make_venv ".venv-$part"; fill_venv ".venv-$part" "$part" ;;
    *) stop "unknown part: $part (postgres, chromium, nginx, mlserver, bench)" ;;
  esac
done

if [ -n "$missing" ]; then say "ready, but for:$missing (see above); what needs it will fail and say so" >&2; else say "ready"; fi
