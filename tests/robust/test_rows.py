"""`svctag verify` finds every damaged row, and names the releases that it damages.

One row after another is changed as a stray write might (python's own SQLite,
without constraints where they are in the way). In the lists of a tag one value
is another one, and the checksum right again; or bytes are, and it is not.
Which releases a change touches is told from the tables, not by the program.

usage: test_rows.py [FOLDER]     of releases (the last four); default: the sample
"""

import bisect
import contextlib
import functools
import hashlib
import ipaddress
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
import tag_lists

CHANGES = int(os.environ.get("SVCTAG_ROWS", "300"))
SEED = int(os.environ.get("SVCTAG_TEST_SEED", "1"))
# What can be told from its digest alone (the first two are lists in the third), and what the seal of the list guards.
LISTS = ("prefixes", "properties")
HISTORY = (*LISTS, "tag")
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


def changed_text(value, choose):
    return b"x" if value is None else changed(value.decode(), choose).encode()


def changed_end(value, positions, choose):
    """Another release, a place between two, or no end at all."""
    near = [changed(None if value == tag_lists.OPEN else value, choose) for _ in range(2)]
    return choose.choice([end for end in (*positions, *near, tag_lists.OPEN) if end != value])


def changed_bytes(data, choose):
    """Any bit behind the checksum, of the head and of the positions as often as of all the rest; or their order."""
    body, table = data[8:], tag_lists.HEAD - 8 + tag_lists.table_size(int.from_bytes(data[8:12], "little"))
    begin, end = choose.choice([(0, 16), (16, table), (table, len(body))])
    part = body[begin:end]
    if begin == 16 and len(part) > 12 and choose.random() < 0.5:
        part = part[:8] + part[12:16] + part[8:12] + part[16:]
    else:
        part = changed(part, choose)
    return tag_lists.sealed(body[:begin] + part + body[end:])


def changed_value_head(data, choose):
    """A bit of the flags or of the region id of a value."""
    spans, _ = tag_lists.unpack_properties(data)
    values = list(dict.fromkeys(span.value for span in spans))
    at = len(data) - sum(len(tag_lists.write_value(value)) for value in values[choose.randrange(len(values)):])
    at += choose.choice([0, choose.randrange(1, 9)])
    return tag_lists.sealed(data[8:at] + changed(data[at:at + 1], choose) + data[at + 1:])


def changed_ends(spans, at, positions, choose):
    """(what was done, the list with an end of a span elsewhere, or without the span, with two, or with its halves)"""
    span = spans[at]
    middles = [position for position in positions if span.first < position < span.until]
    what = choose.choice(["first", "until", "first", "until", "gone", "twice", *["halves"][:len(middles)]])
    if what in ("first", "until"):
        changed_spans = [span._replace(**{what: changed_end(getattr(span, what), positions, choose)})]
    elif what == "halves":
        middle = choose.choice(middles)
        changed_spans = [span._replace(until=middle), span._replace(first=middle)]
    else:
        changed_spans = [span, span] if what == "twice" else []
    return what, spans[:at] + changed_spans + spans[at + 1:]


def changed_prefixes(data, positions, choose):
    """(what was done, `tag.prefixes` with one value changed)"""
    spans = tag_lists.unpack_prefixes(data)
    at = choose.randrange(len(spans))
    span, what = spans[at], choose.choice(["ends", "ends", "address", "length", "more", "bytes"])
    if what == "bytes":
        return what, changed_bytes(data, choose)
    if what == "ends":
        what, spans = changed_ends(spans, at, positions, choose)
    elif what == "length":
        spans[at] = span._replace(length=choose.choice([span.length + 1, span.length - 1, span.length ^ 1 << 4]) % 256)
    else:
        other = span._replace(address=changed(span.address, choose))
        spans[at:at + (what == "address")] = [other]
    if what in ("address", "length", "more") and choose.random() < 0.5:  # in order, so that the digest alone can tell
        spans.sort()
    return f"{what} of {span}", tag_lists.pack_prefixes(spans)


def changed_properties(data, positions, choose):
    """(what was done, `tag.properties` with one value changed)"""
    spans, _ = tag_lists.unpack_properties(data)
    at = choose.randrange(len(spans))
    span, what = spans[at], choose.choice(["ends", "ends", "ends", "change_number", *tag_lists.Value._fields,
                                           "value's head", "bytes"])
    if what in ("value's head", "bytes"):
        return what, (changed_bytes if what == "bytes" else changed_value_head)(data, choose)
    if what == "ends":
        what, spans = changed_ends(spans, at, positions, choose)
    elif what == "change_number":
        spans[at] = span._replace(change_number=changed(span.change_number, choose))
    else:
        old = getattr(span.value, what)
        other = changed(old, choose) if what == "region_id" else changed_text(old, choose)
        if old is not None and what in ("region_id", "platform", "network_features") and choose.random() < 0.2:
            other = None
        spans[at] = span._replace(value=span.value._replace(**{what: other}))
    return f"{what} of {span}", tag_lists.pack_properties(spans)


