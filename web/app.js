// What scripts add to the page: it is asked for in the background, and its
// parts are put in place. The server writes all of it; nothing is rendered here.

const statusLine = document.getElementById("status");
const box = document.getElementById("q");
const at = document.getElementById("at");
const themeButton = document.getElementById("theme");
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

let underWay = null; // the request that is being waited for
let shown = location.pathname + location.search;

/** Tell those who do not see it. */
export function say(text) {
	statusLine.textContent = text;
}

/** Swap the parts of the page that differ between views. */
function putInPlace(page) {
	for (const part of document.querySelectorAll("[data-swap]")) {
		const other = page.querySelector(`[data-swap="${part.dataset.swap}"]`);

		if (other !== null)
			part.replaceWith(other);
	}
	document.title = page.title;
	box.value = page.getElementById("q").value;
	at.value = page.getElementById("at").value;
}

/** A page that says what went wrong where the server could not. */
function showFailure(text) {
	const main = document.getElementById("main");
	const heading = document.createElement("h1");
	const line = document.createElement("p");

	heading.textContent = "No answer";
	line.className = "lead problem";
	line.textContent = text;
	main.replaceChildren(heading, line);
	document.title = "No answer – svctag";
}

/** The page at an address as a document, or an error with a text for people. */
async function fetchPage(address) {
	const aborter = new AbortController();
	let answer;

	underWay?.abort();
	underWay = aborter;
	try {
		answer = await fetch(address, { headers: { Accept: "text/html" }, signal: aborter.signal });
	} catch (error) {
		throw error.name === "AbortError" ? error : new Error("svctagd cannot be reached. Is it running?");
	}
	const text = await answer.text();

	if ((answer.headers.get("Content-Type") ?? "").startsWith("text/html"))
		return new DOMParser().parseFromString(text, "text/html");
	throw new Error(problemOf(answer, text));
}

/** The detail of a problem document, or the status. */
export function problemOf(answer, text) {
	try {
		const problem = JSON.parse(text);

		return problem.detail ?? problem.title;
	} catch {
		return `${answer.status} ${answer.statusText}`;
	}
}

/**
 * Go to an address of the page.
 * @param how.push   make it a new entry of the browser's history
 * @param how.focus  where the focus is to be: "main", or where it is
 */
async function visit(address, how) {
	const root = document.documentElement;

	shown = address;
	root.classList.add("busy");
	say("Loading");
	if (how.push) {
		history.replaceState({ y: scrollY }, "");
		history.pushState(null, "", address);
	}
	try {
		putInPlace(await fetchPage(address));
		say(document.title.replace(" – svctag", ""));
	} catch (error) {
		if (error.name === "AbortError")
			return; // another request has taken over
		showFailure(error.message);
		say(error.message);
	}
	root.classList.remove("busy");
	if (how.push)
		scrollTo(0, 0);
	else
		scrollTo(0, history.state?.y ?? 0);
	if (how.focus === "main")
		document.getElementById("main").focus({ preventScroll: true });
}

/** The address that a form asks for, without what was left empty. */
function addressOf(form) {
	const fields = [...new FormData(form)].filter(([, value]) => value !== "");
	const query = new URLSearchParams(fields).toString();

	return query === "" ? "/" : `/?${query}`;
}

function isPage(address) {
	return address.origin === location.origin && address.pathname === "/";
}

document.addEventListener("click", (event) => {
	const link = event.target.closest("a[href]");

	if (link === null || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey ||
	    event.shiftKey || event.altKey || link.hasAttribute("download"))
		return;
	const address = new URL(link.href);

	if (!isPage(address) || (address.hash !== "" && address.search === location.search))
		return;
	event.preventDefault();
	visit(address.pathname + address.search, { push: true, focus: "main" });
});

document.addEventListener("submit", (event) => {
	const form = event.target;

	if (form.getAttribute("action") !== "/")
		return;
	event.preventDefault();
	visit(addressOf(form), { push: true, focus: form.id === "ask" ? "" : "main" });
	if (form.id === "ask")
		box.select();
});

addEventListener("popstate", () => {
	const address = location.pathname + location.search;

	if (address !== shown) // and not only a place on the page, as behind the link that skips its head
		visit(address, { push: false, focus: "main" });
});

// Searching while one types: only the results are put in place.
let timer = 0;

document.addEventListener("input", (event) => {
	const form = event.target.closest("form[data-live]");

	if (form === null)
		return;
	clearTimeout(timer);
	timer = setTimeout(async () => {
		const address = addressOf(form);
		const results = document.getElementById(form.dataset.live);

		try {
			const page = await fetchPage(address);

			results.replaceChildren(...page.getElementById(form.dataset.live).childNodes);
			history.replaceState(history.state, "", address);
			shown = address;
			say(results.querySelector("caption")?.textContent ?? "");
		} catch (error) {
			if (error.name === "AbortError")
				return; // another request has taken over
			say(error.message);
		}
		document.documentElement.classList.remove("busy"); // of a request that this one has taken over from
	}, 120);
});

// Copying.
async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch { // no secure context, or not allowed
		const area = document.createElement("textarea");

		area.value = text;
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
}

document.addEventListener("click", async (event) => {
	const button = event.target.closest("button[data-copy]");

	if (button === null)
		return;
	const label = button.textContent;

	await copy(document.getElementById(button.dataset.copy).textContent);
	say("Copied");
	button.textContent = "Copied";
	setTimeout(() => {
		button.textContent = label;
	}, 1500);
});

document.addEventListener("keydown", (event) => {
	if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey ||
	    event.target.closest("input, textarea, select") !== null)
		return;
	event.preventDefault();
	box.focus();
	box.select();
});

// Light and dark: the system's, until somebody chooses.
function showTheme() {
	const chosen = document.documentElement.dataset.theme;
	const dark = chosen === undefined ? darkSystem.matches : chosen === "dark";

	themeButton.setAttribute("aria-pressed", String(dark));
}

themeButton.addEventListener("click", () => {
	const theme = themeButton.getAttribute("aria-pressed") === "true" ? "light" : "dark";

	document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem("theme", theme);
	} catch {
		// it lasts as long as the page, then
	}
	showTheme();
});
darkSystem.addEventListener("change", showTheme);
showTheme();
