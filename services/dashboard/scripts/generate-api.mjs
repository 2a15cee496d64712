// Reads the API's OpenAPI document from standard input and writes the types of the client, and the recipe's settings
// with their explanations, into the folder given (default: src/api).
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import openapiTS, { astToString } from "openapi-typescript";

const folder = process.argv[2] ?? new URL("../src/api/", import.meta.url).pathname;
const document = JSON.parse(await text(process.stdin));
const schemas = document.components.schemas;

const header = "// Generated from the OpenAPI document by `make dashboard-api`; do not edit.\n\n";
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "schema.ts"), header + astToString(await openapiTS(document, { alphabetize: true })));

/** The schemas that `name` refers to, itself included. */
function closure(name, found = {}) {
  if (name in found) return found;
  found[name] = schemas[name];
  for (const [, next] of JSON.stringify(schemas[name]).matchAll(/#\/components\/schemas\/(\w+)/g)) closure(next, found);
  return found;
}
const recipe = Object.fromEntries(Object.entries(closure("Recipe")).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(join(folder, "recipe-schema.json"), JSON.stringify(recipe, null, 1) + "\n");
