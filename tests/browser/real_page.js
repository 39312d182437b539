// Drives the page in Chromium, on real releases:
//   node real_page.js CHROMIUM SCREENSHOTS DAEMON EXPECTED REPORT
// DAEMON is the address of one that has them, EXPECTED what published.py says of them; what the page says of the
// list, which published.py judges, goes into the file REPORT.
"use strict";
const fs = require("fs");
const assert = require("assert/strict");
const { ask, inspect, inspectViews, json, mainText, NARROW, open, run } = require("./browser.js");

const [, , , , DAEMON, EXPECTED, REPORT] = process.argv;
const expected = JSON.parse(fs.readFileSync(EXPECTED, "utf8"));
const oldest = expected.releases[0];
const newest = expected.releases.at(-1);
const ALL = expected.tags.length;

const VIEWS = {
	"real-home": ["/", newest.day],
	"real-lookup": [`/?q=${expected.lookup.address}`, "Timeline"],
	"real-lookup6": [`/?q=${expected.lookup6.address}`, "Timeline"],
	"real-block": [`/?q=${expected.lookup.address.split(".")[0]}.0.0.0/8`, "have addresses of it"],
	"real-then": [`/?q=${expected.lookup.address}&at=${oldest.day}`, "not in the newest release"],
	"real-tag": [`/?q=${expected.largest.tag}`, "How it grew"],
	"real-region": [`/?q=${expected.lookup.region}`, "A region: its tags"],
	"real-tags": ["/?view=tags", "Show all"],
	"real-tags-all": ["/?view=tags&all=1", expected.tags.at(-1)],
	"real-releases": ["/?view=releases", `${expected.releases.length} releases of Public`],
	"real-diff": [`/?view=diff&from=${oldest.day}&to=${newest.day}`, "tags differ"],
	"real-wrong": [`/?q=${encodeURIComponent(expected.beside.text)}`, "was probably meant"],
	"real-unknown": [`/?q=${expected.misspelt.text}`, "Did you mean"],
};

