// Runs before anything is drawn, so that nothing flashes in the other scheme.
"use strict";
{
	const root = document.documentElement;

	root.classList.add("scripted");
	try {
		const kept = localStorage.getItem("theme");

		if (kept === "light" || kept === "dark")
			root.dataset.theme = kept;
	} catch {
		// no storage: the system's scheme it is
	}
}
