/**
 * @file
 * What every public header of libsvctag starts from: visibility, attributes
 * and the version. Everything public is named svctag_noun_verb or SVCTAG_….
 */
#ifndef SVCTAG_API_H
#define SVCTAG_API_H

/** Exported from the shared library; everything else is hidden. */
#define SVCTAG_API __attribute__((visibility("default")))

/** The result decides what the outputs mean: it has to be looked at. */
#define SVCTAG_MUST_CHECK __attribute__((warn_unused_result))

#define SVCTAG_VERSION_MAJOR 0
#define SVCTAG_VERSION_MINOR 1
#define SVCTAG_VERSION_PATCH 0
#define SVCTAG_VERSION "0.1.0"

/** Address families, in the order in which they sort and print. */
enum {
	SVCTAG_IPV4 = 4,
	SVCTAG_IPV6 = 6,
};

/** Index of a family in arrays of two: IPv4 first. */
#define SVCTAG_FAMILY_INDEX(family) ((family) == SVCTAG_IPV6 ? 1 : 0)

/** Length of an address of the family in bits and in bytes. */
#define SVCTAG_FAMILY_BITS(family) ((family) == SVCTAG_IPV6 ? 128U : 32U)
#define SVCTAG_FAMILY_BYTES(family) ((family) == SVCTAG_IPV6 ? 16U : 4U)

#endif
