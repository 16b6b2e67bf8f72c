// Lumino handles the keys of JupyterLab and Notebook. It ignores an element that has the attribute below. It starts at the
// focused element and stops at the first element that one of its commands matches, so the attribute must be on the focused
// element itself. With Ctrl, Alt or Meta the page's commands stay (saving the notebook): no control of a form needs those.
export default {
  render({ model, el }) {
    const onKeyDown = (event) => {
      if (!el.closest(".ddmkit-form")?.contains(event.target)) return;
      const isBare = !(event.ctrlKey || event.altKey || event.metaKey);
      event.target.toggleAttribute("data-lm-suppress-shortcuts", isBare);
    };
    // A part that replaces another takes the focus with it, but not from a person who works elsewhere on the page meanwhile.
    const focusOn = ({ focus }) => {
      const form = el.closest(".ddmkit-form");
      const heading = form?.querySelector(`.${focus} .ddmkit-heading`);
      if (!heading) return;
      const shown = new ResizeObserver(() => {
        if (!heading.getClientRects().length) return;
        shown.disconnect();
        heading.tabIndex = -1;
        const focused = document.activeElement;
        if (!focused || form.contains(focused) || focused.contains(form)) heading.focus();
      });
      shown.observe(heading);
    };
    window.addEventListener("keydown", onKeyDown, true);
    model.on("msg:custom", focusOn);
    return () => {
      window.removeEventListener("keydown", onKeyDown, true);
      model.off("msg:custom", focusOn);
    };
  },
};
