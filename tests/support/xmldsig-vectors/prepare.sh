#!/usr/bin/env bash
# Fetches the sources of Debian's xmlsec1 and takes from them the XML signatures of merlin (Baltimore) and aleksey (MIT licence, see Copyright
# there) for tests/adapters/edxml/xmldsig-vectors.test.ts, unless they are there already. They are not ours and stay outside this folder.
set -euo pipefail
out="${LIENTHONG_XMLDSIG_VECTORS:-$HOME/.cache/lienthong/xmldsig-vectors}"
[ -f "$out/Copyright" ] && exit 0
command -v apt-get >/dev/null || exit 1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/parts"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'Types: deb-src\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main\nSigned-By: %s\n' "$keyring" >"$work/parts/src.sources"
# lists of its own: those of the machine stay as they are
apt=(apt-get -qq -o "Dir::State::lists=$work/lists" -o "Dir::Etc::sourceparts=$work/parts" -o Dir::Etc::sourcelist=/dev/null -o Acquire::http::Timeout=20)
cd "$work"
"${apt[@]}" update
"${apt[@]}" --download-only source xmlsec1 2>/dev/null
mkdir tree
tar xzf xmlsec1_*.orig.tar.gz -C tree --strip-components=1
mkdir -p "$out"
cp -r tree/tests/merlin-xmldsig-twenty-three tree/tests/aleksey-xmldsig-01 "$out"
cp tree/Copyright "$out/Copyright"
