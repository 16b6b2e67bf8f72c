// Times, ticks, groups and labels of the timeline: plain functions without a page. Times are epoch milliseconds. The local
// time comes from the offsets that Python sent, so that the page and Python never read different versions of a zone.
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((count) => count * DAY),
];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LETTER = 7;
const pad = (number, size = 2) => String(number).padStart(size, "0");

/** The offset from UTC at an instant, in milliseconds; `offsets` are [instant, minutes] from which each holds. */
export function offsetAt(ms, offsets) {
  const found = offsets.findLast(([from]) => from <= ms) ?? offsets[0] ?? [0, 0];
  return found[1] * MINUTE;
}

/** The parts of a local time, as a date whose UTC parts are the local ones. */
const localDate = (ms, offsets) => new Date(ms + offsetAt(ms, offsets));

/** Time of day, with as many digits as the grain needs: `10:45`, `10:45:30`, `10:45:30.250`. */
export function writeClock(ms, offsets, grain) {
  const date = localDate(ms, offsets);
  const minutes = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  if (grain >= MINUTE && ms % MINUTE === 0) return minutes;
  const rest = date.getUTCMilliseconds();
  return `${minutes}:${pad(date.getUTCSeconds())}${rest ? `.${pad(rest, 3)}` : ""}`;
}

/** Date and time with the offset: `2026-05-20 12:45:30 Europe/Berlin (+0200)`. */
export function writeInstant(ms, offsets, zone) {
  const date = localDate(ms, offsets), minutes = Math.round(offsetAt(ms, offsets) / MINUTE), size = Math.abs(minutes);
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  const sign = `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
  return `${day} ${writeClock(ms, offsets, SECOND)} ${zone === "UTC" ? "UTC" : `${zone} (${sign})`}`;
}

/** The grain of a zoom: the largest one that is not longer than a pixel, otherwise the smallest. */
export function grainOf(msPerPixel, grains) {
  return grains.findLast((grain) => grain <= msPerPixel) ?? grains[0];
}

/** Ticks at round local times, at least `distance` pixels apart: { at, words, isDay }. */
export function makeTicks([from, to], width, offsets, distance) {
  const step = STEPS.find((one) => (to - from) / one <= Math.max(1, width / distance)) ?? STEPS.at(-1);
  const ticks = [];
  for (let local = Math.ceil((from + offsetAt(from, offsets)) / step) * step; ; local += step) {
    const guess = local - offsetAt(local, offsets), at = local - offsetAt(guess, offsets);
    if (!(at <= to)) return ticks;
    // A local time that never happened has no tick.
    if (at < from || at + offsetAt(at, offsets) !== local || at <= (ticks.at(-1)?.at ?? -Infinity)) continue;
    const date = new Date(local), isDay = local % DAY === 0;
    const words = isDay ? `${pad(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}` : writeClock(at, offsets, step);
    ticks.push({ at, words, isDay });
  }
}

/** Marks from the columns that Python sends: { at, kind, usable, index }. */
export function readMarks(columns) {
  let at = columns.first ?? 0;
  return [...(columns.kinds ?? "")].map((kind, index) => {
    if (index) at += columns.steps[index - 1];
    return { at: at * columns.unit, kind: parseInt(kind, 36), usable: columns.usable[index] === "1", index };
  });
}

/** Marks that would overlap, in groups: { x, width, marks }. `marks` are in order of time. */
export function groupMarks(marks, xOf, width = 12) {
  const groups = [];
  const place = (group) => {
    group.x = (xOf(group.marks[0].at) + xOf(group.marks.at(-1).at)) / 2;
    group.width = group.marks.length === 1 ? width : 10 + LETTER * String(group.marks.length).length;
    return group;
  };
  for (const mark of marks) {
    groups.push(place({ marks: [mark] }));
    for (let last = groups.at(-1), before = groups.at(-2); before; last = groups.at(-1), before = groups.at(-2)) {
      if (last.x - before.x >= (last.width + before.width) / 2) break;
      before.marks.push(...last.marks);
      groups.pop();
      place(before);
    }
  }
  return groups;
}

/** Labels side by side: each stands in the first lane that has room. Takes and returns { words, x }, with left and lane. */
export function placeLabels(named, left, right) {
  const ends = [];
  return [...named].sort((a, b) => a.x - b.x).map((label) => {
    const width = label.words.length * LETTER;
    const start = Math.min(Math.max(left, label.x - width / 2), Math.max(left, right - width));
    const free = ends.findIndex((end) => end + 8 <= start), lane = free < 0 ? ends.length : free;
    ends[lane] = start + width;
    return { ...label, left: start, lane };
  });
}

/** A window of the same length moved into the domain; the whole domain if the window is longer. */
export function fitWindow(from, to, [first, last], shortest = 10 * SECOND) {
  const size = Math.min(Math.max(to - from, shortest), last - first);
  const start = Math.min(Math.max((from + to - size) / 2, first), last - size);
  return [start, start + size];
}
