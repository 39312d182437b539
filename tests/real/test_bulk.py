"""Long lists over HTTP: the daemon's answers, put together from parts, are the bytes of the command line.

Of the newest release of each cloud; the addresses are linear_scan's (first and last of prefixes, one off them,
inside, near, anywhere), with prefixes, ranges, errors, comments and empty lines among them.
"""

import os
import subprocess
import sys
import tempfile

import real

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "functional"))
from test_daemon import Daemon  # noqa: E402

SCANNER = os.environ.get("SVCTAG_LINEAR_SCAN", str(real.BUILD / "tests" / "linear_scan"))
ADDRESSES = 20000
AMONG = ["1.2.3", "010.0.0.1", "1.2.3.256", "13.64.0.0/16", "13.64.0.0-13.65.0.3", "2603:1000::/24", "# 1.2.3.4", "",
         "1.2.3.4\r", "::ffff:13.64.0.1", " 1.2.3.4", "\r"]
FORMATS = {"text": "text/plain", "ndjson": "application/x-ndjson", "json": "application/json"}


def make_list(path, folder):
    """As many addresses in the order of their text, which mixes the families and those in no tag with the others."""
    addresses = os.path.join(folder, "addresses")
    subprocess.run([SCANNER, str(path), str(ADDRESSES), "7", addresses], check=True, stdout=subprocess.DEVNULL)
    with open(addresses, encoding="ascii") as file:
        lines = file.read().split()
    # IPv4 first, so that there are long runs of it; then everything in turns.
    lines.sort(key=lambda line: ":" in line)
    half = len(lines) // 2
    for i, odd in enumerate(AMONG * 20):
        lines.insert(half + 7 * i, odd)
    return "\n".join(lines)


def check(cloud, path):
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "svctag.db")
        real.svctag("import", path, database=database)
        text = make_list(path, folder)
        daemon = Daemon(database)
        try:
            for form, accept in FORMATS.items():
                status, _, got = daemon.ask(f"/v1/lookup?cloud={cloud}", "POST", text,
                                            {"Content-Type": "text/plain", "Accept": accept})
                want = real.svctag("--cloud", cloud, "--format", form, "lookup", "-", database=database, stdin=text,
                                   expect=(2,)).stdout.encode()
                if status != 200 or got != want:
                    sys.exit(f"{path.name}: {form}: {status}, {len(got)} bytes, not the {len(want)} of the program")
        finally:
            daemon.stop()
        print(f"{path.name}: {text.count(chr(10)) + 1} lines, the same in {', '.join(FORMATS)}")


def main():
    real.data_folder()
    for cloud in real.CLOUDS:
        check(cloud, real.releases(cloud)[-1])


if __name__ == "__main__":
    main()
