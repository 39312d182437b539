/* The snapshots that a lookup asks: one, or one of each cloud. */
#ifndef CLI_TARGETS_H
#define CLI_TARGETS_H

#include "cli.h"

struct targets {
	svctag_snapshot **snapshots;
	size_t count;
};

/**
 * Load what --cloud and --at name. With `--cloud all` the clouds that have no
 * such release are left out, which is said. False after a message.
 * @param ret  release with targets_release(), whatever the result
 */
SVCTAG_MUST_CHECK bool targets_load(const struct cli *cli, svctag_store *store, struct targets *ret);
void targets_release(struct targets *targets);

#endif
