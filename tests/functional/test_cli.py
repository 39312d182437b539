"""The command line, from outside: every command, format and exit code."""

import contextlib
import os
import pty
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_history import *  # noqa: E402,F401,F403 more tests
from cli_queries import *  # noqa: E402,F401,F403 more tests
from command_line import EVERYWHERE, PROGRAM, SAMPLE, CommandLineTest, content, environment, main, svctag  # noqa: E402


class Options(CommandLineTest):
    """Global options, help, versions, and what is wrong with a command line."""

    def test_version(self):
        self.assertRegex(svctag("--version").out, r"\Asvctag \d+\.\d+\.\d+, schema \d+, index format \d+\n\Z")

    def test_help(self):
        general = svctag("--help")
        self.assertEqual(general.code, 0)
        for command in ("import", "releases", "forget", "status", "verify", "tags", "show", "lookup", "check", "diff",
                        "compare"):
            self.assertIn("\n  %s " % command, general.out)
            own = svctag(command, "--help")
            self.assertEqual((own.code, own.err), (0, ""))
            for part in ("Usage: svctag", "Options:", "Examples:", "Exit codes:"):
                self.assertIn(part, own.out, command)
            self.assertEqual(own.out, svctag("help", command).out)

    def test_before_and_after(self):
        a = svctag("--db", self.db, "--format", "json", "--at", "101", "lookup", EVERYWHERE)
        b = svctag("lookup", EVERYWHERE, "--format=json", "--at=101", "--db=" + self.db)
        self.assertEqual(a.code, 0)
        self.assertEqual(a.out, b.out)

    def test_wrong(self):
        for arguments, says in (
                ([], "no command"),
                (["lokup"], "did you mean 'lookup'"),
                (["frobnicate"], "unknown command"),
                (["lookup", EVERYWHERE, "--fromat", "json"], "did you mean '--format'"),
                (["lookup", EVERYWHERE, "-x"], "unknown option"),
                (["lookup", EVERYWHERE, "--format", "xml"], "ndjson"),
                (["lookup", EVERYWHERE, "--format"], "wants a value"),
                (["lookup", EVERYWHERE, "--help=1"], "takes no value"),
                (["lookup"], "too few"),
                (["check", EVERYWHERE], "too few"),
                (["check", EVERYWHERE, "Storage", "more"], "unexpected argument 'more'"),
                (["releases", "--force"], "does not take --force"),
                (["status", "--max-age", "-1"], "--max-age"),
                (["status", "--max-age", "soon"], "--max-age"),
                (["show", "Storage", "--family", "5"], "4 or 6"),
                (["lookup", "--", "--help"], "--help"),
                (["show", "--cloud", "all", "Storage"], "one cloud"),
                (["tags", "--cloud", "Mars"], "Mars")):
            result = self.run_it(*arguments, code=2)
            self.assertIn(says, result.err, arguments)
            if arguments[:2] != ["lookup", "--"]:
                self.assertEqual(result.out, "")

    def test_database_path(self):
        home = self.path("home")
        os.makedirs(os.path.join(home, ".local/share/svctag"), exist_ok=True)
        shutil.copy(self.db, os.path.join(home, ".local/share/svctag/svctag.db"))
        data = self.path("data")
        os.makedirs(os.path.join(data, "svctag"), exist_ok=True)
        shutil.copy(self.db, os.path.join(data, "svctag/svctag.db"))
        nothing = self.path("nothing")
        for env, code in ((environment(SVCTAG_DB=self.db, HOME=nothing), 0),
                          (environment(XDG_DATA_HOME=data, HOME=nothing), 0),
                          (environment(XDG_DATA_HOME="relative", HOME=home), 0),
                          (environment(HOME=home), 0),
                          (environment(HOME=nothing), 2),
                          (environment(HOME=None), 2)):
            self.assertEqual(svctag("lookup", EVERYWHERE, env=env).code, code)

    def test_no_colour_in_a_pipe(self):
        for command in (["lookup", EVERYWHERE], ["diff"], ["tags"], ["releases"], ["status"]):
            result = svctag(*command, db=self.db, env=environment(TERM="xterm"))
            self.assertNotIn("\033", result.out + result.err)

    def test_colour_on_a_terminal(self):
        for env, coloured in ((environment(TERM="xterm"), True), (environment(TERM="xterm", NO_COLOR="1"), False),
                              (environment(TERM="dumb"), False)):
            for command in (["lookup", EVERYWHERE], ["diff"], ["tags"]):
                self.assertEqual("\033[" in self.on_terminal(command, env), coloured, (env.get("TERM"), command))
        json_there = self.on_terminal(["lookup", EVERYWHERE, "--format", "json"], environment(TERM="xterm"))
        self.assertNotIn("\033", json_there)

    def test_progress_on_a_terminal(self):
        self.assertIn("\r\033[K[", self.on_terminal(["verify"], environment(TERM="xterm")))

    def on_terminal(self, command, env):
        """What a terminal gets to see."""
        terminal, program = pty.openpty()
        with subprocess.Popen([PROGRAM, "--db", self.db, *command], stdout=program, stderr=program, env=env) as process:
            os.close(program)
            seen = b""
            with contextlib.suppress(OSError):  # how the end of a pseudo-terminal shows
                while piece := os.read(terminal, 65536):
                    seen += piece
            process.wait(30)
        os.close(terminal)
        return seen.decode()


