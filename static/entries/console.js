// The console: what every page runs, and what pages name: `<meta name="module" content="order">`.
import "../js/shell.js";
import "../js/palette.js";
import "../js/carrying.js";
import "../js/forms.js";
import "../js/live.js";
import "../js/news.js";
import "../js/rows.js";

const MODULES = {
  announcements: () => import("../js/announcements.js"),
  callbacks: () => import("../js/callbacks.js"),
  categories: () => import("../js/categories.js"),
  choosing: () => import("../js/choosing.js"),
  editor: () => import("../js/editor.js"),
  histories: () => import("../js/histories.js"),
  languages: () => import("../js/languages.js"),
  lines: () => import("../js/lines.js"),
  order: () => import("../js/order.js"),
  phone: () => import("../js/phone.js"),
  "sms/composer": () => import("../js/sms/composer.js"),
  themes: () => import("../js/themes.js"),
  "tickets/files": () => import("../js/tickets/files.js"),
  "tickets/placeholders": () => import("../js/tickets/placeholders.js"),
  "tickets/screen": () => import("../js/tickets/screen.js"),
  wall: () => import("../js/wall.js"),
};
document.querySelectorAll("meta[name=module]").forEach((named) => {
  MODULES[named.content]();
});
