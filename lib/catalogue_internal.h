/**
 * @file
 * Making a catalogue out of what the store has read. Hidden.
 */
#ifndef SVCTAG_CATALOGUE_INTERNAL_H
#define SVCTAG_CATALOGUE_INTERNAL_H

#include <svctag/catalogue.h>

struct catalogue_cloud {
	char name[SVCTAG_CLOUD_SIZE];
	size_t first; /**< in releases */
	size_t count;
};

struct svctag_catalogue {
	svctag_release_info *releases; /**< by cloud name, then position; `warnings` malloc()ed */
	size_t release_count;
	struct catalogue_cloud *clouds;
	size_t cloud_count;
};

/** Put the releases into order and find the clouds among them. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
svctag_error catalogue_index(svctag_catalogue *catalogue);

#endif
