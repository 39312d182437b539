/* HMAC-SHA256 against the published test cases of RFC 4231, section 4. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include <svctag/hmac.h>

/* A key or data: a text, or a byte repeated. */
struct bytes {
	const char *text;
	uint8_t byte;
	size_t count;
};

static const struct {
	struct bytes key;
	struct bytes data;
	const char *code; /* case 5 shows a truncated one only */
} cases[] = {
	{ { .byte = 0x0b, .count = 20 },
	  { .text = "Hi There" },
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ { .text = "Jefe" },
	  { .text = "what do ya want for nothing?" },
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ { .byte = 0xaa, .count = 20 },
	  { .byte = 0xdd, .count = 50 },
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ { .text = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18"
		    "\x19" },
	  { .byte = 0xcd, .count = 50 },
	  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ { .byte = 0x0c, .count = 20 }, { .text = "Test With Truncation" }, "a3b6167473100ee06e0c796c2955552b" },
	/* Longer than a block: hashed first. */
	{ { .byte = 0xaa, .count = 131 },
	  { .text = "Test Using Larger Than Block-Size Key - Hash Key First" },
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ { .byte = 0xaa, .count = 131 },
	  { .text = "This is a test using a larger than block-size key and a larger than block-size data. The key "
		    "needs to be hashed before being used by the HMAC algorithm." },
	  "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static size_t
fill(const struct bytes *bytes, uint8_t *ret)
{
	if (bytes->text == NULL) {
		memset(ret, bytes->byte, bytes->count);
		return bytes->count;
	}
	memcpy(ret, bytes->text, strlen(bytes->text));
	return strlen(bytes->text);
}

static void
test_rfc_4231(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		uint8_t key[256];
		uint8_t data[256];
		size_t key_size = fill(&cases[i].key, key);
		size_t size = fill(&cases[i].data, data);
		uint8_t code[SVCTAG_DIGEST_SIZE];
		char text[SVCTAG_DIGEST_TEXT_SIZE];

		svctag_hmac_sha256(key, key_size, data, size, code);
		svctag_digest_format(code, text);
		text[strlen(cases[i].code)] = '\0';
		assert_string_equal(text, cases[i].code);
	}
}

/* A key of one block is used as it is; nothing at all is allowed, as NULL too. */
static void
test_edges(void **state)
{
	uint8_t key[64];
	uint8_t code[SVCTAG_DIGEST_SIZE];
	uint8_t other[SVCTAG_DIGEST_SIZE];
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	(void)state;
	svctag_hmac_sha256(NULL, 0, NULL, 0, code);
	svctag_digest_format(code, text);
	assert_string_equal(text, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	/* Zeros are what a short key is filled up with. */
	memset(key, 0, sizeof(key));
	svctag_hmac_sha256(key, sizeof(key), NULL, 0, other);
	assert_memory_equal(code, other, sizeof(code));
	key[63] = 1;
	svctag_hmac_sha256(key, sizeof(key), NULL, 0, other);
	assert_memory_not_equal(code, other, sizeof(code));
}

static void
test_sha256(void **state)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	(void)state;
	svctag_sha256(NULL, 0, digest);
	svctag_digest_format(digest, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	svctag_sha256("abc", 3, digest);
	svctag_digest_format(digest, text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_4231),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_sha256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
