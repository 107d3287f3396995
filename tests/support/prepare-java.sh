#!/usr/bin/env bash
# Builds a Java client of tests/gateway with jars from Maven Central, unless it is there already: prepare-java.sh CLIENT [FILE…], where CLIENT
# is a folder here and FILE is what else it is built from. It goes to ~/.cache/lienthong/CLIENT, or where LIENTHONG_JAVA_… says.
set -euo pipefail
cd "$(dirname "$0")"
client="$1"
place="LIENTHONG_$(echo "$client" | tr 'a-z-' 'A-Z_')"
out="${!place:-$HOME/.cache/lienthong/$client}"
stamp="$(cat "$client/pom.xml" "$client"/src/main/java/*.java "${@:2}" | sha256sum | cut -d' ' -f1)"
[ "$(cat "$out/stamp" 2>/dev/null || true)" = "$stamp" ] && exit 0
mkdir -p "$out"
(cd "$client" && timeout 600 mvn -q -B package -Dout="$out" >&2)
echo "$stamp" > "$out/stamp"
