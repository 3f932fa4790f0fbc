#!/usr/bin/env bash
# Installs the drivers that are not npm's into a folder (.cache/drivers of the project, or the one that is named), in the
# versions that the lists here pin. What has no toolchain on this machine is left out, and said.
set -euo pipefail
cd "$(dirname "$0")"
into=${1:-${SALLYPORT_TEST_DRIVERS:-$PWD/../../../.cache/drivers}}
mkdir -p "$into"
into=$(cd "$into" && pwd)
# How often each asks again by itself.
export PIP_RETRIES=8 PIP_DEFAULT_TIMEOUT=60 CARGO_NET_RETRY=5 npm_config_fetch_retries=5

in_python() {
  python3 -m venv "$into/venv"
  "$into/venv/bin/pip" install --quiet --disable-pip-version-check --requirement python/requirements.txt
}

# A hundred packages: their versions are worked out in the list, and they are compiled when they are imported.
in_agents() {
  local examples=../../../examples
  python3 -m venv "$into/agents"
  "$into/agents/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-compile --requirement python/agents.txt
  # That these are the versions that the examples name.
  "$into/agents/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index \
    --requirement $examples/crewai/requirements.txt --requirement $examples/langgraph/requirements.txt \
    --requirement $examples/mcp-client/requirements.txt
}

# Native drivers are bound to the Node they were built with, which must have its headers: the machine's, not npm's.
in_node() {
  mkdir -p "$into/node"
  cp node/package.json node/package-lock.json "$into/node/"
  npm ci --prefix "$into/node" --no-audit --no-fund
  ln -sf "$(command -v node)" "$into/node/node"
}

in_java() {
  mvn --quiet --batch-mode --file java/pom.xml dependency:copy-dependencies -DoutputDirectory="$into/java/jars"
  mvn --quiet --batch-mode --file java/s3/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$into/java/s3"
  javac -encoding UTF-8 -nowarn -d "$into/java/classes" -cp "$into/java/jars/*" java/*.java
}

in_go() {
  (cd go && go build -o "$into/pgx" .)
}

in_rust() {
  cargo build --quiet --locked --manifest-path rust/Cargo.toml --target-dir "$into/target"
  cp "$into/target/debug/tokio-postgres-scenario" "$into/tokio-postgres"
}

# Whatever the machine has no tools for is left to the test, which names it, or fails where all must run. One family that
# cannot be had keeps no other away; a registry may have a bad moment, so each is tried up to three times.
failed=0
for family in python:python3 agents:python3 node:npm java:mvn go:go rust:cargo; do
  tool=${family#*:}
  if ! command -v "$tool" >/dev/null; then
    echo "no $tool: without the drivers of ${family%:*}" >&2
    continue
  fi
  there=0
  for pause in 15 30 0; do
    # Not within a condition, where bash would go on after a command that failed.
    (set -e; "in_${family%:*}") &
    if wait $!; then
      there=1
      break
    fi
    echo "the drivers of ${family%:*} could not be installed" >&2
    sleep "$pause"
  done
  if [ "$there" -eq 0 ]; then failed=1; fi
done
exit "$failed"
