// The view that takes a list: asks /v1/migrate and /v1/drift, and shows what they say.

import { problemOf, say } from "./app.js";

const OUTPUTS = [["az", "az"], ["bicep", "Bicep"], ["terraform", "Terraform"], ["json", "JSON"]];
const ENDINGS = { az: "sh", bicep: "bicep", terraform: "tf", json: "json" };
const MOST_ROWS = 200;

let blobs = []; // addresses of what is drawn now

/** An element with attributes and children; text is text, never markup. */
function el(name, attributes, ...children) {
	const element = document.createElement(name);

	for (const [key, value] of Object.entries(attributes ?? {}))
		if (value !== null)
			element.setAttribute(key, value);
	element.append(...children);
	return element;
}

function grouped(digits) {
	return digits.length > 15 ? Number(digits).toPrecision(4) : digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

function addresses(count) {
	const parts = [];

	if (count.ipv4 !== "0")
		parts.push(`${grouped(count.ipv4)} IPv4`);
	if (count.ipv6 !== "0")
		parts.push(`${grouped(count.ipv6)} IPv6`);
	return parts.length === 0 ? "none" : parts.join(", ");
}

function plural(count, word, more = `${word}s`) {
	return `${count} ${count === 1 ? word : more}`;
}

function tagLink(form, tag) {
	const query = new URLSearchParams({ q: tag });

	if (form.cloud !== undefined)
		query.set("cloud", form.cloud.value);
	return el("a", { href: `/?${query}` }, tag);
}

/** A table that stacks where it is narrow; a row is a list of texts or nodes. */
function table(caption, columns, rows) {
	const body = rows.slice(0, MOST_ROWS).map((row) => el("tr", null, ...row.map((cell, i) =>
		(i === 0 ? el("th", { scope: "row" }, cell) : el("td", { "data-label": columns[i] }, cell)))));
	const left = rows.length - body.length;

	return el("table", { class: "stacks" }, el("caption", null, left > 0 ? `${caption}; ${left} more` : caption),
		el("thead", null, el("tr", null, ...columns.map((name) => el("th", { scope: "col" }, name)))),
		el("tbody", null, ...body));
}

/** POST the list. @return the answer, or an error with the reason */
async function post(form, path, parameters) {
	const query = new URLSearchParams({ ...parameters, name: "list" });
	const token = document.getElementById("token").value;
	const headers = { "Content-Type": "text/plain; charset=utf-8" };
	let answer;

	if (form.cloud !== undefined)
		query.set("cloud", form.cloud.value);
	if (token !== "")
		headers.Authorization = `Bearer ${token}`;
	try {
		answer = await fetch(`${path}?${query}`, { method: "POST", body: form.list.value, headers });
	} catch {
		throw new Error("svctagd cannot be reached. Is it running?");
	}
	if (answer.ok)
		return answer;
	if (answer.status === 401) {
		document.getElementById("token-row").hidden = false;
		document.getElementById("token").focus();
	}
	throw new Error(problemOf(answer, await answer.text()));
}

function choices(form) {
	const parameters = { target: form.target.value, prefer: form.prefer.value };

	if (form.allowBroad.checked)
		parameters.allowBroad = "true";
	return parameters;
}

function summary(plan) {
	const replaced = plan.list.entries - plan.kept.length;
	const facts = [
		["Entries", grouped(String(plan.list.entries))],
		["Replaced", `${replaced}, by ${plural(plan.tags.length, "tag")}`],
		["Kept", String(plan.kept.length)],
		["Rules", `${plan.rulesAfter}, were ${plan.rulesBefore}`],
		["Asked for", addresses(plan.asked)],
		["Opened", addresses(plan.opened)],
	];

	if (plan.ratio !== null && plan.ratio !== undefined)
		facts.push(["IPv4 opened for each asked", Number(plan.ratio).toPrecision(3)]);
	return el("dl", { class: "facts" },
		...facts.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))));
}

function tables(form, plan) {
	const parts = [];

	if (plan.unreadable.length > 0)
		parts.push(table(plural(plan.unreadable.length, "line could not be read", "lines could not be read"),
			["Text", "Place", "Why"], plan.unreadable.map((u) => [el("code", null, u.text), u.place, u.error])));
	if (plan.tags.length > 0)
		parts.push(table("Tags that replace entries", ["Tag", "Entries", "Addresses of the tag"],
			plan.tags.map((t) => [tagLink(form, t.tag), String(t.entries), addresses(t.addressCount)])));
	if (plan.kept.length > 0)
		parts.push(table("Entries that no tag replaces", ["Entry", "Place", "Why"],
			plan.kept.map((k) => [el("code", null, k.entry), k.place, k.reason])));
	parts.push(table("Limits of the platform", ["What", "Used", "Most", "Kept"],
		plan.limits.map((l) => [l.what, grouped(String(l.value)), grouped(String(l.maximum)),
			l.ok ? "yes" : el("strong", { class: "lost" }, "no")])));
	if (plan.notes.length > 0)
		parts.push(el("ul", { class: "notes" }, ...plan.notes.map((note) => el("li", null, note))));
	return parts;
}

