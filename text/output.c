#include "output.h"

#include <stdint.h>
#include <stdlib.h>

bool
output_grow(struct output *output, size_t more)
{
	size_t capacity;
	char *data;

	if (more > SIZE_MAX / 4 || output->size > SIZE_MAX / 4)
		return false;
	capacity = (output->size + more) * 3 / 2 + 4096;
	data = realloc(output->borrowed ? NULL : output->data, capacity + OUTPUT_SLACK);
	if (data == NULL)
		return false;
	if (output->borrowed && output->size > 0)
		memcpy(data, output->data, output->size);
	output->borrowed = false;
	output->data = data;
	output->capacity = capacity;
	return true;
}

void
output_release(struct output *output)
{
	if (!output->borrowed)
		free(output->data);
	*output = (struct output){ 0 };
}
