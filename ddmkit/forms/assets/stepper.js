// The steps of a restore in one line. A button per step: symbol, number and name are shown, the state is a word for screen
// readers and in the tooltip. Buttons are kept when the states change, so that the keyboard focus stays.
const span = (className, text, isHidden) => {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  if (isHidden) made.setAttribute("aria-hidden", "true");
  return made;
};

const readStep = ([key, name, state, symbol, can_open]) => ({ key, name, state, symbol, can_open });

const makeButton = (step, number, send) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `ddmkit-step ddmkit-step-${step.key}`;
  button.dataset.number = number;
  button.addEventListener("click", () => send(step.key));
  button.append(
    span("ddmkit-step-symbol", step.symbol, true),
    span("ddmkit-step-number", `${number}`, false),
    span("ddmkit-step-name", step.name, false),
    span("ddmkit-step-state", "", false),
  );
  return button;
};

const drawButton = (button, step, isCurrent) => {
  button.disabled = !step.can_open;
  button.dataset.state = step.state;
  button.title = `${step.name}: ${step.state}`;
  button.setAttribute("aria-label", `${button.dataset.number} ${step.name}: ${step.state}`);
  button.classList.toggle("ddmkit-current", isCurrent);
  if (isCurrent) button.setAttribute("aria-current", "step");
  else button.removeAttribute("aria-current");
  button.querySelector(".ddmkit-step-symbol").textContent = step.symbol;
  button.querySelector(".ddmkit-step-state").textContent = `: ${step.state}`;
};

// Shown by the style sheet when the kernel of the form is gone. JupyterLab and Notebook run the command that an element names.
const makeNotice = (isApp) => {
  const notice = document.createElement("div");
  notice.className = "ddmkit-dead";
  notice.setAttribute("role", "alert");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ddmkit-go-on";
  button.textContent = isApp ? "Load the page again" : "Run all cells again";
  if (isApp) button.addEventListener("click", () => globalThis.location.reload());
  else button.dataset.commandlinkerCommand = "notebook:run-all-cells";
  const words =
    "This form is dead: its kernel has ended or was restarted. What you see is old. A restore in the cloud is not affected; " +
    "the new form offers to continue it.";
  notice.append(span("ddmkit-dead-words", words, false), button);
  return notice;
};

export default {
  render({ model, el }) {
    const nav = document.createElement("nav");
    nav.setAttribute("aria-label", "Steps of the restore");
    const list = document.createElement("ol");
    list.className = "ddmkit-steps";
    nav.append(list);
    el.append(makeNotice(model.get("is_app")), nav);
    const buttons = new Map();
    const send = (key) => model.send({ open: key });
    let current = "";
    const draw = () => {
      const hadFocus = current && document.activeElement === buttons.get(current);
      current = model.get("current");
      model.get("steps").map(readStep).forEach((step, index) => {
        if (!buttons.has(step.key)) {
          const item = document.createElement("li");
          buttons.set(step.key, makeButton(step, index + 1, send));
          item.append(buttons.get(step.key));
          list.append(item);
        }
        drawButton(buttons.get(step.key), step, step.key === current);
      });
      // The form may go on by itself, and the focus that stands on the current step goes with it.
      if (hadFocus) buttons.get(current)?.focus({ preventScroll: true });
    };
    // The next step begins at the top of the window: it has the most room there. The page and its focus are not moved under
    // a person who works elsewhere meanwhile, as in another cell; what holds the form and has the focus is not elsewhere.
    const focus = (message) => {
      const form = el.closest(".ddmkit-restore") ?? el;
      const focused = document.activeElement;
      if (focused && !form.contains(focused) && !focused.contains(form)) return;
      buttons.get(message.focus)?.focus({ preventScroll: true });
      (form.querySelector(".ddmkit-route") ?? el).scrollIntoView({ block: "start" });
    };
    model.on("change:steps change:current", draw);
    model.on("msg:custom", focus);
    draw();
    return () => {
      model.off("change:steps change:current", draw);
      model.off("msg:custom", focus);
    };
  },
};
