#!/usr/bin/env python3
"""What README.md and docs/ show is what the programs print.

Every fenced block marked `console` is a session in the repository's root with
a fresh database: lines that begin with `$ ` are run by sh, what follows is
their standard output and error, to the letter. A line `…` in it stands for any
lines; `(exit N)` as the last line of an output is its exit status.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("SVCTAG_SOURCE", pathlib.Path(__file__).parents[2]))
PROGRAMS = [os.environ.get("SVCTAG_BIN", "build/dev/cli/svctag"), os.environ.get("SVCTAGD_BIN", "build/dev/daemon/svctagd")]


def sessions(path):
    """(line number, [(command, expected output, exit status)]) for each console block."""
    lines = path.read_text(encoding="utf-8").split("\n")
    number = 0
    while number < len(lines):
        if lines[number].strip() != "```console":
            number += 1
            continue
        start = number + 1
        number = lines.index("```", start)
        steps = []
        for line in lines[start:number]:
            if line.startswith("$ "):
                steps.append([line[2:], [], 0])
            elif (status := re.fullmatch(r"\(exit (\d+)\)", line)):
                steps[-1][2] = int(status[1])
            else:
                steps[-1][1].append(line)
        yield start, steps


def pattern_of(expected):
    parts = [".*" if line == "…" else re.escape(line) + "\n" for line in expected]
    return re.compile("".join(parts), re.DOTALL)


class Shown(unittest.TestCase):
    def play(self, path, start, steps):
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", HOME=folder, XDG_DATA_HOME=folder)
            environment.pop("SVCTAG_DB", None)
            environment["PATH"] = ":".join([os.path.dirname(p) for p in PROGRAMS] + [environment["PATH"]])
            for command, expected, status in steps:
                done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, text=True, timeout=60,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                      check=False)
                where = f"{path.name}:{start}: $ {command}"
                self.assertRegex(done.stdout, re.compile(r"\A" + pattern_of(expected).pattern + r"\Z", re.DOTALL), where)
                self.assertEqual(done.returncode, status, where)

    def test_sessions(self):
        count = 0
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for start, steps in sessions(path):
                with self.subTest(f"{path.name}:{start}"):
                    self.play(path, start, steps)
                count += 1
        self.assertGreater(count, 0)

    def test_links_lead_somewhere(self):
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
                if "://" not in target:
                    self.assertTrue((path.parent / target).exists(), f"{path.name}: {target}")


if __name__ == "__main__":
    unittest.main()
