#!/usr/bin/env python3
"""Tests of `svctag annotate`: random logs against a model in Python, which knows the tags' prefixes from
`svctag show` and nothing else of the program; and how the program behaves as a filter."""

import csv
import io
import ipaddress
import json
import os
import pty
import random
import select
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import command_line
from command_line import EVERYWHERE, NOWHERE, PROGRAM, SAMPLE, environment, svctag

SEED = int(os.environ.get("SVCTAG_TEST_SEED", "20251121"))


class Model:
    """What each address is in, from the prefixes of all tags."""

    def __init__(self, db):
        self.tags = {}
        self.nets = []
        self.by_length = {4: {}, 6: {}}  # prefix length -> leading bits -> names
        for tag in json.loads(svctag("tags", "--format", "json", db=db).out)["tags"]:
            shown = json.loads(svctag("show", tag["name"], "--format", "json", db=db).out)
            self.tags[tag["name"]] = shown
            for prefix in shown["prefixes"]:
                net = ipaddress.ip_network(prefix)
                bits = int(net.network_address) >> (net.max_prefixlen - net.prefixlen)
                self.nets.append(net)
                self.by_length[net.version].setdefault(net.prefixlen, {}).setdefault(bits, []).append(tag["name"])
        self.sizes = {name: sum(int(count) for count in shown["addressCount"].values())
                      for name, shown in self.tags.items()}

    def tags_of(self, address):
        """Most specific first, then the tag with fewest addresses, then by name."""
        found = {}
        for length, names in sorted(self.by_length[address.version].items()):
            for name in names.get(int(address) >> (address.max_prefixlen - length), ()):
                found[name] = length
        return sorted(found, key=lambda name: (-found[name], self.sizes[name], name))

    def region_of(self, tags):
        regional = [tag for tag in tags if self.tags[tag]["region"]]
        for tag in regional:
            if tag.startswith("AzureCloud."):
                return self.tags[tag]["region"]
        regional.sort(key=lambda tag: (self.sizes[tag], tag))
        return self.tags[regional[0]]["region"] if regional else None

    def answer(self, text):
        """(region, tags) of an address; None if it is none."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        if "%" in text:
            return None
        if address.version == 6 and address.ipv4_mapped:
            address = address.ipv4_mapped
        tags = self.tags_of(address)
        return self.region_of(tags), tags

    def random_address(self, random_):
        kind = random_.random()
        if kind < 0.6:
            net = random_.choice(self.nets)
            address = net[random_.randrange(net.num_addresses)]
        elif kind < 0.8:
            address = ipaddress.IPv4Address(random_.getrandbits(32))
        else:
            address = ipaddress.IPv6Address(random_.getrandbits(128))
        if address.version == 4 and random_.random() < 0.1:
            return "::ffff:%s" % address
        return str(address)


class Annotate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.db = os.path.join(cls.folder.name, "db")
        done = svctag("import", SAMPLE, db=cls.db)
        assert done.code == 0, done.err
        cls.model = Model(cls.db)
        cls.random = random.Random(SEED)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def annotate(self, *arguments, stdin=b"", threads=None):
        """Output as bytes. With one thread and with several it is the same."""
        results = []
        for count in (threads,) if threads else (1, 4):
            command = [PROGRAM, "--db", self.db, "annotate", "--threads", str(count), *arguments]
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, env=environment(),
                                  check=False)
            results.append((done.returncode, done.stdout, done.stderr.decode()))
        self.assertTrue(all(result == results[0] for result in results), arguments)
        return results[0]

    def columns(self, text, separator="\t"):
        answer = self.model.answer(text)
        if answer is None:
            return ""
        region, tags = answer
        return separator + (region or "-") + separator + (",".join(tags) or "-")

    # -------------------------------------------------------------- against the model

    def test_found_in_the_line(self):
        forms = ["%s", "from %s port 22", '%s - - [21/Nov/2025:10:11:12 +0000] "GET / HTTP/1.1" 200', "ip=%s,x=1",
                 "<%s>", "(%s)", "at 12:00:01 (%s): Mozilla/5.0 8.8.8", "%s.", "zz %s, 192.0.2.7"]
        lines, want = [], []
        for _ in range(3000):
            text = self.model.random_address(self.random)
            line = self.random.choice(forms) % text
            if ":" not in text and self.random.random() < 0.2:
                line = "x %s:443" % text
            if self.random.random() < 0.2:
                line = "to [%s]:443 x" % text
            end = self.random.choice(["\n", "\r\n"])
            lines.append(line + end)
            want.append(line + self.columns(text) + end)
        code, out, err = self.annotate(stdin="".join(lines).encode())
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.decode(), "".join(want))

    def test_fields(self):
        for separator in (None, "\t", ",", ";", "||", " "):
            glue = separator or "  "
            lines, want = [], []
            for _ in range(400):
                text = self.random.choice([self.model.random_address(self.random), "host", "300.1.2.3"])
                line = glue.join(["a", text, "b"])
                lines.append(line + "\n")
                want.append(line + self.columns(text, separator or "\t") + "\n")
            given = [] if separator is None else ["--separator", "\\t" if separator == "\t" else separator]
            code, out, err = self.annotate("--field", "2", *given, stdin="".join(lines).encode())
            self.assertEqual(code, 0)
            self.assertEqual(out.decode(), "".join(want), separator)
            self.assertRegex(err, r"warning: \d+ of 400 lines not looked up: \d+ with something else in its place\n$")

    def test_csv(self):
        for delimiter in ",;":
            given, want = io.StringIO(), io.StringIO()
            writer = csv.writer(given, delimiter=delimiter, lineterminator="\r\n")
            writer.writerow(["name", 'the "ip"', "note"])
            rows = [["name", 'the "ip"', "note", "region", "tags"]]
            for number in range(1500):
                text = self.random.choice([self.model.random_address(self.random), "host", ""])
                note = self.random.choice(["plain", "with,comma;", 'a "quote"', "two\nlines", "two\r\nlines", ""])
                writer.writerow([number, text, note])
                region, tags = self.model.answer(text) or (None, [])
                rows.append([str(number), text, note, region or "", ",".join(tags)])
            field = ["--field", "2"] if delimiter == "," else ["--field", 'the ""ip""', "--separator", ";"]
            code, out, _ = self.annotate("--csv", "--header", *field, stdin=given.getvalue().encode())
            self.assertEqual(code, 0)
            self.assertEqual(list(csv.reader(io.StringIO(out.decode(), newline=""), delimiter=delimiter)), rows)

    def test_json(self):
        lines, objects = [], []
        for number in range(1500):
            text = self.model.random_address(self.random)
            inner = {"x": [1, {"ip": 2}], "ip": text, "y": "\u00e4\"\\\u2028"}
            if self.random.random() < 0.2:
                inner["region"] = {"old": [number]}
            if self.random.random() < 0.2:
                inner = {"tags": ["old"], **inner}
            value = {"n": number, "source": inner, "region": "outside"}
            lines.append(json.dumps(value, ensure_ascii=self.random.random() < 0.5,
                                    separators=self.random.choice([None, (",", ":")])))
            region, tags = self.model.answer(text)
            inner["region"], inner["tags"] = region, tags
            objects.append(value)
        code, out, err = self.annotate("--key", "source.ip", stdin="\n".join(lines).encode())
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([json.loads(line) for line in out.decode().split("\n")], objects)

    def test_json_of_other_kinds(self):
        lines = ['{"ip":1}', '{"ip":null}', "[]", "", '{"ip":"x"}', '{"ip":"%s"' % EVERYWHERE, '{"other":"1.2.3.4"}']
        text = "\n".join(lines) + "\n"
        code, out, err = self.annotate("--key", "ip", stdin=text.encode())
        self.assertEqual((code, out.decode()), (1, text))
        self.assertIn("7 of 7 lines not looked up: 3 without an address, 4 with something else", err)
        code, out, _ = self.annotate("--key", "ip", "--prefix", "azure_", stdin=b'{"ip":"\\u0031.1.1.1"}')
        self.assertEqual((code, out), (1, b'{"ip":"\\u0031.1.1.1","azure_region":null,"azure_tags":[]}'))

    def test_only_and_not(self):
        patterns = ["AzureCloud*", "Storage", "Storage.*", "*east*"]
        for _ in range(12):
            only = self.random.sample(patterns, self.random.randrange(3))
            but = self.random.sample(patterns, self.random.randrange(2))
            if not only and not but:
                continue
            add = self.random.random() < 0.4
            lines, want = [], []
            for _ in range(500):
                text = self.random.choice([self.model.random_address(self.random)] * 9 + ["nothing"])
                lines.append(text + "\n")
                tags = (self.model.answer(text) or (None, []))[1]
                kept = not any(fits(p, tag) for p in but for tag in tags)
                if only:
                    kept = kept and any(fits(p, tag) for p in only for tag in tags)
                if kept:
                    want.append(text + (self.columns(text) if add else "") + "\n")
            given = [a for p in only for a in ("--only", p)] + [a for p in but for a in ("--not", p)]
            code, out, _ = self.annotate(*given, *(["--add-tags"] if add else []), stdin="".join(lines).encode())
            self.assertEqual(out.decode(), "".join(want), given)
            self.assertEqual(code, 0 if want else 1)

    # --------------------------------------------------------------------- as a filter

    def path(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_files(self):
        first = self.path("first", ("x " + EVERYWHERE).encode())
        second = self.path("second", (NOWHERE + "\n").encode())
        columns = self.columns(EVERYWHERE)
        code, out, err = self.annotate(first, second, "-", stdin=b"y")
        self.assertEqual((code, out.decode()), (0, "x %s%s\n%s\t-\t-\ny" % (EVERYWHERE, columns, NOWHERE)))
        self.assertIn("1 of 3 lines not looked up: 1 without an address", err)
        code, out, err = self.annotate(first + "-none", self.folder.name, second)
        self.assertEqual((code, out.decode()), (2, NOWHERE + "\t-\t-\n"))
        self.assertIn("first-none: No such file or directory", err)
        self.assertIn("Is a directory", err)

    def test_output_is_not_read(self):
        path = self.path("log", b"1.1.1.1\n")
        with open(path, "ab") as out:
            done = subprocess.run([PROGRAM, "--db", self.db, "annotate", path], stdout=out, stderr=subprocess.PIPE,
                                  timeout=60, env=environment(), check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"both read and written", done.stderr)
        self.assertEqual(command_line.content(path), b"1.1.1.1\n")

    def test_exit_codes(self):
        for stdin, arguments, code in [
                (EVERYWHERE, [], 0), (NOWHERE, [], 1), ("", [], 1), ("nothing\n", [], 1),
                (EVERYWHERE, ["--only", "*"], 0), (NOWHERE, ["--only", "*"], 1), (NOWHERE, ["--not", "*"], 0),
                (EVERYWHERE, ["--not", "*"], 1)]:
            self.assertEqual(self.annotate(*arguments, stdin=stdin.encode())[0], code, (stdin, arguments))

    def test_mistakes(self):
        for arguments, what in [
                (["--field", "0"], "--field wants a whole number from 1"), (["--field", "ip"], "with --header"),
                (["--csv"], "--csv wants to know"), (["--key", "a", "--field", "1"], "--key is for lines of JSON"),
                (["--key", ""], "the key of the address is empty"), (["--separator", ""], "--separator wants"),
                (["--csv", "--field", "1", "--separator", "ab"], "one character"),
                (["--add-tags"], "--add-tags goes with"), (["--threads", "0"], "--threads wants"),
                (["--format", "json"], "--format does not change it"), (["--cloud", "all"], "name it"),
                (["--cloud", "Mars"], "Mars"), (["--header", "--field", "ip"], "the header names no column 'ip'")]:
            code, out, err = self.annotate(*arguments, stdin=b"a b\n1.2.3.4\n")
            self.assertEqual((code, out), (2, b""), arguments)
            self.assertIn(what, err)
            self.assertEqual(err.count("\n"), 1, err)
        _, _, err = self.annotate("--only", "Strage*", stdin=b"1.2.3.4\n")
        self.assertIn("no tag fits 'Strage*'", err)

    def test_at(self):
        """As of an older release, as lookup has it."""
        for at in ("previous", "2025-03-03"):
            want = json.loads(svctag("lookup", EVERYWHERE, "--at", at, "--format", "json", db=self.db).out)
            _, out, _ = self.annotate("--at", at, stdin=EVERYWHERE.encode())
            self.assertEqual(out.decode().split("\t")[1:],
                             [want["region"] or "-", ",".join(match["tag"] for match in want["matches"])])

    def test_long_lines_and_any_bytes(self):
        long = b"x" * (1 << 20) + b" " + EVERYWHERE.encode() + b"\n"
        fits_ = b"y" * ((1 << 20) - 50) + b" " + EVERYWHERE.encode()
        odd = bytes(range(256)).replace(b"\n", b"") + b" " + EVERYWHERE.encode()
        columns = self.columns(EVERYWHERE).encode()
        code, out, err = self.annotate(stdin=long + fits_ + b"\n" + odd + b"\n")
        self.assertEqual(code, 0)
        self.assertTrue(out == long + fits_ + columns + b"\n" + odd + columns + b"\n")
        self.assertIn("1 of 3 lines not looked up: 1 longer than 1 MiB", err)

    def start(self, *arguments, **streams):
        return subprocess.Popen([PROGRAM, "--db", self.db, "annotate", *arguments], env=environment(), **streams)

    def test_lines_are_not_held_back(self):
        """Each line comes out before the next one goes in."""
        for threads in ("1", "3"):
            with self.start("--threads", threads, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                for _ in range(20):
                    process.stdin.write((EVERYWHERE + "\n").encode())
                    process.stdin.flush()
                    self.assertTrue(select.select([process.stdout], [], [], 30)[0], "no line within 30 s")
                    self.assertEqual(os.read(process.stdout.fileno(), 1 << 16).decode(),
                                     EVERYWHERE + self.columns(EVERYWHERE) + "\n")
                process.stdin.close()
                self.assertEqual(process.wait(30), 0)

    def test_closed_pipe_is_quiet(self):
        path = self.path("many", (EVERYWHERE + "\n").encode() * 200000)
        for threads in ("1", "2"):
            with self.start("--threads", threads, path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                process.stdout.readline()
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                self.assertIn(process.wait(30), (0, 1))

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_full_disk(self):
        for threads in ("1", "2"):
            with open("/dev/full", "wb") as full, self.start(
                    "--threads", threads, stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE) as process:
                _, err = process.communicate((EVERYWHERE + "\n").encode() * 1000, timeout=30)
                self.assertEqual(process.returncode, 2)
                self.assertEqual(err, b"svctag: cannot write to standard output: No space left on device\n")

    def test_memory_is_bounded(self):
        """A hundred megabytes without a line end."""
        if os.environ.get("SVCTAG_SANITIZE"):
            self.skipTest("a sanitizer takes memory of its own")
        with self.start("--threads", "2", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL) as process:
            for _ in range(100):
                process.stdin.write(b"1.2.3.4 " * (1 << 17))
            process.stdin.flush()
            with open("/proc/%d/status" % process.pid, encoding="ascii") as file:
                peak = [int(line.split()[1]) for line in file if line.startswith("VmHWM")][0]
            process.stdin.close()
            self.assertEqual(process.wait(30), 1)
        self.assertLess(peak, 40 << 10)

    def test_progress_on_a_terminal(self):
        """Drawn while lines come slowly, and taken away in the end."""
        ours, theirs = pty.openpty()
        shown = []

        def read():
            try:
                while True:
                    shown.append(os.read(ours, 4096))
            except OSError:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        process = subprocess.Popen([PROGRAM, "--db", self.db, "annotate"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=theirs, env=environment(TERM="xterm"))
        os.close(theirs)
        for _ in range(4):
            process.stdin.write((EVERYWHERE + "\n").encode())
            process.stdin.flush()
            time.sleep(0.3)
        process.stdin.close()
        self.assertEqual(process.wait(30), 0)
        reader.join(30)
        os.close(ours)
        text = b"".join(shown).decode()
        self.assertRegex(text, r"\d lines, \d+\.\d million lines/s")
        self.assertTrue(text.endswith("\r\033[K"), repr(text))

    def test_interrupted(self):
        """Ended by a signal while it waits, what had come is out."""
        with self.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdin.write((NOWHERE + "\n").encode())
            process.stdin.flush()
            self.assertEqual(process.stdout.readline().decode(), NOWHERE + "\t-\t-\n")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(30), -signal.SIGINT)


def fits(pattern, name):
    """The patterns of tags: `*` and `?`, in any letter case."""
    pattern, name = pattern.lower(), name.lower()
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(fits(pattern[1:], name[i:]) for i in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and fits(pattern[1:], name[1:])


if __name__ == "__main__":
    command_line.main()
