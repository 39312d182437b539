-- The history of each tag, of its properties and of its prefixes, as a list in
-- few bytes (docs/store.md, "Intervals") instead of a row for each span: to
-- read a release, and to check the file, takes as long as it has bytes, not as
-- it has, or ever had, rows.

ALTER TABLE tag ADD COLUMN properties BLOB;
ALTER TABLE tag ADD COLUMN prefixes BLOB;

UPDATE tag SET
	properties = (
		SELECT svctag_pack_properties(first, until, change_number, region, region_id, platform,
			system_service, network_features)
		FROM tag_span WHERE tag_id = tag.id
	),
	prefixes = (
		SELECT svctag_pack_prefixes(prefix, first, until) FROM prefix_span WHERE tag_id = tag.id
	);

DROP TABLE tag_span;
DROP TABLE prefix_span;

-- The list of releases as bytes, over which the digest is now: readers read it
-- from here, and need not go over the rows.

ALTER TABLE seal ADD COLUMN list BLOB;
