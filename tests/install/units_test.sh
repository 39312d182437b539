#!/bin/sh
# Installs into a temporary prefix and looks at the units with systemd's own
# tools: how much they expose, and whether they are right.
# usage: units_test.sh BUILD_DIR
set -eu
build=$1
if ! command -v systemd-analyze >/dev/null; then
	echo "skipped: there is no systemd-analyze (Debian's package systemd)"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Installing writes the units into the build folder: other tests install too.
cmake --install "$build" --prefix "$work" >"$work/log" || { cat "$work/log"; exit 1; }
units=$work/lib/systemd/system
result=0

# exposed UNIT TENTHS: fails if the overall exposure is more than that many tenths.
exposed() {
	if systemd-analyze security --offline=true --no-pager --threshold="$2" "$units/$1" >"$work/log" 2>&1; then
		grep "Overall exposure" "$work/log"
	else
		cat "$work/log"
		echo "$1: more exposed than $2 tenths"
		result=1
	fi
}
exposed svctagd.service 10
exposed svctag-nightly.service 15

# The programs that the units start are there, and know what they are told.
for unit in svctagd.service svctag-nightly.service; do
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$units/$unit")
	test "${program%/*}" = "$work/bin" || { echo "$unit: starts $program"; result=1; }
	test -x "$program" || { echo "$unit: $program is not there"; result=1; }
done

# One user for all that opens the database.
for unit in svctagd.service svctag-nightly.service; do
	grep -q '^User=svctag$' "$units/$unit" || { echo "$unit: not the user svctag"; result=1; }
done
grep -q '^u svctag ' "$work/lib/sysusers.d/svctag.conf" || { echo "no user svctag in sysusers.d"; result=1; }

# Needs to set up a manager, which not every container lets it.
if SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$units"/svctag* >"$work/log" 2>&1; then
	echo "verified: $(ls "$units" | tr '\n' ' ')"
elif grep -q "Failed to initialize manager" "$work/log"; then
	echo "not verified: systemd-analyze cannot set up a manager here"
else
	cat "$work/log"
	result=1
fi
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$units/svctag-nightly.timer")" >/dev/null || result=1
exit $result
