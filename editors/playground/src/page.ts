/** The page: an example or what the address holds, checked while it is typed and drawn when it is right. */

import { Refusal, type Contract, type Problem, type Settings } from "./checker";
import { Editor, node } from "./editor";
import { NotDrawn } from "./execution";
import { inWorker } from "./in_worker";
import { draw, refuse, stale } from "./payoff";
import { showProblems } from "./problems";
import { packed, read } from "./share";
import { followTheme } from "./theme";

interface Example {
  readonly title: string;
  readonly contract: string;
  readonly text: string;
  readonly settings: Settings;
}

const element = <Kind extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as Kind;

const checker = inWorker("worker.js");
const examples = element<HTMLSelectElement>("examples");
const choice = element<HTMLSelectElement>("contract");
const fields = element("fields");
let contracts: readonly Contract[] = [];
/** What was given for each parameter, by name; it outlives a text that cannot be read. */
let settings: Record<string, string> = {};
/** The fields of the market, with an example of each; a date that is not written is today's. */
const QUOTES = { date: new Date().toISOString().slice(0, 10), spot: "65_000", volatility: "55%", rate: "4%", yield: "0%" };
const quotes = element("quotes");
let market: Record<string, string> = {};
let wanted = "";
/** The last text that was checked, and whether it can be drawn. */
let checkedText = "";
let sound = false;
let drawing = 0;

const editor = new Editor(element("editor"), checker, {
  changed: () => stale(true),
  checked(text, problems, found) {
    showProblems(element("problems"), problems, editor);
    checkedText = text;
    sound = found.length > 0;
    tellState(problems, found);
    if (!sound) {
      drawing += 1;
      stale(true);
      if (!problems.some((each) => each.severity === "error")) refuse(["There is no contract in this text."]);
      return;
    }
    contracts = found;
    showContracts();
    void show();
  },
});

// --- what is said ---------------------------------------------------------------------------------

function state(kind: "busy" | "good" | "bad", words: string): void {
  const told = element("state");
  told.dataset.kind = kind;
  told.textContent = words;
}

function tellState(problems: readonly Problem[], found: readonly Contract[]): void {
  const errors = problems.filter((each) => each.severity === "error").length;
  const warnings = problems.length - errors;
  const counted = (count: number, word: string) => (count ? [`${count} ${word}${count === 1 ? "" : "s"}`] : []);
  const words = [...counted(errors, "error"), ...counted(warnings, "warning")];
  state(errors ? "bad" : "good", words.join(", ") || `checked: ${found.map((each) => each.name).join(", ") || "nothing in it"}`);
}

function note(words: string): void {
  const told = element("note");
  told.textContent = words;
  told.classList.add("shown");
  setTimeout(() => told.classList.remove("shown"), 2500);
}

// --- terms ----------------------------------------------------------------------------------------

function chosen(): Contract | undefined {
  return contracts.find((each) => each.name === wanted) ?? contracts.at(-1);
}

function showContracts(): void {
  choice.hidden = contracts.length < 2;
  choice.replaceChildren(...contracts.map((each) => new Option(each.name, each.name)));
  const contract = chosen();
  if (!contract) return;
  choice.value = contract.name;
  const shape = JSON.stringify(contract.parameters);
  if (fields.dataset.shape === shape) return;
  fields.dataset.shape = shape;
  fields.replaceChildren(
    ...contract.parameters.map((each) => field(each.name, each.name, each.type, settings[each.name], each.default)),
  );
}

/** A field with its label, and a place for what is wrong with it. */
function field(key: string, name: string, type: string, value: string | undefined, empty: string | null): HTMLElement {
  const label = node("label", "");
  const named = node("span", "name", name.replaceAll("_", " "));
  named.append(node("i", "", type));
  const input = node("input", "");
  input.name = key;
  input.value = value ?? "";
  input.placeholder = empty ?? "";
  input.setAttribute("aria-describedby", `about-${key}`);
  const about = node("span", "about");
  about.id = `about-${key}`;
  label.append(named, input, about);
  return label;
}

function showQuotes(): void {
  quotes.replaceChildren(...Object.entries(QUOTES).map(([name, example]) => field(`market.${name}`, name, "", market[name], example)));
}

function given(contract: Contract): Settings {
  return filled(settings, contract.parameters.map((each) => each.name));
}

/** What is written in fields, those that are empty left out. */
function filled(written: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(names.flatMap((name) => (written[name]?.trim() ? [[name, written[name]!.trim()]] : [])));
}

