#include "limits.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/** Connections unless told otherwise, and which part of them one address may have. */
#define DEFAULT_CONNECTIONS 4096
#define DEFAULT_SHARE 4
/** Descriptors that are needed for other things: sockets, databases, standard streams. */
#define OTHER_DESCRIPTORS 64
/** More have to be asked for. */
#define USUAL_EVENT_THREADS 8

/** The text is a number by limits_check_…(), or NULL. */
static size_t
number_of(const char *text, size_t otherwise)
{
	return text == NULL ? otherwise : (size_t)strtoul(text, NULL, 10);
}

static svctag_error
check_number(const char *text, size_t least, size_t most, svctag_detail *detail)
{
	size_t size = strlen(text);

	if (size > 0 && size <= 7 && strspn(text, "0123456789") == size && number_of(text, 0) >= least &&
	    number_of(text, 0) <= most)
		return SVCTAG_OK;
	svctag_detail_set(detail, "'%s' is not a number from %zu to %zu", text, least, most);
	return SVCTAG_E_SYNTAX;
}

svctag_error
limits_check_connections(const char *text, svctag_detail *detail)
{
	return check_number(text, 1, LIMITS_MAX_CONNECTIONS, detail);
}

svctag_error
limits_check_per_address(const char *text, svctag_detail *detail)
{
	return check_number(text, 0, LIMITS_MAX_CONNECTIONS, detail);
}

svctag_error
limits_check_event_threads(const char *text, svctag_detail *detail)
{
	return check_number(text, 1, LIMITS_MAX_EVENT_THREADS, detail);
}

/**
 * One for every two processors: the others are for the kernel's half of each
 * answer, for the workers, and for the clients where they are on the machine.
 */
static size_t
usual_event_threads(void)
{
	cpu_set_t set;
	size_t threads = sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) / 2 : 1;

	return threads < 1 ? 1 : threads > USUAL_EVENT_THREADS ? USUAL_EVENT_THREADS : threads;
}

/** Raise the limit of descriptors as far as it is needed and allowed. @return what it is then */
static size_t
raise_descriptors(size_t need)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < need) {
		limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	return (size_t)limit.rlim_cur;
}

svctag_error
limits_find(const struct settings *settings, struct limits *ret, svctag_detail *detail)
{
	const char *asked = settings_text(settings, SETTING_MAX_CONNECTIONS);
	struct limits limits = { .connections = number_of(asked, DEFAULT_CONNECTIONS) };
	size_t need = limits.connections + OTHER_DESCRIPTORS;
	size_t descriptors = raise_descriptors(need);

	if (descriptors < need && asked != NULL) {
		svctag_detail_set(detail,
				  "%zu connections need %zu descriptors, but %zu are allowed: raise `ulimit -n`, or "
				  "LimitNOFILE= of the unit",
				  limits.connections, need, descriptors);
		return SVCTAG_E_LIMIT;
	}
	if (descriptors < need) {
		limits.fewer = true;
		limits.connections =
			descriptors > 2UL * OTHER_DESCRIPTORS ? descriptors - OTHER_DESCRIPTORS : OTHER_DESCRIPTORS;
	}
	limits.per_address = number_of(settings_text(settings, SETTING_MAX_PER_ADDRESS),
				       (limits.connections + DEFAULT_SHARE - 1) / DEFAULT_SHARE);
	limits.event_threads =
		(unsigned int)number_of(settings_text(settings, SETTING_EVENT_THREADS), usual_event_threads());
	*ret = limits;
	return SVCTAG_OK;
}
