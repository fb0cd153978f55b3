// How the widget looks. It is adopted by its own tree, so that no policy of the page forbids it and
// no style of the page reaches it.
export const style = ({ accent, text }) => `
:host { all: initial; --accent: ${accent}; --text: ${text}; }
* { box-sizing: border-box; font: 500 15px/1.4 system-ui, sans-serif; }
.button, .panel { position: fixed; z-index: 2147483000; inset-inline-end: 20px; }
.button {
  bottom: 20px; width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%;
  display: grid; place-items: center; cursor: pointer;
  background: var(--accent); color: var(--text); box-shadow: 0 4px 16px rgb(0 0 0 / 30%);
}
svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round; }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.panel {
  bottom: 88px; width: 390px; height: min(640px, calc(100vh - 108px));
  display: grid; grid-template-rows: auto 1fr; overflow: hidden; border-radius: 16px;
  background: #fff; box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
}
.panel[hidden] { display: none; }
.head { display: flex; align-items: center; gap: 4px; padding-inline: 18px 6px;
  background: var(--accent); color: var(--text); }
.head b { flex: 1; font-weight: 700; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.head a, .head button { width: 44px; height: 44px; display: grid; place-items: center; padding: 0;
  border: 0; background: none; color: inherit; cursor: pointer; }
.head :focus-visible { outline-color: currentColor; outline-offset: -6px; }
.head svg { width: 20px; height: 20px; }
iframe { width: 100%; height: 100%; border: 0; }
@media (width < 480px) {
  .panel { inset: 0; width: auto; height: auto; border-radius: 0; }
  .panel:not([hidden]) + .button { display: none; }
}
@media print { .button, .panel { display: none; } }
`;