function grouped(number) {
	return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The rows of a table as lists of texts. */
async function rows(table) {
	return table.locator("tbody tr").evaluateAll((all) =>
		all.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
}

/** { name: value } of a list of facts. */
async function facts(place) {
	return Object.fromEntries(await place.locator(".facts > div").evaluateAll((all) =>
		all.map((fact) => [fact.querySelector("dt").textContent, fact.querySelector("dd").textContent])));
}

async function texts(locator) {
	return (await locator.allTextContents()).map((text) => text.trim());
}

/** What the page says of an address is what the files say. */
async function checkLookup(page, want) {
	await ask(page, want.address);
	const tables = page.locator("main table");

	assert.deepEqual((await rows(tables.first())).map((row) => row[0]), want.tags);
	assert.match(await mainText(page), new RegExp(`Region ${want.region}\\b`));
	const spans = (await rows(page.locator(".timeline table"))).map(([tag, prefix, from, to]) =>
		[tag, prefix, from.split(" ")[0], to.split(" ")[0]]);

	assert.deepEqual(spans.sort(), want.timeline.sort());
	assert.match(await mainText(page), new RegExp(`${expected.releases.length} releases of Public loaded, ` +
		`${oldest.day} to ${newest.day}`));
	await page.locator(".timeline img").scrollIntoViewIfNeeded();
	await page.waitForFunction(() => document.querySelector(".timeline img").naturalWidth > 0);
	// as it was
	await page.fill("#at", oldest.day);
	await page.press("#at", "Enter");
	await page.locator("#then").waitFor();
	assert.deepEqual((await rows(tables.first())).map((row) => row[0]), want.then);
	await page.fill("#at", "");
}

const CHECKS = {
	async "addresses, now and then"() {
		const { context, page } = await open(DAEMON);

		await page.goto("/");
		assert.match(await page.locator(".data").innerText(), new RegExp(`Public ${newest.number}\\b`));
		assert.equal(await page.locator("#sample").count(), 0);
		await checkLookup(page, expected.lookup);
		await checkLookup(page, expected.lookup6);
		await ask(page, expected.list.outside);
		assert.match(await mainText(page), /In no tag[\s\S]*It was in no tag in any of them/);
		await context.close();
	},

	async "thousands of tags, and fewer with each character"() {
		const { context, page } = await open(DAEMON);
		const caption = page.locator("#results caption");

		await page.goto("/?view=tags");
		assert.match(await caption.innerText(), new RegExp(`^${grouped(ALL)} tags of Public ${newest.number} `));
		assert.deepEqual(await texts(page.locator("#results tbody th")), expected.tags.slice(0, 200));
		await page.getByRole("link", { name: `Show all ${grouped(ALL)}`, exact: true }).click();
		await page.locator("#results tbody tr").nth(ALL - 1).waitFor();
		assert.deepEqual(await texts(page.locator("#results tbody th")), expected.tags);
		let typed = "";

		for (const [part, names] of Object.entries(expected.searches)) {
			const rest = part.startsWith(typed) ? part.slice(typed.length) : null;

			if (rest === null)
				await page.fill("#match", "");
			await page.locator("#match").pressSequentially(rest ?? part);
			typed = part;
			await caption.filter({ hasText: new RegExp(`^${grouped(names.length)} tags? of`) }).waitFor();
			const shown = await texts(page.locator("#results tbody th"));

			assert.ok(names.length < ALL && shown.length === Math.min(names.length, 200), part);
			assert.deepEqual(shown, names.slice(0, shown.length), part);
		}
		await page.goto(`/?q=${expected.largest.tag}`);
		const prefixes = (await page.locator("#prefixes").textContent()).trim().split("\n");

		assert.equal(prefixes.length, expected.largest.prefixes);
		await context.close();
	},

	async "the releases, and a long difference"() {
		const { context, page } = await open(DAEMON);
		const want = expected.difference;

		await page.goto("/?view=releases");
		const listed = (await rows(page.locator("main table"))).map((row) => [row[0], row[1], row[5], row[6]]);

		assert.deepEqual(listed, expected.releases.map((r) =>
			[r.day, String(r.number), grouped(r.tags), grouped(r.prefixes)]).reverse());
		await page.getByLabel(`From ${oldest.number} of ${oldest.day}`).check();
		await page.getByLabel(`To ${newest.number} of ${newest.day}`).check();
		await page.getByRole("button", { name: "Compare" }).click();
		await page.locator("main h1", { hasText: "What changed" }).waitFor();
		const told = await facts(page.locator("main"));

		assert.equal(told["Tags added"], grouped(want.added.length));
		assert.equal(told["Tags removed"], grouped(want.removed.length));
		assert.equal(told["Tags changed"], grouped(want.tags.length - want.added.length - want.removed.length));
		assert.equal(told["Addresses gained"].split(" IPv4")[0], `+${grouped(want.gained)}`);
		assert.equal(told["Addresses lost"].split(" IPv4")[0], `−${grouped(want.lost)}`);
		assert.equal(await page.locator(".changes h2").innerText(), `${want.tags.length} tags differ`);
		const names = await texts(page.locator(".change .name"));

		assert.deepEqual(names, want.tags.slice(0, names.length));
		if (names.length < want.tags.length)
			assert.match(await mainText(page), new RegExp(`${want.tags.length - names.length} more tags are in the data`));
		for (const [kind, some] of [["added", want.added], ["removed", want.removed]])
			assert.deepEqual(await texts(page.locator(`.change.${kind} .name`)),
				some.filter((name) => names.includes(name)));
		await page.goto(`/?view=diff&from=${oldest.day}&to=${newest.day}&tag=${want.tag}`);
		await page.locator(".change summary").click();
		assert.deepEqual((await texts(page.locator(".change .lost li"))).sort(), want.lostOfTag.sort());
		await context.close();
	},

	async "a list: drift, and what replaces it"() {
		const { context, page } = await open(DAEMON);
		const { entries, firstBroken, holders, outside, usable } = expected.list;

		await page.goto("/?view=list");
		await page.fill("#list", entries.join("\n"));
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report h2", { hasText: "What replaces it" }).waitFor();
		await page.waitForFunction(() => document.querySelector("#report img").naturalWidth > 0);
		const b = firstBroken;

		assert.equal(await page.locator("#report .notice").innerText(), `It broke first in ${b.number} (${b.day}): ` +
			`${b.entry} left ${b.from}, and is in ${b.to ?? "no tag"} since.`);
		const told = await facts(page.locator("#report"));
		const tags = await rows(page.locator("#report table", { hasText: "Tags that replace entries" }));
		const kept = await rows(page.locator("#report table", { hasText: "Entries that no tag replaces" }));
		const names = tags.map((row) => row[0]);

		assert.equal(told.Entries, String(entries.length));
		assert.equal(told.Kept, String(kept.length));
		assert.equal(told.Replaced, `${entries.length - kept.length}, by ${names.length} tags`);
		assert.equal(tags.reduce((sum, row) => sum + Number(row[1]), 0), entries.length - kept.length);
		for (const name of names)
			assert.ok(usable.includes(name), name);
		const addresses = new Map(kept.map(([entry, , why]) => [entry, why]));

		for (const entry of entries.filter((other) => !addresses.has(other)))
			assert.ok(holders[entry].some((tag) => names.includes(tag)), entry);
		for (const entry of entries.filter((other) => holders[other].length === 0))
			assert.ok(addresses.has(entry), entry);
		assert.match(addresses.get(outside), /no tag has any of it/);
		for (const [name, sign] of [["az", "az network nsg rule create"], ["Bicep", "resource "],
			["Terraform", "azurerm_network_security_rule"], ["JSON", "destinationAddressPrefix"]]) {
			await page.locator("#report .choice button", { hasText: name }).click();
			const box = page.locator("#rules", { hasText: sign });

			await box.waitFor();
			const rules = await box.textContent();

			for (const tag of [...names, outside])
				assert.ok(rules.includes(tag), `${name}: ${tag}`);
		}
		JSON.parse(await page.locator("#rules").textContent());
		fs.writeFileSync(REPORT, JSON.stringify({ tags: names, kept: [...addresses.keys()], opened: told.Opened }));
		await inspect(page, "real-report", "light");
		await page.emulateMedia({ colorScheme: "dark" });
		await page.setViewportSize(NARROW);
		await inspect(page, "real-report", "dark");
		await context.close();
	},

	async "what is wrong is said"() {
		const { context, page } = await open(DAEMON);

		assert.equal((await page.goto(`/?q=${encodeURIComponent(expected.beside.text)}`)).status(), 400);
		assert.match(await mainText(page), new RegExp(`${expected.beside.prefix.replaceAll(".", "\\.")} was probably meant`));
		await ask(page, expected.misspelt.text, "Not found");
		await page.getByRole("link", { name: expected.misspelt.name, exact: true }).click();
		await page.locator("main h1", { hasText: expected.misspelt.name }).waitFor();
		assert.equal((await page.goto(`/?q=${expected.lookup.address}&at=${oldest.number - 1}`)).status(), 404);
		await context.close();
	},

	async "every view: barriers, width, pictures"() {
		await inspectViews(DAEMON, VIEWS);
	},

	async "the long difference with everything unfolded"() {
		for (const [colorScheme, viewport] of [["light", undefined], ["dark", NARROW]]) {
			const { context, page } = await open(DAEMON, { colorScheme, ...(viewport && { viewport }) });

			await page.goto(VIEWS["real-diff"][0]);
			await page.evaluate(() => document.querySelectorAll("details").forEach((part) => {
				part.open = true;
			}));
			await inspect(page, "real-diff-unfolded", colorScheme);
			await context.close();
		}
	},
};

run(CHECKS);
