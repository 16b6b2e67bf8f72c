// A table whose rows stay in Python: the page has one part of the rows, and asks for another part by a message.
// Keyboard as in the grid pattern of the ARIA practices: one tab stop, arrow keys inside. Texts are set as text, never as HTML.

let made = 0;
const WAIT_MS = 30;
const MOST_FRAMES = 60;

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function drawCopySign() {
  const space = "http://www.w3.org/2000/svg";
  const sign = document.createElementNS(space, "svg");
  sign.setAttribute("viewBox", "0 0 16 16");
  sign.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M5.5 5.5h8v8h-8zM10.5 3V2.5h-8v8H3");
  sign.append(path);
  return sign;
}

/** Copy a text the old way: for pages without navigator.clipboard (no TLS) or without the right to use it. */
function copyBySelection(text, root) {
  const before = document.activeElement;
  const box = make("textarea", { readonly: true, class: "ddmkit-table-hidden", "aria-hidden": "true", tabindex: -1 });
  box.value = text;
  root.append(box);
  box.select();
  let isCopied = false;
  try {
    isCopied = document.execCommand("copy");
  } catch {
    isCopied = false;
  }
  box.remove();
  before?.focus?.({ preventScroll: true });
  return isCopied;
}

export function drawTable(model, root) {
  const id = `ddmkit-table-${Date.now().toString(36)}-${made++}`;
  const columns = model.get("columns");
  const mode = model.get("mode"); // "one", "many" or "none" can be chosen
  const place = { row: 1, column: 0 }; // row 0 holds the titles
  let ask = { words: "", sort: -1, descending: false, page: 0 };
  let lastAsked = "";
  let asked = 0;
  let timer = 0;
  let grid = []; // the cells of each row, the titles first
  let then = null; // where the focus goes when the next part of the rows has come

  // The frame ----------------------------------------------------------------------------------------------------

  const search = make("input", {
    type: "search", autocomplete: "off", spellcheck: "false", placeholder: "words, or a pasted id",
    "aria-label": `Search ${model.get("label").toLowerCase()}`, class: "ddmkit-table-search",
  });
  const count = make("span", { class: "ddmkit-table-count", role: "status" });
  const notice = make("span", { class: "ddmkit-table-notice", role: "status" });
  const table = make("table", {
    role: "grid", "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-hint`,
    "aria-multiselectable": mode === "none" ? null : mode === "many",
  });
  const earlier = make("button", { type: "button" });
  const later = make("button", { type: "button" });
  const label = make("span", { id: `${id}-label`, class: "ddmkit-table-label" }, model.get("label"));
  const words = {
    one: "Arrow keys move; Space chooses a row, Enter on an id copies it; Page Down turns the page.",
    many: "Arrow keys move; Space chooses a row or takes it back, Enter on an id copies it; Page Down turns the page.",
    none: "Arrow keys move; Enter on an id copies it; Page Down turns the page.",
  };
  const hint = make("span", { id: `${id}-hint`, class: "ddmkit-table-hint" }, words[mode]);
  const summary = make("summary");
  const fold = make("details", { class: "ddmkit-table-fold" }, summary);
  const body = [
    make("div", { class: "ddmkit-table-head" }, label, search, count),
    make("div", { class: "ddmkit-table-scroll" }, table),
    make("div", { class: "ddmkit-table-foot" }, earlier, later, notice, hint),
  ];
  root.classList.add("ddmkit-table");

  // Asking and telling -------------------------------------------------------------------------------------------

  function tell(change) {
    ask = { ...ask, ...change };
    lastAsked = `${id}:${++asked}`;
    model.send({ kind: "ask", asked: lastAsked, ...ask });
  }

  function lastPage() {
    const view = model.get("view");
    return Math.max(0, Math.ceil(view.matched / view.size) - 1);
  }

  function turn(to, row) {
    const page = Math.min(Math.max(to, 0), lastPage());
    if (page === ask.page) return;
    then = { row, column: place.column };
    tell({ page });
  }

  function sort(column) {
    const isSame = ask.sort === column;
    if (!isSame) tell({ sort: column, descending: false, page: 0 });
    else if (!ask.descending) tell({ descending: true, page: 0 });
    else tell({ sort: -1, descending: false, page: 0 }); // the order in which the rows were given
  }

  function choose(row) {
    const one = model.get("view").rows[row - 1];
    if (!one || mode === "none") return;
    if (one.reason) {
      notice.textContent = `Cannot be chosen: ${one.reason}`;
      return;
    }
    notice.textContent = "";
    const chosen = model.get("selected");
    const without = chosen.filter((key) => key !== one.key);
    const keys = without.length < chosen.length ? without : mode === "many" ? [...chosen, one.key] : [one.key];
    model.set("selected", keys); // shown at once; Python corrects it if it must
    model.send({ kind: "choose", keys });
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!copyBySelection(text, root)) {
        notice.textContent = "This page may not copy. Mark the id and press Ctrl+C.";
        return;
      }
    }
    notice.textContent = `Copied ${text}`;
  }

  // The focus ----------------------------------------------------------------------------------------------------

  function canChoose(row) {
    return mode !== "none" && !row.reason;
  }

  function reach(cell) {
    return cell.querySelector("button.ddmkit-table-sort") ?? cell;
  }

  function aim(row, column, { focus = true } = {}) {
    place.row = Math.min(Math.max(row, 0), grid.length - 1);
    place.column = Math.min(Math.max(column, 0), grid[place.row].length - 1);
    for (const one of table.querySelectorAll("[tabindex='0']")) one.setAttribute("tabindex", "-1");
    const cell = grid[place.row][place.column];
    const target = reach(cell);
    target.setAttribute("tabindex", "0");
    if (!focus) return;
    target.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function placeOf(element) {
    const cell = element.closest?.("td, th");
    const row = grid.findIndex((cells) => cells.includes(cell));
    return row < 0 ? null : { row, column: grid[row].indexOf(cell) };
  }

  // Drawing ------------------------------------------------------------------------------------------------------

  function drawTitle(column, at) {
    const isSorted = ask.sort === at;
    const direction = isSorted ? (ask.descending ? "descending" : "ascending") : "none";
    const sign = make("span", { "aria-hidden": "true", class: "ddmkit-table-sign" }, { none: "", ascending: "▲", descending: "▼" }[direction]);
    const press = make("button", { type: "button", tabindex: -1, class: "ddmkit-table-sort" }, column.title, " ", sign);
    return make("th", { role: "columnheader", scope: "col", "aria-sort": direction }, press);
  }

  function drawCell(text, at) {
    const { kind, title } = columns[at];
    const cell = make("td", { role: "gridcell", tabindex: -1, class: `ddmkit-table-${kind}`, "data-title": title });
    if (at === 0 && mode !== "none") cell.append(make("span", { class: "ddmkit-table-mark", "aria-hidden": "true" }));
    if (kind === "id" && text) {
      const press = make("button", { type: "button", tabindex: -1, class: "ddmkit-table-copy", title: "Copy", "aria-label": `Copy ${text}` });
      press.append(drawCopySign());
      cell.append(make("code", {}, text), press);
    } else if (kind === "status" && text) cell.append(...text.split(/(?<=_)/).flatMap((part) => [part, make("wbr")]));
    else cell.append(text);
    return cell;
  }

  function drawRow(row, at, first) {
    const cells = row.cells.map(drawCell);
    const parts = [make("tr", { role: "presentation" }, ...cells)];
    if (row.reason) {
      const why = make("td", { role: "gridcell", tabindex: -1, colspan: columns.length, class: "ddmkit-table-reason" });
      why.append(`Cannot be chosen: ${row.reason}`);
      parts.push(make("tr", { role: "presentation" }, why));
      cells.push(why);
    }
    grid.push(cells);
    // A row without aria-selected cannot be chosen. aria-disabled would also disable the button that copies its id.
    const chosen = canChoose(row) ? "false" : null;
    const kind = row.reason ? "ddmkit-table-refused" : null;
    return make("tbody", { role: "row", "aria-rowindex": first + at + 2, "aria-selected": chosen, class: kind }, ...parts);
  }

  function draw() {
    const view = model.get("view");
    if (view.asked === lastAsked || !String(view.asked).startsWith(`${id}:`)) {
      ask = { words: view.words, sort: view.sort, descending: view.descending, page: Math.floor(view.first / view.size) };
    }
    if (document.activeElement !== search && search.value !== ask.words) search.value = ask.words;
    const hadFocus = table.contains(document.activeElement);
    const wasEmpty = grid.length < 2; // without rows the focus can only be on the titles
    const titles = columns.map(drawTitle);
    grid = [titles];
    const rows = view.rows.map((row, at) => drawRow(row, at, view.first));
    table.setAttribute("aria-rowcount", view.matched + 1);
    table.replaceChildren(make("thead", { role: "rowgroup" }, make("tr", { role: "row", "aria-rowindex": 1 }, ...titles)), ...rows);
    search.hidden = view.total <= 5 && !view.words && document.activeElement !== search;
    const turns = [[earlier, view.first > 0], [later, view.first + view.rows.length < view.matched]];
    for (const [at, [press, isPossible]] of turns.entries()) {
      if (press.textContent !== view.turns[at]) press.textContent = view.turns[at];
      press.disabled = !isPossible;
      press.hidden = view.matched <= view.size;
    }
    mark();
    const to = then ?? (wasEmpty ? { row: 1, column: place.column } : place);
    then = null;
    aim(to.row, to.column, { focus: hadFocus });
  }

  /** Draw the cells of single rows anew, in their places; nothing else on the page moves. */
  function change(rows) {
    const view = model.get("view");
    const bodies = table.querySelectorAll("tbody");
    for (const row of rows) {
      const at = view.rows.findIndex((one) => one.key === row.key);
      if (at < 0) continue;
      const before = view.rows[at].cells;
      view.rows[at].cells = row.cells;
      row.cells.forEach((text, column) => {
        if (text === before[column]) return;
        const old = grid[at + 1][column];
        const cell = drawCell(text, column);
        cell.setAttribute("tabindex", old.getAttribute("tabindex"));
        const hadFocus = old.contains(document.activeElement);
        bodies[at].firstChild.replaceChild(cell, old);
        grid[at + 1][column] = cell;
        if (hadFocus) cell.focus({ preventScroll: true });
      });
    }
  }

  function mark() {
    const view = model.get("view");
    const chosen = new Set(model.get("selected"));
    const rows = table.querySelectorAll("tbody");
    let shown = 0;
    view.rows.forEach((row, at) => {
      if (canChoose(row)) rows[at].setAttribute("aria-selected", String(chosen.has(row.key)));
      shown += Number(chosen.has(row.key));
    });
    const hidden = chosen.size - shown;
    const many = `${chosen.size} chosen${hidden ? `, ${hidden} of them not among these rows` : ""}`;
    const one = hidden ? "your choice is not among these rows" : "";
    const said = mode === "many" && chosen.size ? many : one;
    const full = said ? `${view.said}; ${said}` : view.said;
    if (count.textContent !== full) count.textContent = full;
  }

  function drawFold() {
    const said = model.get("fold");
    summary.textContent = said;
    if (said) fold.append(...body);
    root.replaceChildren(...(said ? [fold] : body));
  }

  // Events -------------------------------------------------------------------------------------------------------

  // A key that leaves the table is a command for JupyterLab, which could delete a cell. Keys with Ctrl (saving) pass.
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.altKey || event.metaKey)) event.stopPropagation();
  });
  earlier.addEventListener("click", () => turn(ask.page - 1, 1));
  later.addEventListener("click", () => turn(ask.page + 1, 1));
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { then = { row: 1, column: 0 }; tell({ words: search.value, page: 0 }); }, WAIT_MS);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    aim(1, 0);
  });
  table.addEventListener("focusin", (event) => {
    const found = placeOf(event.target);
    if (found && (found.row !== place.row || found.column !== place.column)) aim(found.row, found.column, { focus: false });
  });
  table.addEventListener("click", (event) => {
    const found = placeOf(event.target);
    if (!found) return;
    aim(found.row, found.column);
    if (found.row === 0) sort(found.column);
    else if (event.target.closest(".ddmkit-table-copy")) void copy(model.get("view").rows[found.row - 1].cells[found.column]);
    // The second click of a double click would take the choice back; a drag marks text to copy it.
    else if (event.detail < 2 && document.getSelection().isCollapsed) choose(found.row);
  });
  table.addEventListener("keydown", (event) => {
    const { row, column } = place;
    const last = grid.length - 1;
    const isTitle = row === 0;
    const cell = grid[row]?.[column];
    const isId = cell?.classList.contains("ddmkit-table-id") && cell.querySelector("code");
    const moves = {
      ArrowDown: () => (row === last && !later.disabled ? turn(ask.page + 1, 1) : aim(row + 1, column)),
      ArrowUp: () => (row === 1 && !earlier.disabled ? turn(ask.page - 1, 999) : aim(row - 1, column)),
      ArrowRight: () => aim(row, column + 1),
      ArrowLeft: () => aim(row, column - 1),
      Home: () => aim(event.ctrlKey ? 0 : row, 0),
      End: () => aim(event.ctrlKey ? last : row, 999),
      PageDown: () => turn(ask.page + 1, 1),
      PageUp: () => turn(ask.page - 1, 1),
      " ": () => (isTitle ? sort(column) : choose(row)),
      Enter: () => (isTitle ? sort(column) : isId ? void copy(isId.textContent) : choose(row)),
    };
    if (event.altKey || event.metaKey || !Object.hasOwn(moves, event.key)) return;
    if (event.ctrlKey && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  });

  // Scrolls to the part of the form that holds the table; the page may not have drawn that part yet.
  function reveal({ reveal: part }, looks = 0) {
    const at = root.closest(`.${part}`);
    if (at?.getClientRects().length) at.scrollIntoView({ block: "start" });
    else if (looks < MOST_FRAMES) requestAnimationFrame(() => reveal({ reveal: part }, looks + 1));
  }

  const hear = (message) => (message.kind === "changed" ? change(message.rows) : reveal(message));
  const listeners = { "change:view": draw, "change:selected": mark, "change:fold": drawFold, "msg:custom": hear };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  drawFold();
  draw();
  const chosenAt = model.get("view").rows.findIndex((row) => model.get("selected").includes(row.key));
  if (chosenAt >= 0) aim(chosenAt + 1, 0, { focus: false });
  return () => {
    clearTimeout(timer);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}