/** The fields of the market, none if there is no figure in them. */
function quoted(): Settings {
  const written = filled(market, Object.keys(QUOTES));
  return Object.keys(written).some((name) => name !== "date") ? { date: QUOTES.date, ...written } : {};
}

/** Marks the fields that a refusal is about; says what is about none of them. */
function blame(reasons: Refusal["reasons"]): string[] {
  const rest: string[] = [];
  const about = new Map(reasons.map((each) => [each.source, each.message]));
  for (const label of [...fields.children, ...quotes.children]) {
    const input = label.querySelector("input")!;
    const missing = reasons.find((each) => each.message.includes(`parameter \`${input.name}\``));
    const words = about.get(input.name) ?? missing?.message ?? "";
    label.classList.toggle("wrong", words !== "");
    input.setAttribute("aria-invalid", String(words !== ""));
    label.querySelector(".about")!.textContent = words;
  }
  for (const each of reasons) rest.push(each.message);
  return rest;
}

// --- the picture ----------------------------------------------------------------------------------

async function show(): Promise<void> {
  const contract = chosen();
  if (!contract || !sound) return;
  const turn = ++drawing;
  const asked = [checkedText, contract.name, given(contract), quoted()] as const;
  try {
    const artefact = await checker.artefact(...asked);
    if (turn !== drawing) return;
    blame([]);
    const payoff = await draw(artefact).catch(async (reason: unknown) => {
      if (!(reason instanceof NotDrawn)) throw reason;
      return checker.refusal(...asked);
    });
    document.body.dataset.drawn = String(turn);
    window.dispatchEvent(new CustomEvent("drawn", { detail: payoff }));
  } catch (reason) {
    if (turn !== drawing) return;
    if (reason instanceof Refusal) refuse(blame(reason.reasons));
    else refuse([reason instanceof Error ? reason.message : String(reason)]);
  }
}

// --- what is pressed ------------------------------------------------------------------------------

let typing: ReturnType<typeof setTimeout> | undefined;
function written(input: HTMLInputElement): void {
  if (input.name.startsWith("market.")) market[input.name.slice("market.".length)] = input.value;
  else settings[input.name] = input.value;
  stale(true);
  clearTimeout(typing);
  typing = setTimeout(() => void show(), 200);
}
for (const form of ["terms", "market"]) {
  element(form).addEventListener("input", (event) => event.target instanceof HTMLInputElement && written(event.target));
  element(form).addEventListener("submit", (event) => event.preventDefault());
}
choice.addEventListener("change", () => {
  wanted = choice.value;
  showContracts();
  void show();
});
element("format").addEventListener("click", () => void editor.format());
element("share").addEventListener("click", async () => {
  const contract = chosen();
  const shared = { text: editor.text, contract: contract?.name ?? wanted, settings: contract ? given(contract) : settings, market: filled(market, Object.keys(QUOTES)) };
  history.replaceState(null, "", `#${await packed(shared)}`);
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  note(copied ? "The address is copied" : "The address bar holds this contract");
});
followTheme(element("theme"));

// --- the beginning --------------------------------------------------------------------------------

function open(text: string, contract: string, terms: Settings): void {
  settings = { ...terms };
  wanted = contract;
  delete fields.dataset.shape;
  editor.show(text);
}

async function begin(): Promise<void> {
  checker.ready((stage) => state("busy", stage)).then(
    () => editor.check(),
    (reason) => {
      state("bad", "The checker did not start");
      refuse([`The checker did not start: ${reason.message}`, "Reload the page to try again."]);
    },
  );
  const listed: Example[] = await fetch("examples.json").then((response) => response.json());
  examples.replaceChildren(...listed.map((each, at) => new Option(each.title, String(at))));
  examples.addEventListener("change", () => {
    const { text, contract, settings: terms } = listed[Number(examples.value)]!;
    history.replaceState(null, "", location.pathname);
    open(text, contract, terms);
  });
  const shared = location.hash.length > 1 ? await read(location.hash) : null;
  if (location.hash.length > 1 && !shared) note("This address holds no contract");
  if (shared) {
    const own = new Option("From the address", "");
    own.disabled = true;
    examples.prepend(own);
    examples.value = "";
  }
  market = { ...shared?.market };
  showQuotes();
  const first = shared ?? listed[0]!;
  open(first.text, first.contract, first.settings);
}

void begin();
