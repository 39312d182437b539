/**
 * @file
 * Addresses as numbers: 32 or 128 bits, by family. Hidden.
 */
#ifndef SVCTAG_BITS_H
#define SVCTAG_BITS_H

#include <endian.h>
#include <string.h>

#include <svctag/count.h>

static inline uint64_t
load_be64(const uint8_t bytes[8])
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

static inline uint16_t
load_be16(const uint8_t bytes[2])
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return be16toh(value);
}

static inline void
store_be64(uint8_t bytes[8], uint64_t value)
{
	value = htobe64(value);
	memcpy(bytes, &value, sizeof(value));
}

/* IPv4 lies in the first four of the sixteen bytes. */
static inline svctag_u128
address_value(const svctag_address *address)
{
	uint64_t high = load_be64(address->bytes);

	if (address->family != SVCTAG_IPV6)
		return high >> 32;
	return (svctag_u128)high << 64 | load_be64(address->bytes + 8);
}

static inline svctag_address
address_of_value(uint8_t family, svctag_u128 value)
{
	svctag_address address = { .family = family };

	if (family != SVCTAG_IPV6) {
		store_be64(address.bytes, (uint64_t)value << 32);
	} else {
		store_be64(address.bytes, (uint64_t)(value >> 64));
		store_be64(address.bytes + 8, (uint64_t)value);
	}
	return address;
}

/** The greatest address of a family. */
static inline svctag_u128
family_last(uint8_t family)
{
	return family == SVCTAG_IPV6 ? ~(svctag_u128)0 : (svctag_u128)UINT32_MAX;
}

/** The bits of the family past a prefix length, set. */
static inline svctag_u128
host_mask(uint8_t family, unsigned int length)
{
	return length >= SVCTAG_FAMILY_BITS(family) ? 0 : family_last(family) >> length;
}

static inline svctag_u128
prefix_first(const svctag_prefix *prefix)
{
	svctag_address address = { .family = prefix->family };

	memcpy(address.bytes, prefix->bytes, sizeof(address.bytes));
	return address_value(&address);
}

static inline svctag_u128
prefix_last(const svctag_prefix *prefix)
{
	return prefix_first(prefix) | host_mask(prefix->family, prefix->length);
}

static inline svctag_prefix
prefix_of_value(uint8_t family, svctag_u128 value, unsigned int length)
{
	svctag_address address = address_of_value(family, value);
	svctag_prefix prefix = { .family = family, .length = (uint8_t)length };

	memcpy(prefix.bytes, address.bytes, sizeof(prefix.bytes));
	return prefix;
}

/** Trailing zero bits; 128 for zero. */
static inline unsigned int
trailing_zeros(svctag_u128 value)
{
	if ((uint64_t)value != 0)
		return (unsigned int)__builtin_ctzll((uint64_t)value);
	if (value != 0)
		return 64 + (unsigned int)__builtin_ctzll((uint64_t)(value >> 64));
	return 128;
}

/** Position of the highest set bit; value is not zero. */
static inline unsigned int
highest_bit(svctag_u128 value)
{
	uint64_t high = (uint64_t)(value >> 64);

	if (high != 0)
		return 127 - (unsigned int)__builtin_clzll(high);
	return 63 - (unsigned int)__builtin_clzll((uint64_t)value);
}

#endif
