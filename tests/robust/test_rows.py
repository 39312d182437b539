"""`svctag verify` finds every damaged row, and names the releases that it damages.

One row after another is changed as a stray write might (python's own SQLite,
without constraints where they are in the way). Which releases a changed
interval touches is told from the tables, not by the program.

usage: test_rows.py [FOLDER]     of releases (the last four); default: the sample
"""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import sys
import unittest

import fault_points

CHANGES = int(os.environ.get("SVCTAG_ROWS", "300"))
SEED = int(os.environ.get("SVCTAG_TEST_SEED", "1"))
# What can be told from its digest alone, and what the seal of the list guards.
HISTORY = ("prefix_span", "tag_span", "tag")
SEALED = ("release", "sighting", "cloud", "seal")


def columns(connection, table):
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def keys(connection, table):
    """The columns that tell a row from the others."""
    primary = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
    return primary


def changed(value, choose):
    """Another value of the same type."""
    if value is None:
        return choose.choice([0, 4096])
    if isinstance(value, int):
        return choose.choice([value + 1, value - 1, value ^ 1 << choose.randrange(20), -value - 7])
    data = bytearray(value.encode() if isinstance(value, str) else value)
    if not data:
        return "x"
    at = choose.randrange(len(data))
    if isinstance(value, str):
        data[at] = choose.choice([c for c in b"abcxyz059" if c != data[at]])
        return data.decode(errors="replace")
    data[at] ^= 1 << choose.randrange(8)
    return bytes(data)


