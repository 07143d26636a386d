// Asks feelin, the evaluator inside bpmn-io's editors and forms, for the values of expressions.json.
//   npm install --no-save feelin && node feelin.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { evaluate } from "feelin";

const here = new URL(".", import.meta.url);
const { version } = createRequire(import.meta.url)("feelin/package.json");
const expressions = JSON.parse(readFileSync(new URL("expressions.json", here)));
const results = expressions.map(([text, context]) => {
  try {
    const value = evaluate(text, context).value;
    return { text, context, value: value === undefined ? null : value };
  } catch (error) {
    return { text, context, error: error.name };
  }
});
const lines = results.map((result) => JSON.stringify(result));
writeFileSync(new URL("feelin.json", here), `{"feelin": "${version}", "results": [\n${lines.join(",\n")}\n]}\n`);
