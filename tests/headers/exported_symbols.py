"""What leaves the shared library is exactly what the public headers declare.

usage: exported_symbols.py LIBRARY INCLUDE_DIR
"""

import pathlib
import re
import subprocess
import sys


def exported(library):
    """Defined dynamic symbols; weak ones of the sanitizers' run time are not ours."""
    lines = subprocess.run(
        ["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines}
    return {name for name in names if not re.match(r"__(asan|odr_asan|ubsan|tsan|sanitizer)", name)}


def declared(folder):
    names = set()
    for header in pathlib.Path(folder).glob("svctag/*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        for statement in re.findall(r"SVCTAG_API\b([^;]*);", text):
            names.add(re.search(r"(\w+)\s*\(", statement).group(1))
    return names


def main():
    have, want = exported(sys.argv[1]), declared(sys.argv[2])
    problems = [f"not named svctag_…: {name}" for name in sorted(have) if not name.startswith("svctag_")]
    problems += [f"exported, but in no public header: {name}" for name in sorted(have - want)]
    problems += [f"declared SVCTAG_API, but not exported: {name}" for name in sorted(want - have)]
    print("\n".join(problems) or f"{len(have)} symbols, all declared")
    return 1 if problems or not have else 0


if __name__ == "__main__":
    sys.exit(main())
