/*
 * Files for the tests of this folder: the releases to work on, and databases
 * in memory where there is such a place. Whatever fails ends the program.
 */
#ifndef FILES_H
#define FILES_H

#include <stddef.h>

/* What ctest takes for skipped. */
#define SKIPPED 77

/* Releases, in order of their names. */
struct file_list {
	char **paths;
	size_t count;
};

/*
 * The files *.json of the folder; of a folder "real:NAME" those of
 * $SVCTAG_REAL_DATA/NAME, and exit with SKIPPED where there is none.
 */
void files_find(const char *folder, struct file_list *ret);
void files_release(struct file_list *files);

/* A new folder below $TMPDIR, /dev/shm or /tmp; free() the name after removing it. */
char *files_folder_new(void);
void files_folder_remove(char *folder);

/* "folder/name"; free() it. */
char *files_path(const char *folder, const char *name);

/* The whole file; free() it. */
unsigned char *files_read(const char *path, size_t *ret_size);
void files_write(const char *path, const void *data, size_t size);
/* The database with what SQLite keeps beside it. */
void files_remove_database(const char *path);

#endif
