// The editor of formatted text: what it calls a heading, and pictures that become files of the
// ticket.
import { post } from "./request.js";
import { sending } from "./sending.js";

// where a page begins without an editor, it is fetched beside the first ticket that is opened
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "t-ticket" && !window.Trix) import("../vendor/trix.umd.min.js");
});
document.addEventListener("trix-before-initialize", () => {
  Trix.config.blockAttributes.heading1.tagName = "h3";
  Trix.config.attachments.preview.caption = { name: false, size: false };
});
// pictures have no captions: none is kept
document.addEventListener("trix-attachment-before-toolbar", (event) => {
  const { attachment } = event;
  attachment.isPreviewable = () => false;
  queueMicrotask(() => {
    delete attachment.isPreviewable;
  });
});
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
document.addEventListener("trix-render", (event) => {
  event.target.querySelectorAll("img:not([alt])").forEach((picture) => {
    picture.alt = "";
  });
});
document.addEventListener("trix-file-accept", (event) => {
  const takes = event.target.closest("[data-files-to]");
  if (takes && PICTURES.includes(event.file.type)) return;
  event.preventDefault();
  if (takes) document.dispatchEvent(new CustomEvent("occ:files", { detail: [event.file] }));
});
document.addEventListener("trix-attachment-add", async (event) => {
  const { attachment } = event;
  const at = event.target.closest("[data-files-to]");
  const url = attachment.file ? null : attachment.getURL();
  if (url && new URL(url, location.href).origin !== location.origin) {
    attachment.remove(); // what is stored shows no picture of another site
    event.target.closest(".t-editor").querySelector("[data-remote]").hidden = false;
  }
  if (!attachment.file || !at) return;
  const body = new FormData();
  body.append("file", attachment.file);
  const form = at.closest("form");
  sending(form, 1);
  const answer = await post(at.dataset.filesTo, body);
  const places = [...document.querySelectorAll("[data-files-to]")];
  const here = places.some((one) => one.dataset.filesTo === at.dataset.filesTo);
  const list = here && document.getElementById("t-files"); // not that of a ticket opened meanwhile
  const sent = document.createElement("template");
  const told = answer?.ok || answer?.status === 422;
  sent.innerHTML = told ? await answer.text() : "";
  const made = [...sent.content.querySelectorAll(".t-pic img")].pop();
  if (told && list) {
    if (!("adds" in list.dataset)) list.replaceChildren();
    list.append(sent.content);
    htmx.process(list);
  }
  if (answer?.ok && made) attachment.setAttributes({ url: made.getAttribute("src") });
  else attachment.remove();
  sending(form, -1);
});
