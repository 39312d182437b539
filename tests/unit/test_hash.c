/*
 * SHA-256 and XXH64 against published values; both are on disk, so they may
 * never change.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "sha256.h"
#include "xxh64.h"

/* FIPS 180-2, appendix B, and NIST's examples. */
static const struct {
	const char *text;
	const char *digest;
} sha256_cases[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopq"
	  "rstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void
assert_sha256(struct sha256 *sha, const char *want)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_sha256_end(sha, digest);
	svctag_digest_format(digest, text);
	assert_string_equal(text, want);
}

static void
test_sha256(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(sha256_cases); i++) {
		size_t size = strlen(sha256_cases[i].text);

		/* In two parts, cut at every place. */
		for (size_t cut = 0; cut <= size; cut++) {
			struct sha256 sha;

			svctag_sha256_begin(&sha);
			svctag_sha256_add(&sha, sha256_cases[i].text, cut);
			svctag_sha256_add(&sha, sha256_cases[i].text + cut, size - cut);
			assert_sha256(&sha, sha256_cases[i].digest);
		}
	}
}

/* A million times "a", in parts of all sizes. */
static void
assert_much(sha256_compress *compress)
{
	struct sha256 sha;
	char part[301];
	size_t left = 1000000;

	memset(part, 'a', sizeof(part));
	svctag_sha256_begin(&sha);
	sha.compress = compress;
	for (size_t size = 0; left > 0; size = (size + 1) % sizeof(part)) {
		size_t now = size < left ? size : left;

		svctag_sha256_add(&sha, part, now);
		left -= now;
	}
	assert_sha256(&sha, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Whatever the processor of this machine has. */
static void
test_sha256_of_much(void **state)
{
	(void)state;
	assert_much(sha256_compress_portable);
	if (sha256_compress_native() != NULL)
		assert_much(sha256_compress_native());
}

/* Values of the reference implementation. */
static const struct {
	const char *text;
	uint64_t hash;
} xxh64_cases[] = {
	{ "", 0xef46db3751d8e999ULL },
	{ "a", 0xd24ec4f1a98c6e5bULL },
	{ "abc", 0x44bc2cf5ad770999ULL },
	{ "Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1ULL }, /* past one stripe of 32 bytes */
};

static void
test_xxh64(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(xxh64_cases); i++) {
		size_t size = strlen(xxh64_cases[i].text);

		/* Wherever the bytes lie. */
		for (size_t shift = 0; shift < 8; shift++) {
			char *copy = testing_allocate(size + shift, 1);

			memcpy(copy + shift, xxh64_cases[i].text, size);
			assert_true(svctag_xxh64(copy + shift, size, 0) == xxh64_cases[i].hash);
			free(copy);
		}
	}
	assert_true(svctag_xxh64("abc", 3, 1) != svctag_xxh64("abc", 3, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sha256_of_much),
		cmocka_unit_test(test_xxh64),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