@functools.lru_cache(1 << 16)
def read_list(column, data):
    """(the spans of a list, is it one that the program can have written?); None if nothing can be read."""
    try:
        if column == "prefixes":
            spans = tag_lists.unpack_prefixes(data)
            return spans, tag_lists.prefixes_are_list(spans)
        spans, whole = tag_lists.unpack_properties(data)
        return spans, whole and tag_lists.properties_are_list(spans)
    except tag_lists.Unreadable:
        return None


@functools.lru_cache(1 << 16)
def prefixes_at(data, position):
    """The prefixes of a list that hold there; None if it cannot be read."""
    found = read_list("prefixes", data)
    return found and frozenset(span.key for span in found[0] if span.first <= position < span.until)


def properties_at(data, position):
    """The span that holds there, as the program seeks it: of those that begin not later, by halving; or None.

    Where spans are not in order, or overlap, this says which it takes.
    """
    spans, _ = read_list("properties", data)
    at = bisect.bisect_right([span.first for span in spans], position)
    return spans[at - 1] if at > 0 and spans[at - 1].until > position else None


def content_at(tags, position):
    """{name: all that the tag says of itself, and its prefixes}; None: one of the tags cannot be read there."""
    content = {}
    for name, properties, prefixes in tags:
        if read_list("properties", properties) is None:  # nothing says that the tag is not there
            return None
        span = properties_at(properties, position)
        if span is None:
            continue
        content[name] = (span.change_number, span.value, prefixes_at(prefixes, position))
        if None in content[name]:
            return None
    return content


