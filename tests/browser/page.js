// Drives the page in Chromium, on the sample:
//   node page.js CHROMIUM SCREENSHOTS SAMPLE MIXED TOKEN      (in a folder with the packages of package-lock.json)
// SAMPLE and MIXED are the addresses of two daemons: one with the sample, one with a cloud Public of today, whose
// tags have hostile names, besides, and which wants TOKEN for a list.
"use strict";
const fs = require("fs");
const assert = require("assert/strict");
const { ask, inspect, inspectViews, json, mainText, NARROW, open, run } = require("./browser.js");

const [, , , , SAMPLE, MIXED, TOKEN] = process.argv;
const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>'&amp;`;
const LIST = "198.18.16.82\n198.18.16.10\n198.18.4.0/24\n192.0.2.7\nnonsense\n";

// Views with what each of them must show.
const VIEWS = {
	home: ["/", "What is loaded"],
	lookup: ["/?q=198.18.16.82", "AzureCloud.eastus"],
	prefix: ["/?q=198.18.16.0/22", "all of it"],
	then: ["/?q=198.18.16.82&at=101", "not in the newest release"],
	tag: ["/?q=Storage.EastUS", "How it grew"],
	region: ["/?q=West+Europe", "westeurope"],
	tags: ["/?view=tags", "38 tags of Sample 104"],
	releases: ["/?view=releases", "4 releases of Sample"],
	diff: ["/?view=diff&from=101&to=104", "tags changed"],
	list: ["/?view=list", "Replace a list"],
	wrong: ["/?q=198.18.16.300", "is not an address"],
	unknown: ["/?q=Storge.EastUS", "Did you mean"],
};

