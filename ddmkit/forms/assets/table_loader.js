// All tables of a kernel share one script and one style sheet, which are kept in a model of their own and sent once.
// This part is what each table has itself: it loads the shared script, once for a page, and draws the table with it.
const loaded = (globalThis.ddmkitTables ??= new Map());

const PAUSE_MS = 50;
const MOST_LOOKS = 600;

/** A page that has just been opened on a running kernel may show a table before it has loaded the models from before. */
async function find(manager, id) {
  for (let looks = 1; ; looks++) {
    try {
      const shared = await manager.get_model(id);
      if (shared) return shared;
    } catch (error) {
      if (looks >= MOST_LOOKS) throw error;
    }
    if (looks >= MOST_LOOKS) throw new Error("The script of the tables was not found on this page.");
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

async function load(manager, id) {
  const shared = await find(manager, id);
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
