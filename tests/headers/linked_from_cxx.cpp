// The public headers, used from C++17: they compile there and what they
// declare links against the shared library.
extern "C" {
#include <svctag/svctag.h>
}

#include <cstring>

int main()
{
	svctag_address address{};
	char text[SVCTAG_ADDRESS_TEXT_SIZE];

	if (svctag_address_parse("2001:db8::1", 11, &address) != SVCTAG_OK)
		return 1;
	if (svctag_address_format(&address, text) != 11)
		return 1;
	return std::strcmp(text, "2001:db8::1") == 0 ? 0 : 1;
}
