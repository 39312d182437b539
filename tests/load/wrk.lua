-- wrk -s wrk.lua URL -- RESULTS ASKED
--
-- Asks in turn what the file ASKED has, a whole request in hexadecimal on each
-- line, and keeps every different answer that comes (status, ETag, body), for
-- the test to judge when all is over. RESULTS gets a line "REQUESTS CONNECT
-- READ WRITE TIMEOUT LOST P99", in which P99 is in microseconds and what is
-- between is errors, and then for each different answer "COUNT STATUS ETAG
-- BODY", the body in hexadecimal. With one thread (-t1).

local most = 20000 -- different answers; more than that is a failure in itself
local requests, turn = {}, 0
local threads = {}

answers, different, lost = {}, 0, 0 -- what done() can read: one flat table, and no NUL in any text
local names = {}

function setup(thread)
	table.insert(threads, thread)
end

function init(args)
	results = args[1]
	for line in io.lines(args[2]) do
		requests[#requests + 1] = line:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end)
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
