#!/usr/bin/env bash
# run.sh CPACK BUILD: makes the tarball of BUILD, unpacks it in a folder whose name has a space, and uses what
# is there with nothing else around.
set -euo pipefail
cpack=$1 build=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/nnrun package XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

"$cpack" --config "$build/CPackConfig.cmake" -B "$dir" >log 2>&1 || { cat log; exit 1; }
tar -xzf nnrun-*.tar.gz
root=$(echo "$dir"/nnrun-*-linux-"$(uname -m)")

expect() {  # expect FRAGMENT TEXT: so that a failure shows what came instead
  case $2 in *"$1"*) ;; *) echo "expected '$1' in:"; echo "$2"; exit 1 ;; esac
}
alone() { env -i PATH=/usr/bin:/bin HOME="$dir" "$@"; }

alone "$root/bin/nnrun" new xor >xor.yaml
expect "accuracy 1.000" "$(alone "$root/bin/nnrun" train xor.yaml 2>&1)"
listed=$(alone "$root/bin/nnrun" plugins list --json)
for module in "$build"/lib/nnrun/*.so; do
  expect "$root/lib/nnrun/$(basename "$module")" "$listed"
done

cd "$root"
for file in bin/nnrun lib/libnnrun.so lib/nnrun/*.so; do
  elsewhere=$(alone ldd "$file" | grep '=>' | grep -vF "=> $root/" |
              grep -vE '^\s*lib(c|m|dl|pthread|rt)\.so\.[0-9]+ => /' || true)
  [ -z "$elsewhere" ] || { echo "$file needs what is not in the package:"; echo "$elsewhere"; exit 1; }
done
for name in LICENSE README.md CHANGELOG.md licenses; do
  [ -e "share/doc/nnrun/$name" ] || { echo "no share/doc/nnrun/$name"; exit 1; }
done

# Debian 12's glibc, or that of a newer system which it was built on.
latest() { sort -V | tail -1; }
most=$({ echo 2.36; getconf GNU_LIBC_VERSION | cut -d' ' -f2; } | latest)
needed=$(readelf -VW bin/nnrun lib/*.so* lib/nnrun/*.so | grep -oP 'GLIBC_\K[0-9.]+' | latest)
[ "$({ echo "$most"; echo "$needed"; } | latest)" = "$most" ] || { echo "needs glibc $needed"; exit 1; }
