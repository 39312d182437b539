#include "desk.h"

#include <stdlib.h>

struct desk *
desk_new(void)
{
	return calloc(1, sizeof(struct desk));
}

void
desk_free(void *desk)
{
	struct desk *d = desk;

	if (d == NULL)
		return;
	free(d->spare);
	free(d);
}
