// The page that `serve` gives at `/`: one file, without requests to other servers.

const STYLE = `
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; --on: #1a7f37; --off: #9a6700; --mark: #0969da; }
  @media (prefers-color-scheme: dark) { :root { --on: #3fb950; --off: #d29922; --mark: #58a6ff; } }
  * { box-sizing: border-box; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
  h1 { font-size: 1.25rem; margin: 0; }
  h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
  header { display: flex; gap: .5rem 1rem; align-items: baseline; flex-wrap: wrap; }
  #state { color: var(--on); }
  #state.gone { color: var(--off); }
  form { display: grid; grid-template-columns: minmax(10rem, 1fr) 2fr; gap: .75rem; margin-top: 1rem; }
  label { display: block; font-weight: 600; }
  input, textarea { width: 100%; font: inherit; padding: .35rem .5rem; }
  textarea { height: 4.2rem; font-family: ui-monospace, monospace; font-size: .9em; resize: vertical; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .35rem .75rem .35rem .25rem; border-top: 1px solid var(--line); vertical-align: top; }
  th { font-weight: 600; border-top: 0; }
  td:nth-child(3) { font-weight: 600; white-space: nowrap; }
  button.flag { font: inherit; border: 0; background: none; color: var(--mark); padding: 0; cursor: pointer; text-align: left; }
  tr[aria-selected=true] { background: var(--soft); }
  tr.changed { animation: changed 4s; }
  @keyframes changed { from { background: #f5c84288; } }
  pre { background: var(--soft); padding: .75rem; overflow-x: auto; font-size: .85rem; line-height: 1.45; margin: 0; }
  .paste { display: grid; gap: .75rem; }
  .on { color: var(--on); } .off { color: var(--off); }
  @media (max-width: 40rem) { form { grid-template-columns: 1fr; } th:nth-child(4), td:nth-child(4) { display: none; } }
`;

const BODY = `
  <header>
    <h1>Flags from files</h1>
    <span id="state" role="status">loading …</span>
  </header>
  <form id="request">
    <div><label for="entity">Entity</label><input id="entity" value="user-1" autocomplete="off" spellcheck="false"></div>
    <div>
      <label for="context">Context, one property per line</label>
      <textarea id="context" placeholder="country=NL" spellcheck="false"></textarea>
    </div>
  </form>
  <main id="namespaces"></main>
  <section id="details" hidden>
    <h2 id="title"></h2>
    <pre id="explanation" tabindex="0"></pre>
    <h2>Code to paste</h2>
    <div class="paste">
      <pre id="program" tabindex="0"></pre>
      <pre id="shell" tabindex="0"></pre>
    </div>
  </section>
`;

