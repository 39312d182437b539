#!/bin/sh
# Installs into a temporary prefix and builds a program against what lies
# there, once with pkg-config and once with find_package().
# usage: install_test.sh BUILD_DIR SOURCE_DIR CC
set -eu
build=$1
source=$2
cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
# Moved after it was installed: nothing in it may know where it first lay.
mv "$prefix" "$work/moved"
prefix=$work/moved

for program in svctag svctagd; do
	test -x "$prefix/bin/$program" || { echo "bin/$program is missing"; exit 1; }
	"$prefix/bin/$program" --version
done
test -f "$prefix/include/svctag/svctag.h"
for day in 20250303 20250310 20250317 20250331; do
	test -f "$prefix/share/svctag/sample/ServiceTags_Sample_$day.json"
done

pc=$(find "$prefix" -name libsvctag.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
version=$(sed -n 's/^#define SVCTAG_VERSION "\(.*\)"$/\1/p' "$source/include/svctag/api.h")
test "$(pkg-config --modversion libsvctag)" = "$version"
libdir=$(pkg-config --variable=libdir libsvctag)
# The flags are words for the compiler.
# shellcheck disable=SC2046
"$cc" -o "$work/consumer" "$source/tests/install/consumer.c" $(pkg-config --cflags --libs libsvctag)
LD_LIBRARY_PATH=$libdir "$work/consumer"
echo "pkg-config: ok"

cmake -S "$source/tests/install/package" -B "$work/package" -DCMAKE_C_COMPILER="$cc" \
	-DCMAKE_PREFIX_PATH="$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/package" >"$work/log" || { cat "$work/log"; exit 1; }
"$work/package/consumer"
echo "find_package: ok"
