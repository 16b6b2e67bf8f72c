// The picture of the timeline, drawn again with every change; what happens on it is in timeline.js.
const SVG = "http://www.w3.org/2000/svg";
const TOP = 4, OVERVIEW = 24, LANE = 17, ROW = 28, AXIS = 22, EDGE = 8, NAMES = 150, NARROW = 640;
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
const html = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const css = (name) => `ddmkit-timeline-${name}`;

class Drawing {
  get(name) { return this.model.get(name); }
  get isNarrow() { return this.width < NARROW; }
  get left() { return this.isNarrow ? EDGE : NAMES; }
  get right() { return this.width - EDGE; }
  get rowHeight() { return this.isNarrow ? ROW + 14 : ROW; }
  x(ms, [from, to] = this.window) { return this.left + ((ms - from) / (to - from)) * (this.right - this.left); }
  at(x, [from, to] = this.window) { return from + ((x - this.left) / (this.right - this.left)) * (to - from); }
  shows(ms) { return ms >= this.window[0] && ms <= this.window[1]; }
  grain() { return grainOf((this.window[1] - this.window[0]) / (this.right - this.left), this.get("grains")); }

  queue() {
    if (this.isQueued) return;
    this.isQueued = true;
    requestAnimationFrame(() => { this.isQueued = false; this.draw(); });
  }