// Runs in the page. Text of flags becomes text nodes only, never markup.
const SCRIPT = String.raw`
  const element = (id) => document.getElementById(id);
  let version, asked, selected, answers = new Map();

  const request = () => {
    const query = new URLSearchParams({ entity: element("entity").value });
    for (const line of element("context").value.split("\n")) if (line.trim() !== "") query.append("c", line);
    return query;
  };
  const make = (name, text, attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(text);
    return made;
  };

  async function load() {
    const query = request();
    const wanted = query.toString();
    if (wanted === asked && version !== undefined) query.set("since", version);
    try {
      const response = await fetch("page/flags?" + query, { cache: "no-store" });
      element("state").className = "";
      element("state").textContent = "up to date; changes of the files appear here";
      if (response.status === 204) return;
      const isSameRequest = wanted === asked;
      asked = wanted;
      const loaded = await response.json();
      version = loaded.version;
      show(loaded.namespaces, isSameRequest);
      await explain();
    } catch {
      version = undefined;
      element("state").className = "gone";
      element("state").textContent = "the server does not respond; retrying";
    }
  }

  function show(namespaces, marksChanges) {
    const before = answers;
    answers = new Map();
    const focused = document.activeElement?.id;
    element("namespaces").replaceChildren(...namespaces.flatMap(({ key: namespace, flags }) => [
      make("h2", "Namespace " + namespace),
      table(namespace, flags, marksChanges ? before : undefined),
    ]));
    if (focused?.startsWith("flag ")) element(focused)?.focus();
  }

  function table(namespace, flags, before) {
    const head = make("tr", "");
    head.append(...["Flag", "Type", "Answer", "Reason"].map((title) => make("th", title)));
    const rows = flags.map((flag) => {
      const id = "flag " + namespace + "/" + flag.key;
      const told = JSON.stringify([flag.answer, flag.why]);
      answers.set(id, told);
      const row = make("tr", "");
      if (before !== undefined && before.get(id) !== told) row.className = "changed";
      row.ariaSelected = String(selected?.namespace === namespace && selected?.key === flag.key);
      const button = make("button", flag.key, { className: "flag", id, type: "button" });
      button.onclick = () => { selected = { namespace, ...flag }; mark(); explain(); };
      const look = flag.answer === "on" ? "on" : flag.answer === "off" || flag.answer === "" ? "off" : "";
      row.append(
        make("td", button),
        make("td", flag.type),
        make("td", flag.answer === "" ? "no variant" : flag.answer, { className: look }),
        make("td", flag.why),
      );
      return row;
    });
    const whole = make("table", make("thead", head));
    const body = make("tbody", "");
    body.append(...rows);
    whole.append(body);
    return make("div", whole, { className: "scroll" });
  }

  function mark() {
    for (const button of document.querySelectorAll("button.flag")) {
      const id = "flag " + selected.namespace + "/" + selected.key;
      button.closest("tr").ariaSelected = String(button.id === id);
    }
  }

  async function explain() {
    if (selected === undefined) return;
    const { namespace, key, type } = selected;
    const query = request();
    query.set("namespace", namespace);
    query.set("flag", key);
    const response = await fetch("page/explanation?" + query, { cache: "no-store" });
    element("title").textContent = "Why " + key + " has this answer";
    element("explanation").textContent = await response.text();
    const { program, shell } = lines(namespace, key, type);
    element("program").textContent = program;
    element("shell").textContent = shell;
    element("details").hidden = false;
  }

  function lines(namespace, key, type) {
    const text = (value) => JSON.stringify(value);
    const word = (value) => /^[\w.,:\/=@%+-]+$/.test(value) ? value : "'" + value.replaceAll("'", "'\\''") + "'";
    const url = location.origin;
    const entity = element("entity").value.trim() || "user-1";
    const pairs = request().getAll("c").map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    });
    const context = Object.fromEntries(pairs);
    const given = pairs.length === 0 ? "" : ", " + text(context);
    const call = type === "boolean" ? "evaluateBoolean" : "evaluateVariant";
    const member = type === "boolean" ? "enabled" : "variantKey";
    return {
      program: [
        'import { FliptClient } from "@flipt-ffi/client";',
        "",
        "const client = await FliptClient.init({ url: " + text(url) + ", namespace: " + text(namespace) + " });",
        "console.log(client." + call + "(" + text(key) + ", " + text(entity) + given + ")." + member + ");",
      ].join("\n"),
      shell: [
        ["flipt-ffi", "explain", key, "--entity", entity,
          ...pairs.flatMap((pair) => ["--context", pair.join("=")]), "--url", url, "--namespace", namespace,
        ].map(word).join(" "),
        "curl " + word(url + "/internal/v1/evaluation/snapshot/namespace/" + encodeURIComponent(namespace)),
      ].join("\n"),
    };
  }

  let isLoading = false, isDue = false;
  async function reload() {
    isDue = true;
    if (isLoading) return;
    isLoading = true;
    while (isDue) {
      isDue = false;
      await load();
    }
    isLoading = false;
  }
  element("request").oninput = reload;
  element("request").onsubmit = (event) => event.preventDefault();
  setInterval(reload, 1000);
  reload();
`;

/** The page. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>flipt-ffi serve</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<body>${BODY}
<script type="module">${SCRIPT}</script>
`;
