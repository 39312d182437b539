/**
 * @file
 * One release, loaded and ready to answer: its identity and its index,
 * verified. Immutable: any thread may read it. Whoever shares one between
 * threads counts its users outside it.
 */
#ifndef SVCTAG_SNAPSHOT_H
#define SVCTAG_SNAPSHOT_H

#include <svctag/catalogue.h>
#include <svctag/index.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct svctag_snapshot svctag_snapshot;

/**
 * Compile a release without a store (tests, tools).
 * @param info      copied; its `warnings` is set to ""
 * @param[out] ret  the caller owns it
 * @return as svctag_index_build() and svctag_index_open()
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_snapshot_of_release(const svctag_release *release,
								     const svctag_release_info *info,
								     svctag_snapshot **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_snapshot_free(svctag_snapshot *snapshot);

SVCTAG_API const svctag_release_info *svctag_snapshot_info(const svctag_snapshot *snapshot);
SVCTAG_API const svctag_index *svctag_snapshot_index(const svctag_snapshot *snapshot);
/** Bytes of memory that it holds. */
SVCTAG_API size_t svctag_snapshot_size(const svctag_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

#endif
