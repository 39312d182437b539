// Hold answers against an OpenAPI document:
//   node validate.js DOCUMENT ANSWERS      (in a folder with the packages of package-lock.json)
// ANSWERS is NDJSON of {path, method, status, headers: [[name, value]…], body}. Prints {errors: [{answer, error}…],
// unseen: […]}, where unseen names every status and media type of the document that no answer had.
//
// The document leaves objects open, because fields may be added to /v1. Here they are closed, so that no field goes
// undocumented.
"use strict";
const fs = require("fs");
const { createRequire } = require("module");
const here = createRequire(process.cwd() + "/");
const Ajv = here("ajv/dist/2020").default;
const addFormats = here("ajv-formats").default;

// What HTTP itself puts there.
const UNSAID = new Set(["date", "content-type", "content-length", "connection", "transfer-encoding"]);

function closed(schema) {
	if (Array.isArray(schema)) return schema.map(closed);
	if (schema === null || typeof schema !== "object") return schema;
	const copy = {};
	for (const [key, value] of Object.entries(schema))
		copy[key] = ["const", "enum", "examples", "default"].includes(key) ? value
			: key === "$ref" ? value.replace("#/components/schemas/", "document#/$defs/") : closed(value);
	if (copy.properties && typeof schema.type === "string" && copy.additionalProperties === undefined)
		copy.additionalProperties = false;
	return copy;
}

class Contract {
	constructor(document) {
		this.document = document;
		this.ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
		addFormats(this.ajv);
		this.ajv.addSchema({ $id: "document", $defs: closed(document.components.schemas) });
		this.compiled = new Map();
		this.unseen = new Set();
		for (const [path, item] of Object.entries(document.paths))
			for (const [method, operation] of Object.entries(item))
				for (const [status, response] of Object.entries(operation.responses))
					for (const type of Object.keys(this.resolve(response).content || { nothing: 1 }))
						this.unseen.add(`${method} ${path} ${status} ${type}`);
	}

	resolve(object) {
		while (object.$ref) object = object.$ref.split("/").slice(1).reduce((at, key) => at[key], this.document);
		return object;
	}

	// Throws when the value is not such as the schema says.
	check(schema, value, what) {
		if (!this.compiled.has(schema)) this.compiled.set(schema, this.ajv.compile(closed(schema)));
		const validate = this.compiled.get(schema);
		if (!validate(value)) throw new Error(`${what}: ${this.ajv.errorsText(validate.errors)} `
			+ JSON.stringify(validate.errors[0].params));
	}

	headers(response, answer) {
		const present = new Map(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
		for (const [name, reference] of Object.entries(response.headers || {})) {
			const header = this.resolve(reference);
			const value = present.get(name.toLowerCase());
			if (value === undefined && header.required) throw new Error(`the header ${name} is missing`);
			if (value !== undefined)
				this.check(header.schema, header.schema.type === "integer" ? Number(value) : value, `header ${name}`);
			present.delete(name.toLowerCase());
		}
		for (const name of present.keys())
			if (!UNSAID.has(name)) throw new Error(`the header ${name} is not documented`);
	}

	body(response, answer) {
		const field = answer.headers.find(([name]) => name.toLowerCase() === "content-type");
		const type = field === undefined ? "nothing" : field[1].split(";")[0];
		if (response.content === undefined) {
			if (field !== undefined || answer.body !== "") throw new Error("there is a body, of which nothing is said");
			return type;
		}
		const media = response.content[type];
		if (media === undefined) throw new Error(`the media type ${type} is not documented`);
		if (type === "application/x-ndjson")
			for (const line of answer.body.split("\n").slice(0, -1))
				this.check(media.schema, JSON.parse(line), "line");
		else
			this.check(media.schema, /[/+]json$/.test(type) ? JSON.parse(answer.body) : answer.body, "body");
		return type;
	}

	answer(answer) {
		const item = this.document.paths[answer.path];
		if (item === undefined || item[answer.method] === undefined) throw new Error("there is no such operation");
		const responses = item[answer.method].responses;
		const status = responses[answer.status] ? String(answer.status) : "default";
		const response = this.resolve(responses[status]);
		this.headers(response, answer);
		const type = this.body(response, answer);
		if (status === "default" && type !== "application/problem+json") throw new Error("no problem");
		this.unseen.delete(`${answer.method} ${answer.path} ${status} ${type}`);
	}
}

const contract = new Contract(JSON.parse(fs.readFileSync(process.argv[2], "utf8")));
const errors = [];
fs.readFileSync(process.argv[3], "utf8").split("\n").slice(0, -1).forEach((line, i) => {
	try {
		contract.answer(JSON.parse(line));
	} catch (error) {
		errors.push({ answer: i, error: error.message });
	}
});
process.stdout.write(JSON.stringify({ errors, unseen: [...contract.unseen] }));
