/* The way without vectors, a number at a time; and the table of the way with them. */
#include "quad.h"

#include <string.h>

size_t
quad_read_plain(const char *text, uint32_t *ret)
{
	uint32_t address = 0;
	size_t at = 0;

	for (unsigned int octet = 0; octet < 4; octet++) {
		unsigned int value = 0;
		size_t begin;

		if (octet > 0 && text[at++] != '.')
			return 0;
		for (begin = at; text[at] >= '0' && text[at] <= '9'; at++) {
			value = value * 10 + (unsigned int)(text[at] - '0');
			if (value > 255 || (at > begin && text[begin] == '0'))
				return 0;
		}
		if (at == begin)
			return 0;
		address = address << 8 | value;
	}
	if (text[at] == '.')
		return 0;
	*ret = address;
	return at;
}

#ifdef __SSE2__
/* The way in which numbers of these lengths lie. */
static void
fill_pattern(struct quad_table *table, unsigned int number, const unsigned int lengths[4])
{
	static const int32_t least[] = { 0, 10, 100 };
	unsigned int places = 0;
	unsigned int at = 0;

	memset(table->of[number].shuffle, 0x80, 16); /* puts zeros */
	for (unsigned int octet = 0; octet < 4; octet++) {
		for (unsigned int i = 0; i < lengths[octet]; i++)
			table->of[number].shuffle[4 * octet + 4 - lengths[octet] + i] = (uint8_t)(at + i);
		table->of[number].least[octet] = least[lengths[octet] - 1];
		at += lengths[octet];
		places |= 1U << at++;
	}
	table->pattern[places >> 1] = (uint8_t)number;
}

void
quad_table_fill(struct quad_table *table)
{
	memset(table, 0, sizeof(*table));
	for (unsigned int i = 0; i < QUAD_PATTERNS; i++)
		fill_pattern(table, i + 1,
			     (const unsigned int[]){ i / 27 + 1, i / 9 % 3 + 1, i / 3 % 3 + 1, i % 3 + 1 });
	for (size_t octet = 0; octet < 4; octet++)
		table->of[0].least[octet] = INT32_MAX;
}

bool
quad_table_is_usable(void)
{
	return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0;
}
#endif