const CHECKS = {
	async "lookup and timeline"() {
		const { context, page } = await open(SAMPLE);

		await page.goto("/");
		await ask(page, "198.18.16.82");
		assert.equal(new URL(page.url()).search, "?q=198.18.16.82");
		const told = await json(page, "/v1/lookup?q=198.18.16.82");
		const rows = await page.locator("main table").first().locator("tbody th").allInnerTexts();

		assert.deepEqual(rows, told.matches.map((match) => match.tag));
		assert.match(await mainText(page), /Region eastus East US/);
		const spans = await page.locator(".timeline tbody tr").count();

		assert.equal(spans, (await json(page, "/v1/history?q=198.18.16.82")).timeline.length);
		const chart = page.locator(".timeline img");

		await chart.scrollIntoViewIfNeeded();
		await page.waitForFunction(() => document.querySelector(".timeline img").naturalWidth > 0);
		// another one, and back
		await ask(page, "198.18.16.10");
		await page.goBack();
		await page.locator("main h1", { hasText: "198.18.16.82" }).waitFor();
		assert.equal(await page.inputValue("#q"), "198.18.16.82");
		// a tag that is gone leads to the tag as it was
		await page.locator(".timeline .past a").first().click();
		await page.locator("#then").waitFor();
		assert.match(page.url(), /at=2025-03-03/);
		const address = page.url();
		const text = await mainText(page);

		await page.goto("about:blank");
		await page.goto(address); // shared
		assert.equal(await mainText(page), text);
		await context.close();
	},

	async "everything that the box takes"() {
		const { context, page } = await open(SAMPLE);

		await page.goto("/");
		await ask(page, "198.18.16.0-198.18.17.255");
		assert.match(await mainText(page), /Covers/i);
		await ask(page, "::ffff:198.18.16.10");
		assert.match(await mainText(page), /Looked up as 198\.18\.16\.10/);
		await ask(page, "storage.eastus", "Storage.EastUS");
		await ask(page, "westeurope", "West Europe");
		await ask(page, "Sql*");
		await ask(page, "192.0.2.1");
		assert.match(await mainText(page), /In no tag[\s\S]*TEST-NET-1|Documentation/);
		await page.fill("#at", "2025-03-12");
		await ask(page, "198.18.16.82");
		assert.match(await mainText(page), /As it was in Sample 102 \(2025-03-10\)/);
		await context.close();
	},

	async "tags: search, prefixes, copy, download"() {
		const { context, page } = await open(SAMPLE, { permissions: ["clipboard-read", "clipboard-write"] });

		await page.goto("/?view=tags");
		await page.locator("#match").pressSequentially("storage.");
		const wanted = (await json(page, "/v1/tags?match=*storage.*")).tags;

		await page.locator("caption", { hasText: new RegExp(`^${wanted.length} tags`) }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id), "match");
		assert.match(page.url(), /match=storage/);
		assert.deepEqual(await page.locator("#results tbody th").allInnerTexts(), wanted.map((tag) => tag.name));
		await page.getByRole("link", { name: "Storage.EastUS", exact: true }).click();
		await page.locator("main h1", { hasText: "Storage.EastUS" }).waitFor();
		await page.getByRole("link", { name: "IPv4", exact: true }).click();
		await page.waitForURL(/family=4/);
		await page.locator("button[data-copy=prefixes]").click();
		await page.locator("button", { hasText: "Copied" }).waitFor();
		const list = await (await page.request.get("/v1/tags/Storage.EastUS/prefixes?family=4&format=text")).text();

		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), list);
		const download = page.waitForEvent("download");

		await page.locator("main").getByRole("link", { name: "text", exact: true }).click();
		assert.equal(fs.readFileSync(await (await download).path(), "utf8"), list);
		await context.close();
	},

	async "releases: the difference of any two"() {
		const { context, page } = await open(SAMPLE);

		await page.goto("/?view=releases");
		await page.getByLabel("From 101 of 2025-03-03").check();
		await page.getByLabel("To 104 of 2025-03-31").check();
		await page.getByRole("button", { name: "Compare" }).click();
		await page.locator("main h1", { hasText: "What changed" }).waitFor();
		const diff = await json(page, "/v1/diff?from=101&to=104");

		assert.equal(await page.locator(".change").count(), diff.tags.length);
		const tag = page.locator(".change", { hasText: "EventHub.FranceCentral" });

		await tag.locator("summary").click();
		assert.match(await tag.innerText(), /Addresses lost\s+198\.18\.208\.82/);
		await context.close();
	},

	async "a list: drift and migration, with rules in every form"() {
		const { context, page } = await open(SAMPLE, { permissions: ["clipboard-read", "clipboard-write"] });

		await page.goto("/?view=list");
		await page.fill("#list", LIST);
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report h2", { hasText: "EventHub.EastUS" }).waitFor();
		await page.waitForFunction(() => document.querySelector("#report img").naturalWidth > 0);
		const text = await page.locator("#report").innerText();

		assert.match(text, /It broke first in 102 \(2025-03-10\): 198\.18\.16\.82 left EventHub\.EastUS/);
		assert.match(text, /nonsense/);
		assert.match(text, /192\.0\.2\.7[\s\S]*no tag has any of it/);
		for (const [name, sign] of [["az", /az network nsg rule create/], ["Bicep", /resource .*@/],
			["Terraform", /azurerm_network_security_rule/], ["JSON", /"destinationAddressPrefix"/]]) {
			await page.locator("#report .choice button", { hasText: name }).click();
			await page.locator("#rules", { hasText: sign }).waitFor();
		}
		await page.locator("button[data-copy=rules]").click();
		await page.locator("button", { hasText: "Copied" }).waitFor();
		const rules = await page.locator("#rules").evaluate((element) => element.textContent);

		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), rules);
		JSON.parse(rules);
		await inspect(page, "report", "light");
		await page.emulateMedia({ colorScheme: "dark" });
		await page.setViewportSize(NARROW);
		await inspect(page, "report", "dark");
		await context.close();
	},

	async "what is wrong is said"() {
		const { context, page } = await open(SAMPLE);

		await page.goto("/");
		await ask(page, "198.18.16.300", "Not found");
		await page.fill("#q", "198.18.16.1/24");
		await page.press("#q", "Enter");
		await page.locator("main", { hasText: "198.18.16.0/24 was probably meant" }).waitFor();
		await page.fill("#q", "Storge.EastUS");
		await page.press("#q", "Enter");
		await page.getByRole("link", { name: "Storage.EastUS", exact: true }).click();
		await page.locator("main h1", { hasText: "Storage.EastUS" }).waitFor();
		assert.equal((await page.goto("/?q=198.18.16.10&at=999")).status(), 404);
		assert.equal((await page.goto("/?q=198.18.16.10&cloud=Mars")).status(), 404);
		await page.goto("/?view=list");
		await page.fill("#list", "no address in here");
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report .problem").waitFor();
		// the daemon takes its time, and then it is gone
		let release;
		const held = new Promise((resolve) => {
			release = resolve;
		});

		await page.route("**/?q=*", async (route) => {
			await held;
			await route.abort();
		});
		await page.fill("#q", "198.18.16.10");
		await page.press("#q", "Enter");
		await page.locator("html.busy").waitFor();
		release();
		await page.locator("main", { hasText: "svctagd cannot be reached" }).waitFor();
		assert.equal(await page.locator("html.busy").count(), 0);
		await context.close();
	},

	async "keyboard"() {
		const { context, page } = await open(SAMPLE);

		await page.goto("/?q=Storage.EastUS");
		await page.keyboard.press("Tab");
		assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
		await page.keyboard.press("Enter");
		assert.equal(await page.evaluate(() => document.activeElement.id), "main");
		await page.evaluate(() => document.querySelector("main h1").setAttribute("data-same", ""));
		await page.keyboard.press("/");
		assert.equal(await page.evaluate(() => document.activeElement.id), "q");
		assert.equal(await page.locator("h1[data-same]").count(), 1); // nothing was asked for again
		await page.keyboard.type("198.18.16.10");
		await page.keyboard.press("Enter");
		await page.locator("main h1", { hasText: "198.18.16.10" }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id), "q"); // for the next one
		await page.locator("#status", { hasText: "198.18.16.10" }).waitFor({ state: "attached" });
		await page.keyboard.type("/"); // in the box it is a character
		assert.match(await page.inputValue("#q"), /\/$/);
		await context.close();
	},

	async "light and dark"() {
		const { context, page } = await open(SAMPLE, { colorScheme: "dark", reducedMotion: "reduce" });
		const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

		await page.goto("/");
		const dark = await ground();

		assert.equal(await page.getAttribute("#theme", "aria-pressed"), "true");
		await page.click("#theme");
		assert.notEqual(await ground(), dark);
		await page.reload();
		assert.notEqual(await ground(), dark); // it is kept
		await page.click("#theme");
		assert.equal(await ground(), dark);
		assert.equal(await page.evaluate(() => {
			document.documentElement.classList.add("busy");
			return getComputedStyle(document.documentElement, "::before").animationName;
		}), "none");
		await context.close();
	},

	async "without scripts"() {
		const { context, page } = await open(SAMPLE, { javaScriptEnabled: false });

		await page.goto("/");
		await page.fill("#q", "198.18.16.82");
		await page.fill("#at", "101");
		await page.press("#q", "Enter");
		await page.waitForURL(/q=198\.18\.16\.82&at=101/);
		const text = await mainText(page);

		for (const word of ["Region eastus", "EventHub.EastUS", "NSG", "Timeline", "2025-03-03", "Sample data"])
			assert.ok(text.includes(word), word);
		await page.locator("main").getByRole("link", { name: "EventHub.EastUS", exact: true }).first().click();
		await page.waitForURL(/q=EventHub.EastUS/);
		await page.getByRole("link", { name: "Releases" }).click();
		await page.getByRole("button", { name: "Compare" }).click();
		await page.waitForURL(/view=diff/);
		assert.match(await mainText(page), /What changed/);
		await page.getByRole("link", { name: "Replace a list" }).click();
		assert.match(await mainText(page), /needs scripts/);
		assert.equal(await page.locator("#theme").isVisible(), false);
		await context.close();
	},

	async "hostile texts are texts"() {
		const { context, page } = await open(MIXED);

		await page.goto(`/?q=${encodeURIComponent(HOSTILE)}&at=${encodeURIComponent(HOSTILE)}`);
		assert.equal(await page.inputValue("#q"), HOSTILE);
		assert.equal(await page.inputValue("#at"), HOSTILE);
		await page.goto(`/?view=tags&match=${encodeURIComponent(HOSTILE)}`);
		assert.equal(await page.inputValue("#match"), HOSTILE);
		for (const address of ["/?q=198.51.100.7", "/?view=tags", "/?view=diff", "/?q=%3Cimg"]) {
			await page.goto(address);
			assert.ok((await mainText(page)).includes("<img src=x onerror=alert(3)>"), address);
			assert.equal(await page.locator("main img[src=x]").count(), 0);
		}
		await page.goto("/?view=tags");
		await page.locator("#results tbody a", { hasText: "<img" }).first().click();
		await page.locator("main h1", { hasText: "<img src=x" }).waitFor();
		await page.goto("/?view=list");
		await page.fill("#list", `192.0.2.7 # ${HOSTILE}\n${HOSTILE}\n`);
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report .problem", { hasText: "token" }).waitFor(); // this daemon wants one
		await page.locator("#token").pressSequentially(TOKEN);
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report td, #report th", { hasText: '"><img' }).first().waitFor();
		await page.fill("#list", "198.51.100.7"); // of that tag, for which no rule can be made
		await page.getByRole("button", { name: "Replace", exact: true }).click();
		await page.locator("#report .problem", { hasText: "<img src=x onerror=alert(3)>" }).waitFor();
		await context.close();
	},

	async "clouds, and how old the data is"() {
		const { context, page } = await open(MIXED);

		await page.goto("/");
		assert.match(await page.locator(".data").innerText(), /Public 7 .* 0 days old/);
		assert.equal(await page.locator("#stale, #sample").count(), 0);
		await ask(page, "198.18.16.10"); // is in the other cloud
		await page.getByRole("link", { name: "look it up in Sample" }).click();
		await page.locator("#sample").waitFor();
		assert.equal(await page.inputValue("#cloud"), "Sample");
		assert.match(await page.locator(".data .stale").innerText(), /days old/);
		for (const [address] of Object.values(VIEWS)) {
			const html = await (await page.request.get(`${SAMPLE}${address}`)).text();

			assert.match(html, /Sample data\./, address);
			assert.match(html, /\d+ days? old/, address);
		}
		assert.match(await page.getAttribute("link[rel=alternate]", "href"), /^\/v1\/feed\.atom\?cloud=Sample$/);
		await context.close();
	},

	async "every view: barriers, width, pictures"() {
		await inspectViews(SAMPLE, VIEWS);
	},
};

run(CHECKS);
