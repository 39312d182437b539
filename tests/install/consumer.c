/* The least program that uses an installed libsvctag. */
#include <stdio.h>
#include <svctag/svctag.h>

int
main(void)
{
	svctag_prefix prefix;

	if (svctag_prefix_parse("198.18.0.0/15", 13, &prefix) != SVCTAG_OK || prefix.length != 15)
		return 1;
	printf("%s\n", svctag_error_text(SVCTAG_OK));
	return 0;
}
