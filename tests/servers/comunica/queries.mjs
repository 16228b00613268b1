// Queries over several endpoints, by Comunica (https://comunica.dev/): `node queries.mjs FOLDER` with the packages in
// FOLDER. Standard input: {"sources": [URL], "queries": [text]}; standard output: a line of JSON for each query.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(`${process.argv[2]}/`);
const { QueryEngine } = require("@comunica/query-sparql");
// Comunica 4 brings version 1, to which its own reader of results hands languages in a form that only 2 knows.
const { DataFactory } = require("rdf-data-factory");

const { sources, queries } = JSON.parse(await text(process.stdin));
const engine = new QueryEngine();
const context = { sources: sources.map((value) => ({ type: "sparql", value })), dataFactory: new DataFactory() };

function term({ termType, value, language, datatype }) {
  if (termType !== "Literal") return { type: termType, value };
  return { type: termType, value, language, datatype: datatype.value };
}

async function answer(query) {
  const result = await engine.query(query, context);
  const found = await result.execute();
  if (result.resultType === "boolean") return found;
  const rows = await found.toArray();
  if (result.resultType === "quads") return rows.map((quad) => [quad.subject, quad.predicate, quad.object].map(term));
  return rows.map((row) => Object.fromEntries([...row].map(([variable, bound]) => [variable.value, term(bound)])));
}

for (const query of queries) {
  let line;
  try {
    line = { found: await answer(query) };
  } catch (error) {
    line = { failed: String(error) };
  }
  console.log(JSON.stringify(line));
}
