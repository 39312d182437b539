// What the scripts share that drive the page in Chromium:
//   node SCRIPT CHROMIUM SCREENSHOTS …      (in a folder with the packages of package-lock.json)
"use strict";
const fs = require("fs");
const assert = require("assert/strict");
const { createRequire } = require("module");
const here = createRequire(process.cwd() + "/");
const { chromium } = here("playwright-core");

const [, , executablePath, SCREENSHOTS] = process.argv;
const AXE = fs.readFileSync(here.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 60000;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 780 };
const BETWEEN = [1100, 800, 600]; // widths that nothing but the width is tried at
// axe-core takes minutes for thousands of rows that are all written alike: it gets the first, and of the others some.
const ALIKE = "tbody tr:nth-child(n+61):not(:nth-child(50n)), .change:nth-of-type(n+61):not(:nth-of-type(10n))";
const TALLEST = 12000; // of a picture; the list of all real tags would be hundreds of thousands of pixels

let browser;
const troubles = []; // what no page may do: errors, violations of the policy, requests to others

/** A context in which all of that is noted. */
async function open(base, options = {}) {
	const context = await browser.newContext({ viewport: WIDE, baseURL: base, ...options });

	context.setDefaultTimeout(PATIENCE);
	context.on("request", (request) => {
		if (!request.url().startsWith(`${base}/`) && !request.url().startsWith("blob:"))
			troubles.push(`request to ${request.url()}`);
	});
	context.on("weberror", (error) => troubles.push(`error: ${error.error().message}`));
	context.on("dialog", (dialog) => {
		troubles.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	context.on("console", (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text()))
			troubles.push(message.text());
	});
	const page = await context.newPage();

	return { context, page };
}

async function mainText(page) {
	return page.locator("main").innerText();
}

/** Type into the box and wait for the answer. */
async function ask(page, text, heading = text) {
	await page.fill("#q", text);
	await page.press("#q", "Enter");
	await page.locator("main h1", { hasText: heading }).waitFor();
}

async function json(page, path) {
	return (await page.request.get(path)).json();
}

/** A picture for whoever wants to see, of the whole page or of the begin of a very long one. */
async function picture(page, name) {
	const path = `${SCREENSHOTS}/${name}.png`;
	const height = await page.evaluate(() => document.documentElement.scrollHeight);

	if (height <= TALLEST)
		await page.screenshot({ path, fullPage: true });
	else
		await page.screenshot({ path, fullPage: true,
			clip: { x: 0, y: 0, width: page.viewportSize().width, height: TALLEST } });
}

/** By how many pixels the page is wider than the window, and the first element whose text or box sticks out. */
async function excess(page) {
	return page.evaluate(() => {
		const wider = document.documentElement.scrollWidth - innerWidth;
		const range = document.createRange();
		const element = wider > 0 && [...document.querySelectorAll("main *")].find((some) => {
			range.selectNodeContents(some);
			return some.closest(".chart, pre") === null && some.children.length < 2 &&
				Math.max(range.getBoundingClientRect().right, some.getBoundingClientRect().right) > innerWidth;
		});

		return [wider, element ? element.outerHTML.slice(0, 160) : ""];
	});
}

/** What axe-core finds; the rows that it does not get are out of the page meanwhile. */
async function barriers(page) {
	await page.evaluate(AXE);
	return page.evaluate(async (alike) => {
		const places = [...document.querySelectorAll(alike)].map((element) => {
			const place = document.createComment("");

			element.replaceWith(place);
			return [place, element];
		});
		const found = await axe.run({ resultTypes: ["violations"] });

		for (const [place, element] of places)
			place.replaceWith(element);
		return found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => ({ html })) }));
	}, ALIKE);
}

async function fits(page, what) {
	const [wider, element] = await excess(page);

	assert.ok(wider <= 0, `${what} is ${wider} pixels wider than the window: ${element}`);
}

/** No serious barrier, nothing wider than the window; and a picture. */
async function inspect(page, name, scheme) {
	const size = page.viewportSize();
	const what = `${name}-${scheme}-${size.width}`;

	await picture(page, what);
	await fits(page, what);
	for (const width of size.width === WIDE.width ? BETWEEN : []) {
		await page.setViewportSize({ width, height: size.height });
		await fits(page, `${name}-${scheme}-${width}`);
	}
	await page.setViewportSize(size);
	for (const violation of await barriers(page)) {
		const where = violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join("\n      ");

		console.log(`  ${what}: ${violation.impact}: ${violation.id}\n      ${where}`);
		assert.ok(!["serious", "critical"].includes(violation.impact), `${what}: ${violation.id}`);
	}
}

/**
 * Each view light and wide, and dark and narrow.
 * @param views  { name: [address, text that it must show] }
 */
async function inspectViews(base, views) {
	for (const [scheme, viewport] of [["light", WIDE], ["dark", NARROW]]) {
		const { context, page } = await open(base, { colorScheme: scheme, viewport });

		for (const [name, [address, text]] of Object.entries(views)) {
			await page.goto(address);
			await page.locator("main", { hasText: text }).waitFor();
			await inspect(page, name, scheme);
		}
		await context.close();
	}
}

async function runAll(checks) {
	let failed = 0;

	fs.mkdirSync(SCREENSHOTS, { recursive: true });
	browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
	for (const [name, check] of Object.entries(checks)) {
		const begun = Date.now();

		troubles.length = 0;
		try {
			await check();
			assert.deepEqual(troubles, []);
			console.log(`ok ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
		} catch (error) {
			failed++;
			console.log(`FAILED ${name}: ${error.stack}\n${troubles.join("\n")}`);
		}
	}
	await browser.close();
	process.exitCode = failed === 0 ? 0 : 1;
}

/** Run { name: function }, a line for each; the process exits with 1 if one failed. */
function run(checks) {
	runAll(checks).catch((error) => {
		console.error(error);
		process.exit(1);
	});
}

module.exports = { ask, inspect, inspectViews, json, mainText, NARROW, open, run };
