#!/bin/sh
# Compiles linked_from_cxx.cpp against the headers and the shared library, and
# runs it.
# usage: linked_from_cxx.sh CXX SOURCE_DIR LIBRARY
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -std=c++17 -Wall -Wextra -Wpedantic -Werror -I "$2/include" -o "$work/program" \
	"$2/tests/headers/linked_from_cxx.cpp" "$3"
LD_LIBRARY_PATH=$(dirname "$3") "$work/program"
