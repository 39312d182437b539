#include <string.h>

#include <svctag/count.h>

#include "bits.h"

svctag_count
svctag_count_of(svctag_u128 number)
{
	return (svctag_count){ .low = number };
}

/* The number of addresses from first to last; 2^128 is the one that needs `high`. */
static svctag_count
count_between(svctag_u128 first, svctag_u128 last)
{
	svctag_count count = { .low = last - first + 1 };

	if (count.low == 0)
		count.high = 1;
	return count;
}

svctag_count
svctag_count_of_prefix(const svctag_prefix *prefix)
{
	return count_between(prefix_first(prefix), prefix_last(prefix));
}

svctag_count
svctag_count_of_range(const svctag_range *range)
{
	return count_between(address_value(&range->first), address_value(&range->last));
}

svctag_count
svctag_count_add(svctag_count a, svctag_count b)
{
	svctag_count sum = { .low = a.low + b.low };

	sum.high = a.high + b.high + (sum.low < a.low);
	return sum;
}

svctag_count
svctag_count_subtract(svctag_count a, svctag_count b)
{
	svctag_count rest = { .low = a.low - b.low };

	rest.high = a.high - b.high - (a.low < b.low);
	return rest;
}

int
svctag_count_compare(svctag_count a, svctag_count b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

bool
svctag_count_is_zero(svctag_count count)
{
	return count.low == 0 && count.high == 0;
}

double
svctag_count_to_double(svctag_count count)
{
	return (double)count.low + (double)count.high * 0x1p128;
}

double
svctag_count_fraction(svctag_count part, svctag_count whole)
{
	double fraction;

	if (svctag_count_is_zero(whole))
		return 0.0;
	if (svctag_count_compare(part, whole) == 0)
		return 1.0;
	fraction = svctag_count_to_double(part) / svctag_count_to_double(whole);
	/* Rounding must not turn "nearly all" into "all". */
	return fraction >= 1.0 && svctag_count_compare(part, whole) < 0 ? 0x1.fffffffffffffp-1 : fraction;
}

size_t
svctag_count_format(svctag_count count, char *text)
{
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	size_t n = 0;
	size_t i;

	/* Long division by ten, the high word's remainder carried into the low one. */
	do {
		uint64_t high_rest = count.high % 10;
		svctag_u128 upper = (svctag_u128)high_rest << 64 | (uint64_t)(count.low >> 64);
		svctag_u128 lower = (upper % 10) << 64 | (uint64_t)count.low;

		count.high /= 10;
		count.low = (upper / 10) << 64 | (uint64_t)(lower / 10);
		digits[n++] = (char)('0' + (int)(lower % 10));
	} while (!svctag_count_is_zero(count));
	for (i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	text[n] = '\0';
	return n;
}

/** The greatest power of ten in 64 bits. */
#define MAX_POWER UINT64_C(10000000000000000000)

/* The count times a power of ten, plus as many digits; false past 192 bits. */
static bool
append_digits(svctag_count *count, uint64_t power, uint64_t digits)
{
	/* In three parts of 64 bits, each with what the one below it carries. */
	svctag_u128 low = (svctag_u128)(uint64_t)count->low * power + digits;
	svctag_u128 middle = (svctag_u128)(uint64_t)(count->low >> 64) * power + (uint64_t)(low >> 64);
	svctag_u128 high = (svctag_u128)count->high * power + (uint64_t)(middle >> 64);

	count->low = middle << 64 | (uint64_t)low;
	count->high = (uint64_t)high;
	return high <= UINT64_MAX;
}

svctag_error
svctag_count_parse(const char *text, size_t size, svctag_count *ret)
{
	svctag_count count = { 0 };
	uint64_t power = 1;
	uint64_t digits = 0;
	bool fits = true;
	size_t i;

	if (size == 0)
		return SVCTAG_E_SYNTAX;
	for (i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return SVCTAG_E_SYNTAX;
		digits = digits * 10 + (uint64_t)(text[i] - '0');
		power *= 10;
		if (power == MAX_POWER) {
			fits = fits && append_digits(&count, power, digits);
			power = 1;
			digits = 0;
		}
	}
	if (!fits || !append_digits(&count, power, digits))
		return SVCTAG_E_RANGE;
	*ret = count;
	return SVCTAG_OK;
}
