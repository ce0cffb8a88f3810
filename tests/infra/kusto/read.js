// Reads queries as Kusto does, and prints as JSON what it finds in each:
//   node read.js FILE…  →  {FILE: {diagnostics, columns, keys, compared}}
// diagnostics: what the parser and the binder complain of; columns: what the query answers with;
// keys: the names taken out of Properties; compared: each comparison with constant texts.
"use strict";

const fs = require("fs");
const path = require("path");

const modules = path.join(__dirname, "../../../node_modules/@kusto/language-service-next");
require(path.join(modules, "bridge.js"));
require(path.join(modules, "Kusto.Language.Bridge.js"));

const { KustoCode, GlobalState, Symbols, Syntax } = Kusto.Language;
const PROPERTY = /^(?:tostring\()?Properties(?:\.(\w+)|\["([^"]+)"\])\)?$/;

function workspace() {
  const described = JSON.parse(fs.readFileSync(path.join(__dirname, "tables.json"), "utf8"));
  const list = new (System.Collections.Generic.List$1(Symbols.Symbol).ctor)();
  for (const [name, own] of Object.entries(described.tables)) {
    const columns = Object.entries({ ...described.every, ...own });
    const schema = columns.map(([column, type]) => `${column}:${type}`).join(", ");
    list.add(new Symbols.TableSymbol.$ctor7(name, `(${schema})`, null));
  }
  const database = new Symbols.DatabaseSymbol.$ctor3("workspace", null, list, false);
  return GlobalState.Default.WithDatabase(database);
}

function all(node) {
  const found = [];
  Syntax.SyntaxElement.WalkNodes(node, (one) => found.push(one));
  return found;
}

function kind(node) {
  return String(System.Enum.toString(Syntax.SyntaxKind, node.Kind));
}

function plain(node) {
  return node.toString(Syntax.IncludeTrivia.Interior).trim();
}

function property(text) {
  const found = PROPERTY.exec(text);
  return found ? found[1] || found[2] : null;
}

function comparison(node, named) {
  const values = all(node.Right).filter((one) => kind(one) === "StringLiteralExpression");
  const left = plain(node.Left);
  return {
    how: kind(node).replace("Expression", ""),
    column: left,
    key: named.get(left) || property(left),
    values: values.map((one) => String(one.LiteralValue)),
  };
}

function read(file, state) {
  const text = fs.readFileSync(file, "utf8");
  const code = KustoCode.ParseAndAnalyze(text, state);
  const nodes = all(code.Syntax);
  const assigned = nodes.filter((one) => kind(one) === "SimpleNamedExpression");
  const named = new Map(assigned.map((one) => [plain(one.Name), property(plain(one.Expression))]));
  const pairs = nodes.filter((one) => one.Left && one.Right && !/^(And|Or)/.test(kind(one)));
  const complaints = Bridge.toArray(code.GetDiagnostics());
  return {
    diagnostics: complaints.map((one) => {
      return `line ${text.slice(0, one.Start).split("\n").length}: ${one.Message}`;
    }),
    columns: Bridge.toArray((code.ResultType && code.ResultType.Columns) || []).map((c) => c.Name),
    keys: [...new Set(nodes.map((one) => property(plain(one))).filter(Boolean))],
    compared: pairs.map((one) => comparison(one, named)).filter((one) => one.values.length),
  };
}

const state = workspace();
const answer = Object.fromEntries(process.argv.slice(2).map((file) => [file, read(file, state)]));
process.stdout.write(JSON.stringify(answer));