class Rows(unittest.TestCase):
    folder_of_releases = None

    @classmethod
    def setUpClass(cls):
        cls.scratch = fault_points.scratch()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.sound, cls.broken = cls.folder / "sound.db", cls.folder / "broken.db"
        cls.files = sorted(pathlib.Path(cls.folder_of_releases).glob("*.json"))[-4:] if cls.folder_of_releases \
            else fault_points.SAMPLE
        done = fault_points.svctag(cls.sound, "import", *cls.files)
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
        """{(position, digest): its content}"""
        contents = {}
        for cloud, position, digest in connection.execute("SELECT cloud_id, position, hex(digest) FROM release"):
            tags = connection.execute("SELECT name, properties, prefixes FROM tag WHERE cloud_id = ?", (cloud,))
            contents[position, digest.lower()] = content_at(tags, position)
        return contents

    @staticmethod
    def all_faults(connection):
        """{tag: what of its lists cannot be, whatever releases make of it}: no list, ends where no release is, or a
        prefix that holds where its tag is not there"""
        faults = {}
        for name, cloud, *lists in connection.execute("SELECT name, cloud_id, prefixes, properties FROM tag"):
            rows = connection.execute("SELECT position FROM release WHERE cloud_id = ?", (cloud,))
            positions = {position for position, in rows}
            if not connection.execute("SELECT 1 FROM cloud WHERE id = ?", (cloud,)).fetchone():
                faults[name] = "no cloud"
                continue
            for column, data in zip(LISTS, lists):
                spans, sound = read_list(column, data) or ([], False)
                if not sound:
                    faults[name] = f"no list of {column}"
                elif not positions.issuperset({end for s in spans for end in (s.first, s.until)} - {tag_lists.OPEN}):
                    faults[name] = f"an end of {column} at no release"
            if name not in faults and not lists[1]:
                faults[name] = "never there"
            if name not in faults and any(
                    properties_at(lists[1], position) is None and prefixes_at(lists[0], position)
                    for position in positions):
                faults[name] = "a prefix where the tag is not"
        return faults

    def change_list(self, connection, column, change):
        """Put another list in the place of one; returns the tag's name and what was done."""
        tag, name, data = self.choose.choice(connection.execute(
            f"SELECT id, name, {column} FROM tag WHERE {column} IS NOT NULL ORDER BY id").fetchall())
        what, data = change(data)
        connection.execute(f"UPDATE tag SET {column} = ? WHERE id = ?", (data, tag))
        return name, f"tag.{column} of {name}: {what}"

    def change_value(self, connection, table):
        """Change one value of one row, or of one list; returns what was done."""
        choose = self.choose
        if table in LISTS:
            positions = sorted(position for position, _ in self.contents)
            change = changed_prefixes if table == "prefixes" else changed_properties
            return self.change_list(connection, table, lambda data: change(data, positions, choose))[1]
        primary = keys(connection, table)
        count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        row = dict(zip(columns(connection, table), connection.execute(
            f"SELECT * FROM {table} LIMIT 1 OFFSET ?", (choose.randrange(count),)).fetchone()))
        # Nothing names a tag by its number; its lists have turns of their own.
        column = choose.choice(sorted(set(row) - ({"id", *LISTS} if table == "tag" else set())))
        value = changed(row[column], choose)
        where = " AND ".join(f"{key} IS ?" for key in primary)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *(row[key] for key in primary)))
        return f"{table}.{column} of { {key: row[key] for key in row if key not in LISTS} }: {value!r}"

    @contextlib.contextmanager
    def changing(self):
        """A copy of the sound database, to be changed."""
        shutil.copyfile(self.sound, self.broken)
        with contextlib.closing(sqlite3.connect(self.broken)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            yield connection
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def damage(self, table):
        """Change one value; returns what was done, or None if SQLite will not have it or it is no damage."""
        try:
            with self.changing() as connection:
                what = self.change_value(connection, table)
                if table not in HISTORY:
                    return what
                self.after, self.faults = self.all_contents(connection), self.all_faults(connection)
                self.assertTrue(self.faults or self.after != self.contents, what)
                return what
        except sqlite3.Error:  # a type or a key that cannot be
            return None

    def verify(self):
        """Exit 2 with one line on stderr for each damage; {(id, part)} of those that are named."""
        done = fault_points.svctag(self.broken, "--cloud", "all", "--format", "json", "verify")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertTrue(done.stderr.strip())
        self.of_database = []  # what is said of no release
        if not done.stdout.strip():
            return set()
        damaged = json.loads(done.stdout)["damaged"]
        self.assertEqual(len(done.stderr.splitlines()), len(damaged))
        self.of_database = [found["error"] for found in damaged if found["part"] == "database"]
        return {(found["release"]["id"], found["part"]) for found in damaged if found.get("release")}

    def damage_some(self, tables, count, check):
        self.choose, tried = random.Random(SEED), 0
        while tried < count:
            what = self.damage(tables[tried % len(tables)])
            if what is None:
                continue
            tried += 1
            with self.subTest(what):
                check(self.verify())

    def check_history(self, named):
        """Exactly the releases whose content is another one, and the tag whose lists cannot be."""
        differ = {digest for (position, digest), content in self.after.items()
                  if content != self.contents[position, digest]}
        self.assertEqual({release for release, part in named if part == "content"}, differ)
        self.assertEqual((self.newest[1], "index") in named, self.newest[1] in differ)
        self.assertEqual(len(self.of_database), 1 if self.faults else 0)
        for tag, fault in self.faults.items():
            ending = "in table tag" if fault == "no cloud" else f"the history of tag {tag}"
            self.assertTrue(self.of_database[0].endswith(ending), self.of_database)

    def test_history(self):
        """One value of a list is another one and the checksum right, or one of the tag's own."""
        self.damage_some(HISTORY, CHANGES, self.check_history)

    def test_checksums(self):
        """Of a list that lost its checksum nothing is believed.

        That of a tag's properties is read for every release of the cloud, as
        it says whether the tag is there; that of its prefixes only where it is.
        """
        self.choose = choose = random.Random(SEED)

        def change(data):
            at = choose.randrange(1, len(data))
            return choose.choice([("a bit", changed(data, choose)), (f"cut at {at}", data[:at]),
                                  (f"byte {at} lost", data[:at] + data[at + 1:]), ("a byte more", data + b"\0")])

        for number in range(CHANGES // 3):
            column = LISTS[number % 2]
            with self.changing() as connection:
                name, what = self.change_list(connection, column, change)
                self.after, self.faults = self.all_contents(connection), self.all_faults(connection)
            with self.subTest(what):
                self.assertEqual(self.faults, {name: f"no list of {column}"})
                lost = {digest for (_, digest), content in self.contents.items()
                        if column == "properties" or name in content}
                named = self.verify()
                self.assertEqual({release for release, part in named if part == "content"}, lost)
                self.check_history(named)

    def answers(self, database):
        """(exit code, output) of questions about every release, and of what is loaded"""
        questions = [("releases",), *(("--at", f"id:{digest}", "show", "AzureCloud") for _, digest in self.contents)]
        return [(done.returncode, done.stdout) for done in
                (fault_points.svctag(database, "--format", "json", *question) for question in questions)]

    def check_rows(self, named):
        """Which rows are not what was sealed is not told; no answer comes of them."""
        if named:
            self.assertEqual({part for _, part in named} - {"content", "index"}, set())
        if self.of_database:
            self.assertRegex(self.of_database[0], "the list of releases|belongs to nothing|NOT NULL|integrity")
        for (code, output), sound in zip(self.answers(self.broken), self.sound_answers):
            self.assertIn((code, output), [sound, (2, "")])

    def test_list_of_releases(self):
        """Rows of the list that are not what was sealed, or the seal: an answer is the right one, or an error."""
        self.sound_answers = self.answers(self.sound)
        self.assertEqual({code for code, _ in self.sound_answers}, {0})
        self.damage_some(SEALED, CHANGES // 3, self.check_rows)

    def test_index(self):
        self.damage_some(("release_index",), CHANGES // 10,
                         lambda named: self.assertLessEqual(named, {(self.newest[1], "index")}))

    def test_lost_rows(self):
        """A row that is gone is found as well, and so is a list, and a span of one."""
        self.choose = choose = random.Random(SEED)

        def without_prefix(data):
            spans = tag_lists.unpack_prefixes(data)
            del spans[choose.randrange(len(spans))]
            return "a span", tag_lists.pack_prefixes(spans)

        def without_properties(data):
            spans, _ = tag_lists.unpack_properties(data)
            del spans[choose.randrange(len(spans))]
            return "a span", tag_lists.pack_properties(spans)

        for column, change in 3 * [("prefixes", without_prefix), ("properties", without_properties),
                                   *((column, lambda data: ("all", None)) for column in LISTS)]:
            with self.changing() as connection:
                _, what = self.change_list(connection, column, change)
                self.after, self.faults = self.all_contents(connection), self.all_faults(connection)
            with self.subTest(what):
                self.check_history(self.verify())
        for table in ["tag", "release", "sighting", "cloud", "seal", "release_index"]:
            for _ in range(3):
                with self.changing() as connection:
                    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    primary = ", ".join(keys(connection, table))
                    connection.execute(f"DELETE FROM {table} WHERE ({primary}) IN (SELECT {primary} FROM {table} "
                                       f"LIMIT 1 OFFSET ?)", (choose.randrange(count),))
                with self.subTest(table):
                    self.verify()

    def test_lists_are_as_documented(self):
        """Written anew they are the same bytes, and what they say is in the documents; XXH64 as published."""
        for text, digest in ((b"", 0xEF46DB3751D8E999), (b"a", 0xD24EC4F1A98C6E5B), (b"abc", 0x44BC2CF5AD770999)):
            self.assertEqual(tag_lists.xxh64(text), digest)
        with contextlib.closing(sqlite3.connect(self.sound)) as connection:
            self.assertEqual(self.all_faults(connection), {})
            for name, properties, prefixes in connection.execute("SELECT name, properties, prefixes FROM tag"):
                with self.subTest(name):
                    self.assertEqual(tag_lists.pack_properties(tag_lists.unpack_properties(properties)[0]), properties)
                    self.assertEqual(tag_lists.pack_prefixes(tag_lists.unpack_prefixes(prefixes)), prefixes)
        stored = [{(name, ipaddress.ip_network((address, length))) for name, (_, _, prefixes) in content.items()
                   for _, address, length in prefixes} for content in self.contents.values()]
        for file in self.files:
            self.assertIn({(name, ipaddress.ip_network(prefix, strict=False))
                           for name, prefix in fault_points.prefixes(file)}, stored, file)

    def test_seal_is_as_documented(self):
        """docs/store.md, "The seal": the bytes of the list, their checksum and their digest."""
        with contextlib.closing(sqlite3.connect(self.sound)) as connection:
            rows = connection.execute(
                "SELECT r.id, r.position, r.change_number, r.tag_count, r.prefix_count, r.unique_prefix_count, "
                "s.forced, r.digest, c.name, r.addresses_ipv4, r.addresses_ipv6, s.published, s.source, "
                "s.imported_at, s.warnings FROM release r JOIN cloud c ON c.id = r.cloud_id "
                "JOIN sighting s ON s.release_id = r.id ORDER BY c.id, r.position, s.published").fetchall()
            seal, stored = connection.execute("SELECT digest, list FROM seal").fetchone()
        self.assertTrue(any(position < 0 for _, position, *_ in rows))
        body = b""
        for row in rows:
            body += struct.pack("<7q", *row[:7])
            for value in row[7:]:
                data = value if isinstance(value, bytes) else value.encode()
                body += struct.pack("<I", len(data)) + data + b"\0"
        self.assertEqual(tag_lists.sealed(body), stored)
        self.assertEqual(hashlib.sha256(stored).digest(), seal)

    def test_sound(self):
        self.assertEqual(fault_points.svctag(self.sound, "--cloud", "all", "verify").returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Rows.folder_of_releases = sys.argv.pop(1)
    unittest.main()
