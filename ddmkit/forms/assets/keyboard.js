// Lumino handles the keys of JupyterLab and Notebook. It ignores an element that has the attribute below. It starts at the
// focused element and stops at the first element that one of its commands matches, so the attribute must be on the focused
// element itself. With Ctrl, Alt or Meta the page's commands stay (saving the notebook): no control of a form needs those.
export default {
  render({ el }) {
    const onKeyDown = (event) => {
      if (!el.closest(".ddmkit-form")?.contains(event.target)) return;
      const isBare = !(event.ctrlKey || event.altKey || event.metaKey);
      event.target.toggleAttribute("data-lm-suppress-shortcuts", isBare);
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  },
};