/** The rules, in one form at a time, as they are asked for. */
function rules(form, kept) {
	const text = el("pre", { id: "rules", class: "rules", tabindex: "0", role: "region", "aria-label": "Rules" });
	const link = el("a", { download: "rules.sh", href: "#rules" }, "Download");
	const choice = el("span", { class: "choice", role: "group", "aria-label": "Form of the rules" });

	async function show(output, button) {
		for (const other of choice.children)
			other.setAttribute("aria-pressed", String(other === button));
		text.textContent = "…";
		try {
			text.textContent = await (await post(kept, "/v1/migrate", { ...choices(form), output })).text();
			link.href = URL.createObjectURL(new Blob([text.textContent], { type: "text/plain" }));
			link.download = `rules.${ENDINGS[output]}`;
			blobs.push(link.href);
			say("The rules are there");
		} catch (error) {
			text.textContent = error.message;
			say(error.message);
		}
	}

	for (const [output, label] of OUTPUTS) {
		const button = el("button", { type: "button", "aria-pressed": "false" }, label);

		button.addEventListener("click", () => show(output, button));
		choice.append(button);
	}
	show(OUTPUTS[0][0], choice.firstChild);
	return el("section", null, el("h2", null, "Rules"),
		el("div", { class: "tools" }, choice, el("button", { type: "button", "data-copy": "rules" }, "Copy"), link),
		text);
}

function release(r) {
	return `${r.changeNumber} (${r.published})`;
}

function broken(drift) {
	const first = drift.firstBroken;

	if (first === null)
		return el("p", null, "Every entry is still where it was meant to be, in every loaded release.");
	return el("p", { class: "notice stale" }, "It broke first in ", el("strong", null, release(first.release)), ": ",
		el("code", null, first.entry), ` left ${first.from ?? "its tag"}, and is in ${first.to ?? "no tag"} since.`);
}

async function driftSection(form) {
	const section = el("section", null, el("h2", null, "What became of it"));

	try {
		const [drift, chart] = await Promise.all([
			post(form, "/v1/drift", { format: "json" }).then((answer) => answer.json()),
			post(form, "/v1/drift", { format: "svg" }).then((answer) => answer.blob()),
		]);
		const address = URL.createObjectURL(chart);

		blobs.push(address);
		section.append(broken(drift), el("div", { class: "chart", role: "region", tabindex: "0", "aria-label": "Chart" },
			el("img", { src: address, alt: "Entries by state, and how much of each tag the list covers, by release" })));
	} catch (error) {
		section.append(el("p", { class: "problem" }, error.message));
	}
	return section;
}

async function answer(form) {
	const report = document.getElementById("report");
	// what is asked later is about the list as it was
	const kept = { cloud: form.cloud, list: { value: form.list.value } };

	document.documentElement.classList.add("busy");
	say("Working");
	blobs.forEach((blob) => URL.revokeObjectURL(blob));
	blobs = [];
	report.replaceChildren(el("p", { class: "lead" }, "Working …"));
	try {
		const plan = await (await post(kept, "/v1/migrate", choices(form))).json();
		const heading = el("h2", { tabindex: "-1" }, `What replaces it: ${plan.tags.map((t) => t.tag).slice(0, 3)
			.join(", ") || "nothing"}${plan.tags.length > 3 ? " …" : ""}`);

		report.replaceChildren(await driftSection(kept), heading, summary(plan), rules(form, kept),
			...tables(form, plan));
		say("The report is there");
		report.scrollIntoView({ block: "start" });
	} catch (error) {
		report.replaceChildren(el("p", { class: "lead problem" }, error.message));
		say(error.message);
	}
	document.documentElement.classList.remove("busy");
}

document.addEventListener("submit", (event) => {
	if (event.target.id !== "list-form")
		return;
	event.preventDefault();
	answer(event.target);
});

document.addEventListener("change", async (event) => {
	const input = event.target;

	if (input.id !== "file" || input.files.length === 0)
		return;
	document.getElementById("list").value = await input.files[0].text();
	say(`${input.files[0].name} is in the box`);
});
