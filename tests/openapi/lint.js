// Lint an OpenAPI document with Redocly's strictest rules:
//   node lint.js FILE      (in a folder with the packages of package-lock.json)
// Prints an array of {rule, severity, where, message}. No rule is switched off.
"use strict";
const { createRequire } = require("module");
const here = createRequire(process.cwd() + "/");
const { createConfig, lint } = here("@redocly/openapi-core");

async function main(file) {
	const config = await createConfig({ extends: ["recommended-strict"] });
	const problems = await lint({ ref: file, config });
	console.log(JSON.stringify(problems.map(p => ({
		rule: p.ruleId, severity: p.severity, where: p.location[0].pointer, message: p.message,
	}))));
}

main(process.argv[2]).catch(error => { console.error(error); process.exit(1); });
