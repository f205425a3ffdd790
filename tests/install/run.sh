#!/usr/bin/env bash
# run.sh CMAKE BUILD: installs BUILD to a folder of its own and uses what is there, and only that.
set -euo pipefail
cmake=$1 build=$2 here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset NNRUN_PLUGIN_PATH XDG_DATA_HOME
export HOME=$dir

"$cmake" --install "$build" --prefix "$dir/usr" >"$dir/log" || { cat "$dir/log"; exit 1; }
others=$(ls "$dir/usr/lib" | grep -v nnrun)  # a package manager has the libraries of others
[ "$others" = cmake ] || { echo "installed what is not ours: $others"; exit 1; }
for part in plugin embed; do
  { "$cmake" -S "$here/$part" -B "$dir/$part" -DCMAKE_PREFIX_PATH="$dir/usr" &&
    "$cmake" --build "$dir/$part"; } >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
done

expect() {  # expect FRAGMENT TEXT: so that a failure shows what came instead
  case $2 in *"$1"*) ;; *) echo "expected '$1' in:"; echo "$2"; exit 1 ;; esac
}
cp "$here/bump.yaml" "$dir"
cd "$dir"
expect "$dir/usr/lib/nnrun/nnrun-backend-reference.so" "$(usr/bin/nnrun plugins list --json)"
expect "accuracy 1.000" "$(usr/bin/nnrun train bump.yaml --plugin-path plugin -q -o run)"
for backend in reference onednn; do
  embedded=$(embed/embed $backend bump.yaml plugin)  # which is nowhere near usr/lib
  expect "offers backend $backend" "$embedded"
  expect "after 300 steps" "$embedded"
  expect $'class\n0\n1\n1\n0' "$embedded"
done