  draw() {
    if (!this.get("domain").length) return; // nothing was read yet
    this.markPreset();
    this.placeMoments();
    const lanes = 1 + Math.max(0, ...this.labels.map((one) => one.lane));
    this.top = TOP + OVERVIEW + 8 + lanes * LANE + 4;
    this.bottom = this.top + this.rowHeight * (1 + this.names.length);
    const height = this.bottom + AXIS, pattern = svg("pattern", { id: `${this.id}-gap`, width: 6, height: 6, patternUnits: "userSpaceOnUse" });
    pattern.append(svg("path", { class: css("stripe"), d: "M0 6L6 0" }));
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${this.width} ${height}`, width: this.width, height })) this.canvas.setAttribute(name, value);
    this.canvas.replaceChildren(
      svg("defs", {}, pattern), ...this.drawOverview(), ...this.drawGrid(), ...this.drawRanges(), ...this.drawBackups(),
      ...this.drawMoments(), ...this.drawChosen(), ...this.drawCursor(),
    );
  }

  text(words, x, y, anchor = "start", name = "text") { return svg("text", { class: css(name), x, y, "text-anchor": anchor }, words); }
  line(x, top, bottom, name) { return svg("line", { class: css(name), x1: x, x2: x, y1: top, y2: bottom }); }

  drawSpan(from, to, top, height, name, window = this.window, extra = {}) {
    if (to < window[0] || from > window[1]) return [];
    const left = Math.max(this.left, this.x(from, window)), right = Math.min(this.right, this.x(to, window));
    return [svg("rect", { class: css(name), x: left, y: top, width: Math.max(2, right - left), height, ...extra })];
  }

  drawOverview() {
    const domain = this.get("domain"), ticks = new Set(this.marks.map((mark) => Math.round(this.x(mark.at, domain))));
    return [
      svg("rect", { class: css("frame"), x: this.left, y: TOP, width: this.right - this.left, height: OVERVIEW }),
      ...(this.isNarrow ? [] : [this.text("whole period", NAMES - 8, TOP + 16, "end")]),
      ...this.get("ranges").flatMap(([from, to]) => this.drawSpan(from, to, TOP + 4, 9, "range", domain)),
      svg("path", { class: css("tick"), d: [...ticks].map((x) => `M${x} ${TOP + 15}v7`).join("") }),
      ...this.get("moments").filter(([kind]) => kind !== "latest").map(([kind, , at]) => this.line(this.x(at, domain), TOP, TOP + OVERVIEW, kind)),
      ...(this.chosen ? [this.line(this.x(this.chosen.at, domain), TOP, TOP + OVERVIEW, "chosen")] : []),
      ...this.drawSpan(...this.window, TOP, OVERVIEW, "brush", domain),
    ];
  }

  drawGrid() {
    const ticks = makeTicks(this.window, this.right - this.left, this.get("offsets"), 74);
    const names = ["can be restored to", ...this.names.map((name) => `backups: ${name}`)];
    return [
      svg("rect", { class: css("frame"), x: this.left, y: this.top, width: this.right - this.left, height: this.bottom - this.top }),
      ...ticks.flatMap(({ at, words, isDay }) => [
        this.line(this.x(at), this.top, this.bottom, isDay ? "day" : "grid"), this.text(words, this.keepInside(words, this.x(at)), this.bottom + 15, "middle"),
      ]),
      ...names.map((name, row) => this.isNarrow
        ? this.text(name, this.left + 4, this.top + row * this.rowHeight + 12)
        : this.text(row ? name.slice(9) : name, NAMES - 8, this.middleOf(row) + 4, "end")),
    ];
  }

  keepInside(words, x) {
    const half = (words.length * LETTER) / 2;
    return Math.min(Math.max(x, half), this.width - half);
  }

  middleOf(row) { return this.top + row * this.rowHeight + this.rowHeight - ROW / 2; }

  drawRanges() {
    const ranges = this.get("ranges"), top = this.middleOf(0) - 9, height = 18, parts = [];
    for (const [from, to] of ranges) parts.push(...this.drawSpan(from, to, top, height, "range"));
    ranges.slice(1).forEach(([to], index) => {
      const from = ranges[index][1], room = Math.min(this.right, this.x(to)) - Math.max(this.left, this.x(from));
      parts.push(...this.drawSpan(from, to, top, height, "gap", this.window, { fill: `url(#${this.id}-gap)` }));
      const words = ["gap: data nodes cannot be recovered", "gap"].find((one) => one.length * LETTER + 8 <= room);
      const middle = (Math.min(this.right, this.x(to)) + Math.max(this.left, this.x(from))) / 2;
      if (words) parts.push(this.text(words, middle, top + 13, "middle", "over"));
    });
    return parts;
  }

  drawBackups() {
    const drawn = this.marks.filter((mark) => this.shows(mark.at));
    this.groups = this.names.flatMap((_, kind) => {
      const groups = groupMarks(drawn.filter((mark) => mark.kind === kind), (ms) => this.x(ms));
      return groups.map((group) => ({ ...group, y: this.middleOf(kind + 1) }));
    });
    return this.groups.flatMap(({ x, y, width, marks }) => {
      const name = css(marks.every((mark) => mark.usable) ? "mark" : "hollow"), count = String(marks.length);
      if (marks.length === 1) return [svg("path", { class: name, "data-mark": marks[0].index, d: `M${x} ${y - 8}l6 8l-6 8l-6 -8z` })];
      const pill = svg("rect", { class: name, "data-marks": count, x: x - width / 2, y: y - 9, width, height: 18, rx: 9 });
      return [pill, this.text(count, x, y + 4, "middle", name === css("mark") ? "count" : "text")];
    });
  }

  placeMoments() {
    const clock = (at) => writeClock(at, this.get("offsets"), SECOND);
    const named = this.get("moments").map(([kind, name, at]) => ({ kind, at, words: `${name} ${clock(at)}` }));
    if (this.chosen) named.push({ kind: "chosen", at: this.chosen.at, words: `chosen ${clock(this.chosen.at)}` });
    const seen = named.filter(({ at }) => this.shows(at)).map((one) => ({ ...one, x: this.x(one.at) }));
    this.labels = placeLabels(seen, this.left, this.right).map((one) => ({ ...one, top: TOP + OVERVIEW + 8 + one.lane * LANE }));
  }

  drawMoments() {
    return this.labels.flatMap(({ kind, x, left, top, words }) => [
      this.line(x, this.top - 4, this.bottom, kind), this.text(words, left, top + 12, "start", `label-${kind}`),
    ]);
  }

  /** Outside the visible part an arrow points to the chosen instant; a click on it goes there. */
  drawChosen() {
    if (!this.chosen || this.shows(this.chosen.at)) return [];
    const isLeft = this.chosen.at < this.window[0], words = `chosen ${this.write(this.chosen.at)}`;
    const x = isLeft ? this.left : this.right, y = this.bottom - 10;
    const arrow = this.text(isLeft ? `◀ ${words}` : `${words} ▶`, isLeft ? x + 4 : x - 4, y, isLeft ? "start" : "end", "away");
    arrow.addEventListener("pointerdown", (event) => { event.stopPropagation(); this.goToChosen(); });
    return [arrow];
  }

  drawCursor() {
    const at = this.cursorAt();
    if (at == null || !this.shows(at)) return [];
    const x = this.x(at), flag = `M${x - 5} ${this.top - 6}h10l-5 7z`;
    return [this.line(x, this.top, this.bottom, "cursor"), svg("path", { class: css("flag"), d: flag })];
  }
}
