// All tables of a kernel share one script and one style sheet, which are kept in a model of their own and sent once.
// This part is what each table has itself: it loads the shared script, once for a page, and draws the table with it.
const loaded = (globalThis.ddmkitTables ??= new Map());

async function load(manager, id) {
  const shared = await manager.get_model(id);
  const sheet = document.createElement("style");
  sheet.textContent = shared.get("css");
  document.head.append(sheet);
  const address = URL.createObjectURL(new Blob([shared.get("script")], { type: "text/javascript" }));
  try {
    return await import(/* webpackIgnore: true */ address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

export default {
  async render({ model, el }) {
    const id = model.get("script");
    if (!loaded.has(id)) loaded.set(id, load(model.widget_manager, id));
    try {
      const { drawTable } = await loaded.get(id);
      return drawTable(model, el);
    } catch (error) {
      loaded.delete(id); // the next table tries again
      throw error;
    }
  },
};
