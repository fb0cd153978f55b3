// The help center on other people's sites: a button that opens it in a frame. It is sent with SITE
// before it, inside one function, so that pages get no name but OCC.
import { baseOf, closes, languageOf } from "../js/widget/choose.js";
import { style } from "../js/widget/style.js";

const SIGNS = {
  ask: "M8 9h8M8 13h6M9 18H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3h12a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-3l-3 3z",
  close: "M18 6 6 18M6 6l12 12",
  out: "M12 6H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-6M11 13l9-9M15 4h5v5",
};
const { currentScript } = document;

const sign = (path) => {
  const [picture, line] = ["svg", "path"].map((name) =>
    document.createElementNS("http://www.w3.org/2000/svg", name),
  );
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
};
const make = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const draw = () => {
  if (window.OCC) return; // the script stands in the page twice
  const base = baseOf(currentScript.src);
  const code = languageOf(
    SITE.languages,
    currentScript.dataset.language || document.documentElement.lang,
  );
  const { tag, direction, texts } = SITE.languages[code];
  const host = make("div", { lang: tag, dir: direction });
  const tree = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style(SITE));
  tree.adoptedStyleSheets = [sheet];

  const frame = make("iframe", { title: texts.title });
  const close = make("button", { type: "button", "aria-label": texts.close }, sign(SIGNS.close));
  const away = make(
    "a",
    {
      href: `${base}/${code}`,
      target: "_blank",
      rel: "noopener",
      "aria-label": texts.away,
    },
    sign(SIGNS.out),
  );
  const head = make("div", { class: "head" }, make("b", {}, texts.title), away, close);
  const panel = make(
    "section",
    { class: "panel", role: "dialog", "aria-label": texts.title, hidden: "" },
    head,
    frame,
  );
  const button = make(
    "button",
    {
      class: "button",
      type: "button",
      "aria-label": texts.open,
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
    },
    sign(SIGNS.ask),
  );
  tree.append(panel, button);
  document.body.append(host);

  const show = (on) => {
    if (panel.hidden !== on) return;
    if (on && !frame.src) frame.src = `${base}/${code}/embed`;
    panel.hidden = !on;
    button.setAttribute("aria-expanded", on);
    (on ? close : button).focus();
  };
  button.addEventListener("click", () => show(panel.hidden));
  close.addEventListener("click", () => show(false));
  tree.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") show(false);
  });
  addEventListener("message", (event) => {
    if (closes(event, frame.contentWindow, base)) show(false);
  });
  window.OCC = Object.freeze({ open: () => show(true), close: () => show(false) });
};

if (!SITE.origins.includes(location.origin))
  console.warn(`OCC: ${location.origin} is not among the sites that may show this help center.`);
else if (document.body) draw();
else document.addEventListener("DOMContentLoaded", draw);
