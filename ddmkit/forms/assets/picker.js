// A date and time picker whose value is what the person sees, as text. It is never turned into a date of the browser: the
// browser's own zone may skip the very hour that was picked.
export default {
  render({ model, el }) {
    const named = (words, control) => {
      const label = document.createElement("label");
      const text = document.createElement("span");
      text.textContent = words;
      label.append(text, control);
      return label;
    };
    const when = document.createElement("input");
    const zone = document.createElement("select");
    const use = document.createElement("button");
    Object.assign(when, { type: "datetime-local", step: "1", min: "1970-01-01T00:00:00", max: "2999-12-31T23:59:59" });
    Object.assign(use, { type: "button", textContent: "Use this date and time" });
    when.classList.add("ddmkit-picker-when");
    zone.classList.add("ddmkit-picker-zone");
    use.classList.add("ddmkit-picker-use");
    const readZones = () => {
      zone.replaceChildren(...model.get("zones").map((name) => new Option(name, name)));
    };
    const update = () => { use.disabled = !when.value; };
    use.addEventListener("click", () => model.send({ kind: "use", when: when.value, zone: zone.value }));
    when.addEventListener("input", update);
    when.addEventListener("keydown", (event) => { if (event.key === "Enter" && when.value) use.click(); });
    el.classList.add("ddmkit-picker");
    // JupyterLab would take plain keys as commands.
    el.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
    const fold = document.createElement("details");
    const summary = document.createElement("summary");
    const parts = document.createElement("div");
    summary.textContent = "Pick date and time in a calendar";
    parts.classList.add("ddmkit-picker-parts");
    parts.append(named("Date and time", when), named("in the zone", zone), use);
    fold.append(summary, parts);
    el.append(fold);
    model.on("change:zones", readZones);
    readZones();
    update();
    model.send({ kind: "zone", zone: Intl.DateTimeFormat().resolvedOptions().timeZone }); // offered, never used unasked
    return () => model.off("change:zones", readZones);
  },
};
