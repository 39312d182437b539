/**
 * @file
 * The tables of schema/platform/ as arrays, in their order; made at build
 * time. Hidden.
 */
#ifndef SVCTAG_PLATFORM_H
#define SVCTAG_PLATFORM_H

#include <svctag/target.h>

/** What the documents say. */
enum platform_word {
	PLATFORM_UNSAID,
	PLATFORM_NO,
	PLATFORM_YES,
};

struct platform_tag {
	const char *tag;
	enum platform_word regional; /**< then the row speaks of the tag's regional children too */
	enum platform_word firewall;
	enum platform_word shared;
};

extern const struct platform_tag platform_tags[];
extern const size_t platform_tags_count;
extern const svctag_dependency platform_dependencies[];
extern const size_t platform_dependencies_count;
extern const svctag_limit platform_limits[];
extern const size_t platform_limits_count;

#endif
