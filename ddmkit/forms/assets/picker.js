// A date and time picker whose value is what the person sees, as text. It is never turned into a date of the browser: the
// browser's own zone may skip the very hour that was picked.
const make = (tag, className, ...parts) => {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...parts);
  return made;
};

export default {
  render({ model, el }) {
    const when = make("input", "ddmkit-picker-when");
    const zone = make("select", "ddmkit-picker-zone");
    const use = make("button", "ddmkit-picker-use", "Use this date and time");
    Object.assign(when, { type: "datetime-local", step: "1", min: "1970-01-01T00:00:00", max: "2999-12-31T23:59:59" });
    use.type = "button";
    const named = (words, control) => make("label", "", make("span", "", words), control);
    const readZones = () => zone.replaceChildren(...model.get("zones").map((name) => new Option(name, name)));
    const update = () => { use.disabled = !when.value; };
    use.onclick = () => model.send({ kind: "use", when: when.value, zone: zone.value });
    when.oninput = update;
    when.onkeydown = (event) => { if (event.key === "Enter" && when.value) use.click(); };
    el.classList.add("ddmkit-picker");
    // JupyterLab would take plain keys as commands.
    el.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
    const parts = make("div", "ddmkit-picker-parts", named("Date and time", when), named("in the zone", zone), use);
    el.append(make("details", "", make("summary", "", "Pick date and time in a calendar"), parts));
    model.on("change:zones", readZones);
    readZones();
    update();
    // Offered, and never used unasked.
    model.send({ kind: "zone", zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
    return () => model.off("change:zones", readZones);
  },
};
