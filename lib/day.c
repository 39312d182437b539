/* Days of the proleptic Gregorian calendar, counted from 1970-01-01. */
#include <stdio.h>
#include <string.h>

#include <svctag/catalogue.h>

static bool
two_digits(const char *text, unsigned int *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret = (unsigned int)(text[0] - '0') * 10 + (unsigned int)(text[1] - '0');
	return true;
}

static unsigned int
days_of_month(unsigned int year, unsigned int month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
parse_day(const char *text, unsigned int *year, unsigned int *month, unsigned int *day)
{
	unsigned int century;
	unsigned int rest;

	if (strnlen(text, SVCTAG_DAY_SIZE) != SVCTAG_DAY_SIZE - 1 || text[4] != '-' || text[7] != '-')
		return false;
	if (!two_digits(text, &century) || !two_digits(text + 2, &rest) || !two_digits(text + 5, month) ||
	    !two_digits(text + 8, day))
		return false;
	*year = century * 100 + rest;
	return *year >= 1 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= days_of_month(*year, *month);
}

bool
svctag_day_is_valid(const char *text)
{
	unsigned int year;
	unsigned int month;
	unsigned int day;

	return parse_day(text, &year, &month, &day);
}

/* Years begin in March here, so that the leap day is the last of its year. */
int64_t
svctag_day_number(const char *text)
{
	unsigned int year;
	unsigned int month;
	unsigned int day;
	int64_t y;
	int64_t shifted;

	if (!parse_day(text, &year, &month, &day))
		return 0;
	y = (int64_t)year - (month <= 2);
	shifted = (month + 9) % 12;
	return y * 365 + y / 4 - y / 100 + y / 400 + (shifted * 153 + 2) / 5 + day - 1 - 719468;
}

void
svctag_day_format(int64_t number, char *text)
{
	int64_t z = number + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (of_year * 5 + 2) / 153;
	int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2);
	char buffer[64];

	(void)snprintf(buffer, sizeof(buffer), "%04u-%02u-%02u", (unsigned int)(year % 10000), (unsigned int)month,
		       (unsigned int)(of_year - (shifted * 153 + 2) / 5 + 1));
	memcpy(text, buffer, SVCTAG_DAY_SIZE - 1);
	text[SVCTAG_DAY_SIZE - 1] = '\0';
}
