/**
 * @file
 * schema/migrations, one text each, in order; made at build time. Hidden.
 */
#ifndef SVCTAG_MIGRATIONS_H
#define SVCTAG_MIGRATIONS_H

extern const char *const svctag_migrations[];
extern const int svctag_migration_count;

#endif
