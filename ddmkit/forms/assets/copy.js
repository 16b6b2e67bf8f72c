// A text in a field that can only be read, and a button that copies all of it. The text is set as a value, never as HTML.
export default {
  render({ model, el }) {
    const box = document.createElement("textarea");
    const press = document.createElement("button");
    const told = document.createElement("span");
    box.readOnly = true;
    press.type = "button";
    told.setAttribute("role", "status");
    el.classList.add("ddmkit-copy");
    press.classList.add("ddmkit-copy-all", "jupyter-button");
    const read = () => {
      box.value = model.get("text");
      box.rows = Math.min(24, box.value.split("\n").length + 1);
      box.setAttribute("aria-label", model.get("label"));
      press.textContent = model.get("button");
      told.textContent = "";
    };
    const copyBySelection = () => {
      box.select(); // the old way: for pages without navigator.clipboard (no TLS) or without the right to use it
      return document.execCommand("copy");
    };
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(box.value);
        told.textContent = "Copied.";
      } catch {
        told.textContent = copyBySelection() ? "Copied." : "This page may not copy. The text is marked: press Ctrl+C.";
      }
      press.focus({ preventScroll: true });
    };
    press.addEventListener("click", () => void copy());
    // JupyterLab would take plain keys as commands.
    el.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
    el.append(box, press, told);
    model.on("change:text", read);
    read();
    return () => model.off("change:text", read);
  },
};
