// The timeline: an overview of the whole period with the visible part marked, and the detail below. This file follows
// timeline_scale.js and timeline_drawing.js in one module.
//
// The page never chooses by itself. It shows a place, asks Python what lies there (`look`), and may then ask Python to choose
// exactly that place (`choose`). A click that comes before the answer waits for it. Texts of the service are set as text only.
const HELP =
  "Left and right: 1 min, with Shift 1 h, with Alt 1 s. Page Up: the next newer backup, Page Down: the next older. Home and End: first and latest " +
  "restorable instant. Plus and minus zoom, digits choose the period, C shows the chosen point. Enter chooses what is shown. " +
  "By mouse: a click chooses what is shown, dragging moves, Ctrl with the wheel zooms. By touch: a tap shows, " +
  "a second tap there or the button chooses, two fingers zoom.";
const NUDGES = [["−1 h", -HOUR], ["−1 min", -MINUTE], ["−1 s", -SECOND], ["+1 s", SECOND], ["+1 min", MINUTE], ["+1 h", HOUR]];
const ASK_MS = 40;
let made = 0;
const isSame = (one, other) => one?.at === other?.at && one?.mark === other?.mark && one?.grain === other?.grain;

class View extends Drawing {
  constructor(model, root) {
    super();
    this.model = model;
    this.root = root;
    this.id = `ddmkit-timeline-${made++}`;
    this.width = 760;
    this.groups = [];
    this.labels = [];
    this.cursor = this.kept = this.described = this.drag = this.pinch = null;
    this.fingers = new Map();
    this.isHeld = this.isQueued = false;
    this.build();
    this.read();
  }

  // Building -------------------------------------------------------------------------------------------------------------

  build() {
    this.bar = html("div", { class: css("bar"), role: "group", "aria-label": "What the timeline shows" });
    this.canvas = svg("svg", { class: css("canvas"), "aria-hidden": "true" });
    this.plot = html("div", {
      class: css("plot"), role: "slider", tabindex: 0, "aria-label": "Point in time", "aria-describedby": `${this.id}-help`,
      "aria-orientation": "horizontal",
    }, this.canvas);
    this.when = html("div", { class: css("when") });
    this.facts = html("div", { class: css("facts") });
    this.choice = this.button("Choose this point", () => this.choose(), "choose");
    this.note = html("div", { class: css("note") });
    this.words = html("div", { class: css("words") });
    this.root.classList.add("ddmkit-timeline");
    this.root.append(
      this.bar, this.plot,
      html("div", { class: css("place") }, html("div", { class: css("described") }, this.when, this.facts), this.choice),
      html("details", { class: css("help") }, html("summary", {}, "Keys, mouse and touch"), html("div", { id: `${this.id}-help` }, HELP)),
      this.note, this.words,
    );
    this.listen();
  }

  /** A button for the mouse; the keyboard has a key for each, so that the timeline stays one tab stop. */
  button(words, act, name = "", title = null) {
    const onclick = () => { act(); this.plot.focus({ preventScroll: true }); };
    return html("button", { type: "button", tabindex: -1, class: name ? css(name) : null, title, onclick }, words);
  }

  buildBar() {
    const presets = this.get("presets").map(([name, from, to], index) => {
      const button = this.button(name, () => this.look(from, to), "", `Key ${index + 1}`);
      return { from, to, button };
    });
    const zooms = [["−", 2, "Zoom out"], ["+", 0.5, "Zoom in"]].map(([sign, by, title]) => {
      const made = this.button(sign, () => this.zoom(by), "", title);
      made.setAttribute("aria-label", title);
      return made;
    });
    const nudges = NUDGES.map(([words, by]) => this.button(words, () => this.nudge(by), "nudge", "Move the cursor"));
    this.presets = presets;
    const groups = [presets.map((one) => one.button), zooms, nudges].map((buttons) => html("span", { class: css("buttons") }, ...buttons));
    this.bar.replaceChildren(...groups);
  }

  markPreset() {
    for (const { from, to, button } of this.presets) {
      const isShown = Math.abs(from - this.window[0]) + Math.abs(to - this.window[1]) < (to - from) / 50;
      button.setAttribute("aria-pressed", String(isShown));
    }
  }

