-- Clouds, their releases, and the history of every tag as intervals.
--
-- A release has a *position* in its cloud: positions grow along the order of
-- releases (published day, change number, digest) and leave gaps, so that a
-- back-fill finds room. A span [first, until) holds for every release whose
-- position lies in it; until NULL: it still holds. Spans of one key neither
-- overlap nor touch with equal values.

CREATE TABLE cloud (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

CREATE TABLE release (
	id                  INTEGER PRIMARY KEY,
	cloud_id            INTEGER NOT NULL REFERENCES cloud (id),
	position            INTEGER NOT NULL,
	change_number       INTEGER NOT NULL,
	digest              BLOB NOT NULL CHECK (length(digest) = 32),
	tag_count           INTEGER NOT NULL,
	prefix_count        INTEGER NOT NULL,
	unique_prefix_count INTEGER NOT NULL,
	addresses_ipv4      TEXT NOT NULL,
	addresses_ipv6      TEXT NOT NULL,
	UNIQUE (cloud_id, position)
) STRICT;

-- The days on which a content was seen. Neighbouring sightings of one content
-- are one release, published on the first of them; another content that turns
-- up between them later splits it.
CREATE TABLE sighting (
	release_id  INTEGER NOT NULL REFERENCES release (id),
	published   TEXT NOT NULL CHECK (published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	source      TEXT NOT NULL,
	imported_at TEXT NOT NULL,
	forced      INTEGER NOT NULL CHECK (forced IN (0, 1)),
	warnings    TEXT NOT NULL,
	PRIMARY KEY (release_id, published)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
	id       INTEGER PRIMARY KEY,
	cloud_id INTEGER NOT NULL REFERENCES cloud (id),
	name     TEXT NOT NULL,
	UNIQUE (cloud_id, name)
) STRICT;

-- A tag's presence and properties.
CREATE TABLE tag_span (
	tag_id           INTEGER NOT NULL REFERENCES tag (id),
	first            INTEGER NOT NULL,
	until            INTEGER CHECK (until > first),
	change_number    INTEGER NOT NULL,
	region           TEXT NOT NULL,
	region_id        INTEGER,
	platform         TEXT,
	system_service   TEXT NOT NULL,
	network_features TEXT,
	PRIMARY KEY (tag_id, first)
) STRICT, WITHOUT ROWID;

-- A tag's prefixes: one byte of family (4, 6), the address, one byte of length.
CREATE TABLE prefix_span (
	tag_id INTEGER NOT NULL REFERENCES tag (id),
	prefix BLOB NOT NULL CHECK (length(prefix) IN (6, 18)),
	first  INTEGER NOT NULL,
	until  INTEGER CHECK (until > first),
	PRIMARY KEY (tag_id, prefix, first)
) STRICT, WITHOUT ROWID;

-- The compiled index of each cloud's newest release.
CREATE TABLE release_index (
	cloud_id   INTEGER PRIMARY KEY REFERENCES cloud (id),
	release_id INTEGER NOT NULL REFERENCES release (id),
	data       BLOB NOT NULL
) STRICT;

-- SHA-256 over clouds, releases and sightings: a lost or altered row shows.
CREATE TABLE seal (
	id     INTEGER PRIMARY KEY CHECK (id = 1),
	digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- What a server said of a document that became a release, for conditional
-- requests.
CREATE TABLE validator (
	url           TEXT PRIMARY KEY,
	etag          TEXT NOT NULL,
	last_modified TEXT NOT NULL,
	digest        BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT, WITHOUT ROWID;
