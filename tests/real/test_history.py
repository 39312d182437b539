"""The whole history of real releases in one database.

usage: test_history.py InOrder|Shuffled

InOrder makes the database that Shuffled and test_scan.py then ask.
"""

import concurrent.futures
import json
import random
import sys
import time
import unittest

import real

TWICE = 346


def imported(done):
    """What `import` said of each file: {base name: result}."""
    return {item["file"].rsplit("/", 1)[-1]: item["result"] for item in json.loads(done.stdout)["files"]}


class InOrder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        real.WORK.mkdir(parents=True, exist_ok=True)
        real.remove_database(real.DATABASE)
        cls.files = {cloud: real.releases(cloud) for cloud in real.CLOUDS}
        began = time.monotonic()
        cls.results = imported(real.svctag("--format", "json", "import", *cls.files["Public"]))
        cls.seconds = time.monotonic() - began
        cls.size = real.DATABASE.stat().st_size
        for cloud in ("AzureGovernment", "China"):
            cls.results |= imported(real.svctag("--format", "json", "import", *cls.files[cloud]))

    def test_all_are_there(self):
        for cloud, files in self.files.items():
            known = real.loaded(cloud)
            self.assertEqual([release["published"] for release in known], [real.day_of(path) for path in files])
            self.assertEqual([release["changeNumber"] for release in known],
                             [json.loads(path.read_bytes())["changeNumber"] for path in files])
            self.assertFalse(any(release["forced"] for release in known))
        self.assertEqual(set(self.results.values()), {"added"})

    def test_size_and_time(self):
        count = len(self.files["Public"])
        print(f"{count} Public releases: {self.size / 1e6:.2f} MB, {self.seconds:.1f} s", file=sys.stderr)
        self.assertLess(self.size, 12_000_000)

    def test_number_published_twice(self):
        if not real.complete():
            self.skipTest("only some releases")
        first, second = [release for release in real.loaded("Public") if release["changeNumber"] == TWICE]
        answer = real.ask("--cloud", "Public", "diff", f"id:{first['id']}", f"id:{second['id']}", expect=(1,))
        self.assertEqual(second["tagCount"] - first["tagCount"], 37)
        self.assertEqual(answer["summary"]["tagsAdded"] - answer["summary"]["tagsRemoved"], 37)

    def test_again_is_unchanged(self):
        files = self.files["Public"]
        again = [path for path in files if f'"changeNumber": {TWICE},' in path.read_text()[:200]]
        again += [files[0], files[-1], self.files["China"][-1]]
        before = real.ask("--cloud", "all", "releases")
        results = imported(real.svctag("--format", "json", "import", *again))
        self.assertEqual(len(results), len(set(again)))
        self.assertEqual(set(results.values()), {"unchanged"})
        self.assertEqual(real.ask("--cloud", "all", "releases"), before)

    def test_ninety_percent_smaller_is_refused(self):
        path = self.files["Public"][-1]
        document = json.loads(path.read_bytes())
        document["changeNumber"] += 1
        for tag in document["values"]:
            prefixes = tag["properties"]["addressPrefixes"]
            tag["properties"]["addressPrefixes"] = prefixes[:len(prefixes) // 10]
        small = real.WORK / "smaller.json"
        small.write_text(json.dumps(document))
        before = real.ask("--cloud", "all", "releases")
        done = real.svctag("import", "--published", "2025-09-18", small, expect=(2,))
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertEqual(real.ask("--cloud", "all", "releases"), before)

    def test_verify(self):
        real.svctag("--cloud", "all", "verify")


class Shuffled(unittest.TestCase):
    """The files imported one by one in a random order give what they give in order."""

    database = real.WORK / "shuffled.db"

    @classmethod
    def setUpClass(cls):
        real.remove_database(cls.database)
        files = [path for cloud in real.CLOUDS for path in real.releases(cloud)]
        random.Random(346).shuffle(files)
        for path in files:
            real.svctag("import", path, database=cls.database)

    def test_same_releases(self):
        for cloud in real.CLOUDS:
            lists = [real.loaded(cloud, database) for database in (real.DATABASE, self.database)]
            for release in lists[0] + lists[1]:
                del release["importedAt"], release["warnings"], release["forced"]
            self.assertEqual(lists[0], lists[1])

    def test_verify(self):
        real.svctag("--cloud", "all", "verify", database=self.database)

    def test_same_answers_at_every_release(self):
        choose = random.Random(1)
        for cloud in real.CLOUDS:
            before = None
            for release in real.loaded(cloud):
                at = f"id:{release['id']}"
                names = [tag["name"] for tag in self.same(cloud, "--at", at, "tags")["tags"]]
                prefixes = self.same(cloud, "--at", at, "show", choose.choice(names))["prefixes"]
                self.same(cloud, "--at", at, "lookup", "-", stdin="\n".join(prefixes[:200] + ["192.0.2.1", "::"]))
                if before is not None:
                    self.same(cloud, "diff", f"id:{before['id']}", at)
                before = release

    def same(self, cloud, *arguments, stdin=None):
        """The answer, after it has been found to be the same from both databases."""
        def answer(database):
            return real.svctag("--cloud", cloud, "--format", "json", *arguments,
                               database=database, stdin=stdin, expect=(0, 1)).stdout

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(answer, (real.DATABASE, self.database)))
        self.assertTrue(answers[0] == answers[1], f"{cloud} {arguments}")
        return json.loads(answers[0])


if __name__ == "__main__":
    real.data_folder()
    unittest.main()
