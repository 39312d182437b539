/**
 * @file
 * What the benchmarks of the database share: files in the scratch folder, and
 * the programs under test.
 */
#ifndef BENCH_STORED_H
#define BENCH_STORED_H

#include "harness.h"

#define STORED_PATH_SIZE 1024

/** A name in the folder of --scratch, which is made; default /tmp. */
void stored_path(const struct bench *bench, const char *name, char ret[STORED_PATH_SIZE]);

/** No such database any more, with what SQLite keeps beside it. */
void stored_remove(const char *path);

/** Make `to` a copy of the closed database `from`. */
void stored_copy(const char *from, const char *to);

double stored_size(const char *path);

/** Open to write, or end the program. */
svctag_store *stored_open(const char *path);

/** What is loaded, or end the program; svctag_catalogue_free() it. */
svctag_catalogue *stored_catalogue(svctag_store *store);

/** The program `svctag` that is measured: $SVCTAG_BIN. */
const char *stored_program(void);

/** One `svctag check` of a query in a tag, at a release; milliseconds from start to end. */
double stored_check(const char *path, const char *cloud, const char *at, const char *query, const char *tag);

/** The first address of a tag of the release that has any, and the tag's name. */
void stored_question(const svctag_release *release, char query[SVCTAG_ADDRESS_TEXT_SIZE], const char **ret_tag);

#endif
