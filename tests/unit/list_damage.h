/*
 * Damage to the lists of a database's tags that their checksums do not give
 * away: for the history that test_store_damage.c makes.
 */
#ifndef LIST_DAMAGE_H
#define LIST_DAMAGE_H

#include "stored_tags.h"

typedef struct list_damage {
	const char *what;
	void (*change)(stored_tag *tag);
	bool could_be;    /* the lists may be those of another history: only the content of a release tells */
	bool shows_later; /* no content is another one yet */
} list_damage;

extern const list_damage list_damages[];
extern const size_t list_damage_count;

/* To every tag of the file. */
void list_damage_do(const char *path, const list_damage *damage);

#endif