class Surroundings(CommandLineTest):
    """Databases that are none, disks that are full, readers that go away."""

    COMMANDS = (["releases"], ["status"], ["verify"], ["tags"], ["show", "Sql"], ["lookup", EVERYWHERE],
                ["check", EVERYWHERE, "Sql"], ["diff"], ["compare", "Sql", "Storage"], ["forget", "latest"])

    def test_no_database(self):
        for command in self.COMMANDS:
            result = svctag(*command, db=self.path("absent.db"))
            self.assertEqual((result.code, result.out), (2, ""), command)
            self.assert_one_line(result.err)
            self.assertIn("absent.db", result.err)
        self.assertFalse(os.path.exists(self.path("absent.db")))

    def test_foreign_database(self):
        other = self.path("other.db")
        with contextlib.closing(sqlite3.connect(other)) as connection:
            connection.execute("CREATE TABLE mine (x)")
            connection.execute("PRAGMA application_id = 7")
        text = self.path("text.db")
        with open(text, "w", encoding="utf-8") as file:
            file.write("not a database, " * 100)
        for path in (other, text, self.folder.name):
            before = content(path)
            for command in (*self.COMMANDS, ["import", SAMPLE]):
                result = svctag(*command, db=path)
                self.assertEqual((result.code, result.out), (2, ""), (path, command))
                self.assert_one_line(result.err)
            self.assertEqual(content(path), before)

    def test_empty_database(self):
        empty = self.path("empty.db")
        self.assertEqual(svctag("import", SAMPLE, db=empty).code, 0)
        for _ in self.releases:
            self.assertEqual(svctag("forget", "latest", db=empty).code, 0)
        for command in (["lookup", EVERYWHERE], ["lookup", "--cloud", "all", EVERYWHERE], ["tags"], ["diff"],
                        ["check", EVERYWHERE, "Sql"], ["forget", "latest"]):
            result = svctag(*command, db=empty)
            self.assertEqual(result.code, 2, command)
            self.assert_one_line(result.err)
        self.assertEqual(svctag("releases", "--format", "json", db=empty).json, {"releases": []})
        self.assertEqual(svctag("status", db=empty).code, 0)
        self.assertEqual(svctag("status", "--max-age", "9999", db=empty).code, 1)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for command in (*self.COMMANDS[:-1], ["--help"], ["--version"], ["import", SAMPLE]):
                for form in ("text", "json", "csv"):
                    done = subprocess.run([PROGRAM, "--db", self.db, "--format", form, *command], stdout=full,
                                          stderr=subprocess.PIPE, timeout=60, env=environment(), check=False)
                    self.assertEqual(done.returncode, 2, command)
                    self.assertRegex(done.stderr.decode(), r"\Asvctag: [^\n]*No space left on device\n\Z")

    def test_closed_pipe(self):
        endless = "yes %s | head -n 300000 | " % EVERYWHERE
        for script in (endless + "%s lookup - | head -n 1", endless + "%s lookup --format json - | head -c 1",
                       "%s tags --format json | true", "%s diff | head -n 1"):
            done = subprocess.run(["bash", "-c", script % ("'%s' --db '%s'" % (PROGRAM, self.db))],
                                  capture_output=True, timeout=60, env=environment(), check=False)
            self.assertEqual(done.stderr, b"", script)

    def test_closed_streams(self):
        """Nothing that is opened takes the place of a closed stdout."""
        copy = self.path("copy.db")
        shutil.copy(self.db, copy)
        before = content(copy)
        done = subprocess.run(["bash", "-c", "'%s' --db '%s' lookup %s >&-" % (PROGRAM, copy, EVERYWHERE)],
                              capture_output=True, timeout=60, env=environment(), check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(content(copy), before)


if __name__ == "__main__":
    main()
