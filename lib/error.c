#include <svctag/error.h>

const char *
svctag_error_text(svctag_error error)
{
	switch (error) {
	case SVCTAG_OK: return "no error";
	case SVCTAG_E_NO_MEMORY: return "out of memory";
	case SVCTAG_E_SYNTAX: return "not of the expected form";
	case SVCTAG_E_RANGE: return "out of range";
	case SVCTAG_E_HOST_BITS: return "bits set past the prefix length";
	case SVCTAG_E_FAMILY: return "IPv4 and IPv6 mixed";
	case SVCTAG_E_DUPLICATE: return "not unique";
	case SVCTAG_E_NOT_FOUND: return "not found";
	case SVCTAG_E_EMPTY: return "no release is loaded";
	case SVCTAG_E_IO: return "cannot read or write";
	case SVCTAG_E_BUSY: return "the database is in use by another process";
	case SVCTAG_E_DATABASE: return "database error";
	case SVCTAG_E_FOREIGN: return "not a database of this program and version";
	case SVCTAG_E_CORRUPT: return "stored data is damaged";
	case SVCTAG_E_FORMAT: return "index of another format";
	case SVCTAG_E_IMPLAUSIBLE: return "implausible";
	case SVCTAG_E_LIMIT: return "over a limit";
	case SVCTAG_E_INVALID: return "invalid argument";
	case SVCTAG_E_UNSUPPORTED: return "not supported";
	}
	return "unknown error";
}
