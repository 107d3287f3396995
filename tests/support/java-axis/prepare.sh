#!/usr/bin/env bash
# Builds the Java client of tests/gateway/facade-java.test.ts with jars from Maven Central, unless it is there already.
set -euo pipefail
cd "$(dirname "$0")"
out="${LIENTHONG_JAVA_AXIS:-$HOME/.cache/lienthong/java-axis}"
stamp="$(cat pom.xml src/main/java/*.java | sha256sum | cut -d' ' -f1)"
[ "$(cat "$out/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0
mkdir -p "$out"
timeout 600 mvn -q -B package -Dout="$out" >&2
echo "$stamp" > "$out/stamp"
