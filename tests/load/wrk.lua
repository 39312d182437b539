-- wrk -s wrk.lua URL -- RESULTS
--
-- Asks in turn what is listed below, and keeps every different answer that
-- comes (status, ETag, body), for the test to judge when all is over. RESULTS
-- gets a line "REQUESTS CONNECT READ WRITE TIMEOUT LOST P99", in which P99 is
-- in microseconds and what is between is errors, and then for each different
-- answer "COUNT STATUS ETAG BODY", the body in hexadecimal. With one thread (-t1).

local most = 20000 -- different answers; more than that is a failure in itself
local kinds = {
	{ "GET", "/v1/lookup?q=198.18.26.224" },
	{ "GET", "/v1/lookup?q=198.18.26.224&q=198.18.0.0/15&q=2001:db8::1&q=nonsense" },
	{ "GET", "/v1/check?q=198.18.26.224&tag=ActionGroup" },
	{ "GET", "/v1/tags/Storage/prefixes", { ["Accept"] = "text/plain" } },
	{ "GET", "/v1/tags?match=Storage*" },
	{ "GET", "/v1/tags/AzureCloud", { ["Accept-Encoding"] = "gzip" } },
	{ "POST", "/v1/lookup", { ["Content-Type"] = "text/plain", ["Accept"] = "application/x-ndjson" },
	  string.rep("198.18.26.224\n198.19.65.3\n2001:db8::1\n", 20) },
}
local requests, turn = {}, 0
local threads = {}

answers, different, lost = {}, 0, 0 -- what done() can read: one flat table, and no NUL in any text
local names = {}

function setup(thread)
	table.insert(threads, thread)
end

function init(args)
	results = args[1]
	for i, kind in ipairs(kinds) do
		requests[i] = wrk.format(kind[1], kind[2], kind[3], kind[4])
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end

local function hexadecimal(body)
	return (body:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end

function response(status, headers, body)
	local etag = headers["ETag"] or "-"
	local key = etag .. body
	local name = names[key]
	if name then
		answers[name] = answers[name] + 1
	elseif different < most then
		name = string.format("%d %s %s", status, etag, hexadecimal(body))
		names[key], answers[name], different = name, 1, different + 1
	else
		lost = lost + 1
	end
end

-- Runs in a Lua state of its own, to which get() copies.
function done(summary, latency)
	local errors, file = summary.errors, assert(io.open(threads[1]:get("results"), "w"))
	file:write(string.format("%d %d %d %d %d %d %d\n", summary.requests, errors.connect, errors.read, errors.write,
		errors.timeout, threads[1]:get("lost"), latency:percentile(99)))
	for name, count in pairs(threads[1]:get("answers")) do
		file:write(count, " ", name, "\n")
	end
	file:close()
end
