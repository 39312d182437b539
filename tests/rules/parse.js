// Parse Terraform with HashiCorp's own HCL parser, Bicep with the tree-sitter grammar:
//   node parse.js FILE…      (in a folder with the packages of package-lock.json)
// Prints an array: {file, error, document} of Terraform, {file, error, strings} of Bicep.
"use strict";
const fs = require("fs");
const { createRequire } = require("module");
const here = createRequire(process.cwd() + "/");

async function terraform(file, text) {
	try {
		return { file, error: null, document: await here("@cdktf/hcl2json").parse(file, text) };
	} catch (error) {
		return { file, error: String(error) };
	}
}

function walk(node, visit) {
	visit(node);
	for (const child of node.children) walk(child, visit);
}

async function bicepParser() {
	const { Parser, Language } = here("web-tree-sitter");
	await Parser.init();
	const parser = new Parser();
	parser.setLanguage(await Language.load(here.resolve("tree-sitter-bicep/tree-sitter-bicep.wasm")));
	return parser;
}

function bicep(parser, file, text) {
	const root = parser.parse(text).rootNode;
	const strings = [];
	let error = null;
	walk(root, (node) => {
		if (error === null && (node.isError || node.isMissing))
			error = `line ${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`;
		if (node.type === "string") strings.push(node.text);
		if (error === null && node.type === "interpolation") error = `interpolation: ${node.text.slice(0, 80)}`;
	});
	return { file, error, strings };
}

async function main() {
	const answers = [];
	const parser = await bicepParser();
	for (const file of process.argv.slice(2)) {
		const text = fs.readFileSync(file, "utf8");
		answers.push(file.endsWith(".tf") ? await terraform(file, text) : bicep(parser, file, text));
	}
	console.log(JSON.stringify(answers));
}

main();
