#include "curl_loader.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* A function of the library and its place in the table. */
struct symbol {
	const char *name;
	size_t offset;
};

#define SYMBOL(member)                                             \
	{                                                          \
		"curl_" #member, offsetof(struct curl_api, member) \
	}

static const struct symbol symbols[] = {
	SYMBOL(global_init),   SYMBOL(global_cleanup), SYMBOL(easy_init),      SYMBOL(easy_cleanup),
	SYMBOL(easy_reset),    SYMBOL(easy_setopt),    SYMBOL(easy_perform),   SYMBOL(easy_getinfo),
	SYMBOL(easy_strerror), SYMBOL(slist_append),   SYMBOL(slist_free_all), SYMBOL(getdate),
	SYMBOL(url),           SYMBOL(url_cleanup),    SYMBOL(url_set),        SYMBOL(url_get),
	SYMBOL(free),
};

/* Debian names the same library after the TLS that it is built with. */
static void *
open_library(void)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
	void *library = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && library == NULL; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return library;
}

svctag_error
curl_api_load(struct curl_api *ret, svctag_detail *detail)
{
	struct curl_api api;
	void *library = open_library();

	if (library == NULL) {
		svctag_detail_set(detail,
				  "downloading needs libcurl, which is not installed (%s); "
				  "on Debian: apt-get install libcurl4",
				  dlerror());
		return SVCTAG_E_UNSUPPORTED;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *address = dlsym(library, symbols[i].name);

		if (address == NULL) {
			svctag_detail_set(detail, "libcurl is too old: it has no %s()", symbols[i].name);
			(void)dlclose(library);
			return SVCTAG_E_UNSUPPORTED;
		}
		/* ISO C knows no cast from an object pointer to a function's; POSIX promises the same bytes. */
		memcpy((char *)&api + symbols[i].offset, &address, sizeof(address));
	}
	*ret = api;
	return SVCTAG_OK;
}
