#!/usr/bin/env bash
# Builds the Java client of tests/gateway/soap-signed-clients.test.ts with jars from Maven Central, unless it is there already.
set -euo pipefail
cd "$(dirname "$0")"
out="${LIENTHONG_JAVA_SOAP:-$HOME/.cache/lienthong/java-soap}"
stamp="$(cat pom.xml src/main/java/*.java ../../../schemas/wsdl/lienthong.wsdl | sha256sum | cut -d' ' -f1)"
[ "$(cat "$out/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0
mkdir -p "$out"
timeout 600 mvn -q -B package -Dout="$out" >&2
echo "$stamp" > "$out/stamp"
