#!/usr/bin/env bash
# Installs the drivers that are not npm's into a folder (.cache/drivers of the project, or the one that is named), in the
# versions that the lists here pin. What has no toolchain on this machine is left out, and said.
set -euo pipefail
cd "$(dirname "$0")"
into=${1:-${SALLYPORT_TEST_DRIVERS:-$PWD/../../../.cache/drivers}}
mkdir -p "$into"
into=$(cd "$into" && pwd)

python() {
  python3 -m venv "$into/venv"
  "$into/venv/bin/pip" install --quiet --disable-pip-version-check --requirement python/requirements.txt
}

# Native drivers are bound to the Node they were built with, which must have its headers: the machine's, not npm's.
node() {
  mkdir -p "$into/node"
  cp node/package.json node/package-lock.json "$into/node/"
  npm ci --prefix "$into/node" --no-audit --no-fund
  ln -sf "$(command -v node)" "$into/node/node"
}

python
node
