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

/* So many bytes 0, 1, 2 … 250, 0, 1 …, around what is gathered at a time, by Python's hashlib. */
static const struct {
	size_t size;
	const char *digest;
} gathered_cases[] = {
	{ 1014, "3a654a839c39253346639c2ec5a105b9f3f6abe8fb2558e803817e18849d184a" },
	{ 1015, "9babdadad55b07967884cf292d5a7bffd733b7432892f6a9caa5fc028e0996d7" },
	{ 1016, "3e493c42ecf0ea90d719075ce79122ccd893a7705ae2281c8cfe1a8672dbf56f" },
	{ 1023, "1c5e88a585b61754df6137d66632a7348557a88358afc401b0a0a4fc427104a9" },
	{ 1024, "2bce1ba628720664be4b9fdd77aae0678e5f0f3f02fc6ff641ec879094f6a404" },
	{ 1025, "bc0b6b10b89b9487a12fda2a8cc13194e7091c217aabf8b92846274026f4bcd0" },
	{ 1088, "705697bbef1b3bbc1613f6b30f1bedb43bf3a5b5bbb960638437e8d6c23aaf9c" },
	{ 2039, "0d4f60e721810fc4addbb040fdba58fdfa7c6188b7bd95962836211723c8c53c" },
	{ 2040, "16c5054ad7ac5a7e431f5c9641304f2da39901dabf453248b4e82ef3dc6f9bc6" },
	{ 2048, "b2a8170614e23194ae2951423d601987f518ce2f11205d7b0b708080103b9f76" },
};

static void
test_sha256_gathered(void **state)
{
	uint8_t bytes[2 * SHA256_GATHERED];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 251);
	for (size_t i = 0; i < TESTING_COUNT(gathered_cases); i++) {
		size_t size = gathered_cases[i].size;

		for (size_t cut = 0; cut <= size; cut++) {
			struct sha256 sha;

			svctag_sha256_begin(&sha);
			svctag_sha256_add(&sha, bytes, cut);
			svctag_sha256_add(&sha, bytes + cut, size - cut);
			assert_sha256(&sha, gathered_cases[i].digest);
		}
	}
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
		cmocka_unit_test(test_sha256_gathered),
		cmocka_unit_test(test_xxh64),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