class Rows(unittest.TestCase):
    folder_of_releases = None

    @classmethod
    def setUpClass(cls):
        cls.scratch = fault_points.scratch()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.sound, cls.broken = cls.folder / "sound.db", cls.folder / "broken.db"
        files = sorted(pathlib.Path(cls.folder_of_releases).glob("*.json"))[-4:] if cls.folder_of_releases \
            else fault_points.SAMPLE
        done = fault_points.svctag(cls.sound, "import", *files)
        assert done.returncode == 0, done.stderr
        with contextlib.closing(sqlite3.connect(cls.sound)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cls.contents = cls.all_contents(connection)
            cls.newest = max(cls.contents)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @staticmethod
    def all_contents(connection):
        """{(position, digest): its tags with their properties, and its memberships}"""
        contents = {}
        holds = "first <= :p AND (until IS NULL OR until > :p)"
        for position, digest in connection.execute("SELECT position, hex(digest) FROM release").fetchall():
            tags = connection.execute(f"SELECT t.name, s.change_number, s.region, s.region_id, s.platform, "
                                      f"s.system_service, s.network_features FROM tag_span s JOIN tag t "
                                      f"ON t.id = s.tag_id JOIN cloud c ON c.id = t.cloud_id WHERE {holds}",
                                      {"p": position}).fetchall()
            members = connection.execute(f"SELECT t.name, s.prefix FROM prefix_span s JOIN tag t ON t.id = s.tag_id "
                                         f"JOIN tag_span x ON x.tag_id = t.id AND x.first <= :p "
                                         f"AND (x.until IS NULL OR x.until > :p) "
                                         f"WHERE s.first <= :p AND (s.until IS NULL OR s.until > :p)",
                                         {"p": position}).fetchall()
            contents[position, digest.lower()] = (frozenset(tags), frozenset(members))
        return contents

    def damage(self, table, choose):
        """Change one value of one row; returns what was done, or None if SQLite will not have it."""
        shutil.copyfile(self.sound, self.broken)
        with contextlib.closing(sqlite3.connect(self.broken)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            primary = keys(connection, table)
            count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            row = dict(zip(columns(connection, table), connection.execute(
                f"SELECT * FROM {table} LIMIT 1 OFFSET ?", (choose.randrange(count),)).fetchone()))
            column = choose.choice(sorted(row))
            value = changed(row[column], choose)
            where = " AND ".join(f"{key} IS ?" for key in primary)
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}",
                                   (value, *(row[key] for key in primary)))
                connection.commit()
            except sqlite3.Error:  # a type or a key that cannot be
                return None
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.after = self.all_contents(connection) if table in HISTORY else None
        return f"{table}.{column} of {row}: {value!r}"

    def verify(self):
        """Exit 2 with one line on stderr for each damage; {(id, part)} of those that are named."""
        done = fault_points.svctag(self.broken, "--cloud", "all", "--format", "json", "verify")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertTrue(done.stderr.strip())
        if not done.stdout.strip():
            return set()
        return {(found["release"]["id"], found["part"]) for found in json.loads(done.stdout)["damaged"]
                if found.get("release")}

    def damage_some(self, tables, count, check):
        choose, tried = random.Random(SEED), 0
        while tried < count:
            what = self.damage(tables[tried % len(tables)], choose)
            if what is None:
                continue
            tried += 1
            with self.subTest(what):
                check(self.verify())

    def test_history(self):
        """Exactly the releases whose content is another one are named."""
        def check(named):
            differ = {digest for (position, digest), content in self.after.items()
                      if content != self.contents[position, digest]}
            self.assertEqual({release for release, part in named if part == "content"}, differ)
            if self.newest[1] in differ:
                self.assertIn((self.newest[1], "index"), named)
        self.damage_some(HISTORY, CHANGES, check)

    def test_list_of_releases(self):
        """The seal: nothing in the list is believed."""
        self.damage_some(SEALED, CHANGES // 3, lambda named: self.assertEqual(named, set()))

    def test_index(self):
        self.damage_some(("release_index",), CHANGES // 10,
                         lambda named: self.assertLessEqual(named, {(self.newest[1], "index")}))

    def test_lost_rows(self):
        """A row that is gone is found as well."""
        choose = random.Random(SEED)
        for table in [*HISTORY, "release", "sighting", "cloud", "seal", "release_index"]:
            for _ in range(3):
                shutil.copyfile(self.sound, self.broken)
                with contextlib.closing(sqlite3.connect(self.broken)) as connection:
                    connection.execute("PRAGMA foreign_keys = OFF")
                    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    primary = ", ".join(keys(connection, table))
                    connection.execute(f"DELETE FROM {table} WHERE ({primary}) IN (SELECT {primary} FROM {table} "
                                       f"LIMIT 1 OFFSET ?)", (choose.randrange(count),))
                    connection.commit()
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                with self.subTest(table):
                    self.verify()

    def test_seal_is_as_documented(self):
        """docs/store.md, "The seal": of each column type and length, then its bytes, numbers in decimal."""
        kinds = {type(None): 5, int: 1, str: 3, bytes: 4}
        with contextlib.closing(sqlite3.connect(self.sound)) as connection:
            rows = connection.execute(
                "SELECT r.id, r.position, c.name, r.change_number, r.digest, r.tag_count, r.prefix_count, "
                "r.unique_prefix_count, r.addresses_ipv4, r.addresses_ipv6, s.published, s.source, s.imported_at, "
                "s.forced, s.warnings FROM release r JOIN cloud c ON c.id = r.cloud_id "
                "LEFT JOIN sighting s ON s.release_id = r.id ORDER BY c.id, r.position, s.published").fetchall()
            seal, = connection.execute("SELECT digest FROM seal").fetchone()
        self.assertTrue(any(position < 0 for _, position, *_ in rows))
        sha = hashlib.sha256()
        for value in (value for row in rows for value in row):
            data = value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
            sha.update(struct.pack("=qq", kinds[type(value)], len(data)) + data)
        self.assertEqual(sha.digest(), seal)

    def test_sound(self):
        self.assertEqual(fault_points.svctag(self.sound, "--cloud", "all", "verify").returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Rows.folder_of_releases = sys.argv.pop(1)
    unittest.main()
