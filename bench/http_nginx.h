/**
 * @file
 * nginx with its geo module, as bench_http loads it: on a free port of the
 * loopback, one process for each of `threads`. It finds for the parameter q
 * what the longest prefix around it has.
 */
#ifndef BENCH_HTTP_NGINX_H
#define BENCH_HTTP_NGINX_H

#include "http_servers.h"
#include "lookup_table.h"
#include "stored.h"

/** It answers with the names of the tags, and no more. */
struct server nginx_start(const struct bench *bench, const struct table *table, unsigned int threads);

/** Does it name the tags for each of these addresses that svctagd does? Or else the program ends. */
void nginx_check(const struct server *nginx, const struct server *svctagd, const uint32_t *addresses, size_t count);

/**
 * It answers for these addresses what svctagd does, with its header fields, but with two that it always has (Server,
 * Connection) where svctagd has an ETag. Or else the program ends. Other prefixes are there, too, with their tags.
 */
struct server nginx_start_alike(const struct bench *bench, const struct table *table, const struct server *svctagd,
				const uint32_t *addresses, size_t count, unsigned int threads);

#endif