  listen() {
    const { plot, canvas, root } = this;
    plot.addEventListener("keydown", (event) => this.press(event));
    // JupyterLab would take plain keys as commands: two times D deletes a cell.
    root.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
    canvas.addEventListener("pointerdown", (event) => this.grab(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.drop(event));
    canvas.addEventListener("pointercancel", (event) => { this.lift(event); this.drag = null; });
    canvas.addEventListener("pointerleave", () => { if (!this.drag) this.show(this.kept); });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.resized = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 0 && width !== this.width) { this.width = width; this.queue(); }
    });
    this.resized.observe(plot);
    this.changes = { "change:version": () => this.read(), "change:chosen": () => this.readChosen(), "change:window": () => this.follow() };
    this.changes["msg:custom"] = (said) => this.receive(said);
    for (const [name, act] of Object.entries(this.changes)) this.model.on(name, act);
  }

  close() {
    this.resized.disconnect();
    clearTimeout(this.asking);
    clearTimeout(this.telling);
    for (const [name, act] of Object.entries(this.changes)) this.model.off(name, act);
  }

  // Reading what Python sent -------------------------------------------------------------------------------------------

  read() {
    this.marks = readMarks(this.get("marks"));
    this.names = this.get("marks").names ?? [];
    this.window = [...this.get("window")];
    this.words.textContent = this.get("words");
    this.note.textContent = this.get("note");
    this.cursor = this.described = null;
    this.isHeld = false;
    if (!this.get("domain").length) return;
    this.buildBar();
    this.readChosen();
  }

  readChosen() {
    const [at, mark] = this.get("chosen");
    this.chosen = at == null ? null : { at, mark };
    this.kept = this.placeOf(this.chosen);
    this.show(this.kept);
    this.queue();
  }

  /** The place of the choice; a backup that is not drawn, which is marked by -1, has none. */
  placeOf(chosen) {
    if (!chosen || chosen.mark === -1) return null;
    return chosen.mark == null ? { at: chosen.at, grain: 1 } : { mark: chosen.mark };
  }

  follow() {
    const [from, to] = this.get("window");
    if (Math.abs(from - this.window[0]) + Math.abs(to - this.window[1]) > 2) { this.window = [from, to]; this.queue(); }
  }

  receive(said) {
    if (said?.kind !== "described" || !isSame(said, this.cursor)) return;
    this.described = said;
    this.describe();
    if (this.isHeld) this.choose();
  }

  // Looking at a part --------------------------------------------------------------------------------------------------

  look(from, to) {
    this.window = fitWindow(from, to, this.get("domain"));
    this.queue();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      this.model.set("window", this.window.map(Math.round));
      this.model.save_changes();
    }, 200);
  }

  zoom(by, around = this.middle()) {
    const [from, to] = this.window;
    this.look(around - (around - from) * by, around + (to - around) * by);
  }

  middle() {
    const at = this.cursorAt();
    return at != null && this.shows(at) ? at : (this.window[0] + this.window[1]) / 2;
  }

  reveal(ms) {
    const half = (this.window[1] - this.window[0]) / 2;
    if (!this.shows(ms)) this.look(ms - half, ms + half);
  }

  // The place that is shown ----------------------------------------------------------------------------------------------

  cursorAt(cursor = this.cursor) { return cursor?.group ? null : cursor?.mark != null ? this.marks[cursor.mark]?.at : cursor?.at; }

  /** Show a place: at once what the page knows, and the rest as soon as Python has described it. */
  show(cursor) {
    const isNew = !isSame(cursor, this.cursor) || cursor?.group !== this.cursor?.group;
    if (isNew) { this.isHeld = false; this.described = null; }
    this.cursor = cursor;
    if (isNew && cursor && !cursor.group) {
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.model.send({ kind: "look", ...cursor }), ASK_MS);
    }
    this.describe();
    this.queue();
  }

  describe() {
    const { cursor, described } = this, at = this.cursorAt(), isAsked = cursor && !cursor.group;
    const shown = described ? [described.when, described.facts] : cursor?.group ? this.describeGroup(cursor.group)
      : isAsked ? [this.write(at), ["…"]] : ["Point at the timeline, or move along it with the arrow keys.", []];
    const isChosen = Boolean(isAsked && this.chosen && (cursor.mark ?? null) === this.chosen.mark && at === this.chosen.at);
    this.when.textContent = `${isChosen ? "✓ Chosen: " : ""}${shown[0]}`;
    this.facts.replaceChildren(...shown[1].map((line) => html("div", {}, line)));
    this.choice.disabled = !described?.can || isChosen;
    this.root.classList.toggle(css("taken"), isChosen);
    this.root.classList.toggle(css("refused"), Boolean(described && !described.can));
    const [first, last] = this.get("domain");
    const values = { "aria-valuemin": first, "aria-valuemax": last, "aria-valuenow": at ?? last };
    for (const [name, value] of Object.entries(values)) this.plot.setAttribute(name, Math.round(value));
    this.plot.setAttribute("aria-valuetext", [this.when.textContent, ...shown[1]].join(" "));
  }

  describeGroup({ marks }) {
    const [first, last] = [marks[0].at, marks.at(-1).at], count = `${marks.length} backups`;
    if (!this.canZoomTo(marks)) return [this.write(first), [`${count} were made at this time: choose one in the list below.`]];
    return [`${count} lie close together here`, [`From ${this.write(first)} to ${this.write(last)}. Click to zoom in.`]];
  }

  canZoomTo(marks) { return marks.at(-1).at - marks[0].at >= SECOND && this.window[1] - this.window[0] > 11 * SECOND; }
  write(ms) { return writeInstant(ms, this.get("offsets"), this.get("zone")); }

  choose() {
    const { cursor, described } = this;
    if (cursor?.group) return void this.zoomTo(cursor.group.marks);
    if (!cursor) return;
    this.isHeld = !described;
    if (described?.can) this.model.send({ kind: "choose", ...cursor });
  }

  zoomTo(marks) {
    if (!this.canZoomTo(marks)) return;
    const [first, last] = [marks[0].at, marks.at(-1).at], margin = Math.max(SECOND, (last - first) / 4);
    this.look(first - margin, last + margin);
    this.show(null);
  }

  /** Move the keyboard's cursor; it stands wherever it was moved to, exactly. */
  put(cursor) {
    this.kept = cursor;
    this.show(cursor);
    this.reveal(this.cursorAt());
  }

  nudge(by) {
    const [first, last] = this.get("domain"), kept = this.cursorAt(this.kept);
    const from = kept ?? Math.round((this.window[0] + this.window[1]) / 2 / MINUTE) * MINUTE;
    this.put({ at: Math.min(Math.max(from + by, first), last), grain: 1 });
  }

  goToBackup(direction) {
    const at = this.cursorAt(this.kept) ?? this.window[direction > 0 ? 0 : 1], from = this.kept?.mark;
    const next = from != null ? this.marks[from + direction]
      : direction > 0 ? this.marks.find((mark) => mark.at > at) : this.marks.findLast((mark) => mark.at < at);
    if (next) this.put({ mark: next.index });
  }

  goToEdge(isLatest) {
    const ranges = this.get("ranges"), latest = this.get("moments").find(([kind]) => kind === "latest")?.[2];
    if (!ranges.length) return;
    const now = this.get("moments").find(([kind]) => kind === "now")[2];
    this.put({ at: isLatest ? latest ?? Math.min(ranges.at(-1)[1], now) : ranges[0][0], grain: 1 });
  }

  // Keyboard and mouse -------------------------------------------------------------------------------------------------

  press(event) {
    if (event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? HOUR : event.altKey ? SECOND : MINUTE, preset = this.get("presets")[Number(event.key) - 1];
    const acts = {
      ArrowRight: () => this.nudge(step), ArrowUp: () => this.nudge(step),
      ArrowLeft: () => this.nudge(-step), ArrowDown: () => this.nudge(-step),
      PageUp: () => this.goToBackup(1), PageDown: () => this.goToBackup(-1),
      Home: () => this.goToEdge(false), End: () => this.goToEdge(true),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      c: () => this.goToChosen(), Enter: () => this.choose(), " ": () => this.choose(),
    };
    const act = acts[event.key] ?? (preset && (() => this.look(preset[1], preset[2])));
    if (!act) return;
    event.preventDefault();
    act();
  }

  goToChosen() {
    const place = this.placeOf(this.chosen);
    if (place) this.put(place);
    else if (this.chosen) this.reveal(this.chosen.at);
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls, also over a timeline that has the focus
    event.preventDefault();
    const [from, to] = this.window;
    if (event.shiftKey) {
      const by = ((event.deltaY || event.deltaX) / 800) * (to - from);
      return void this.look(from + by, to + by);
    }
    this.zoom(Math.exp(event.deltaY / 400), this.at(this.pixel(event).x));
    this.point(event);
  }

  pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * this.width) / box.width;
    return { x: Math.min(Math.max(x, this.left), this.right), y: event.clientY - box.top };
  }

  /** The place under the pointer: a label, a backup, a group of backups, or the instant by the grain of the zoom. */
  placeAt({ x, y }) {
    const label = this.labels.find((one) => x >= one.left && x <= one.left + one.words.length * LETTER && y >= one.top && y <= one.top + LANE);
    if (label) return { at: label.at, grain: 1 };
    const group = this.groups.find((one) => Math.abs(x - one.x) <= Math.max(one.width / 2, 7) && Math.abs(y - one.y) <= ROW / 2);
    if (group) return group.marks.length === 1 ? { mark: group.marks[0].index } : { group };
    const grain = this.grain(), [first, last] = this.get("domain"), at = Math.round(this.at(x) / grain) * grain;
    return at < first || at > last ? null : { at, grain };
  }

  point(event) {
    const place = this.pixel(event);
    this.show(place.y < TOP + OVERVIEW ? this.kept : this.placeAt(place));
  }

  /** Two fingers hold two instants: these stay under the fingers, whatever the fingers do. */
  startPinch() {
    const [[one, x], [other, y]] = this.fingers;
    this.pinch = { [one]: this.at(x), [other]: this.at(y) };
    this.drag = null;
    this.show(this.kept);
  }

  movePinch() {
    const [[one, x], [other, y]] = this.fingers, [from, to] = [this.pinch[one], this.pinch[other]];
    if (Math.abs(x - y) < 8 || (y - x) * (to - from) <= 0) return; // the fingers meet or have passed each other
    const perPixel = (to - from) / (y - x), start = from - (x - this.left) * perPixel;
    this.look(start, start + (this.right - this.left) * perPixel);
  }

  /** A finger leaves; return whether it was one of two, which choose nothing. */
  lift(event) {
    const wasPinch = Boolean(this.pinch);
    this.fingers.delete(event.pointerId);
    if (!this.fingers.size) this.pinch = null;
    return wasPinch;
  }

  grab(event) {
    if (event.button) return;
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, this.pixel(event).x);
      if (this.fingers.size === 2) return void this.startPinch();
      if (this.pinch || this.fingers.size > 2) return;
    }
    const place = this.pixel(event), inOverview = place.y < TOP + OVERVIEW, at = this.at(place.x, this.get("domain"));
    const onFrame = inOverview && this.shows(at) && this.window[1] - this.window[0] < 0.98 * (this.get("domain")[1] - this.get("domain")[0]);
    this.drag = { ...place, at, inOverview, onFrame, window: this.window, hasMoved: false };
    if (event.pointerType === "touch" && !inOverview) this.touched = this.cursor;
    if (!inOverview) this.point(event);
    this.canvas.setPointerCapture(event.pointerId);
    this.plot.focus({ preventScroll: true });
  }

  move(event) {
    const { drag } = this;
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, this.pixel(event).x);
    if (this.pinch) return void (this.fingers.size === 2 && this.movePinch());
    if (!drag) return void this.point(event);
    const { x } = this.pixel(event), [from, to] = drag.window;
    drag.hasMoved ||= Math.abs(x - drag.x) > 3;
    if (!drag.hasMoved) return;
    const at = this.at(x, this.get("domain"));
    if (!drag.inOverview) {
      const by = ((drag.x - x) / (this.right - this.left)) * (to - from);
      this.look(from + by, to + by);
    } else if (drag.onFrame) this.look(from + at - drag.at, to + at - drag.at);
    else this.look(Math.min(at, drag.at), Math.max(at, drag.at));
  }

  drop(event) {
    if (this.lift(event)) return;
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.hasMoved) return void this.point(event);
    if (drag.inOverview) {
      const half = (this.window[1] - this.window[0]) / 2;
      return void this.look(drag.at - half, drag.at + half);
    }
    // A finger has no place to hover: the first touch shows, the second at the same place chooses.
    if (event.pointerType === "touch" && !isSame(this.touched, this.cursor)) this.kept = this.cursor;
    else this.choose();
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.close();
  },
};
