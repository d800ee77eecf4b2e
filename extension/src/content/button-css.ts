import type { Place } from "./button";

const SHARED = `
button{all:unset;box-sizing:border-box;display:grid;place-items:center;position:relative;cursor:pointer;color:#fff}
svg{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round}
span{position:absolute;box-sizing:border-box;border-radius:9px;background:#c62828;color:#fff;text-align:center;
font:700 11px/16px "Segoe UI",Roboto,sans-serif;min-width:16px;height:16px;padding:0 4px}
span[hidden]{display:none}
button:focus-visible{outline:2px solid #fff;outline-offset:1px}
@media (forced-colors:active){button{border:1px solid ButtonText}span{border:1px solid ButtonText}}
`;

/** Matches the header's own buttons: 24 px high, translucent white on the slate bar. */
const HEADER = `
:host{all:initial;display:inline-block;flex:none;margin-right:8px;vertical-align:middle}
button{width:34px;height:24px;border-radius:3px;background:rgba(255,255,255,.1);border:1px solid rgba(255,255,255,.2);color:#e6e6e6}
button:hover{background:rgba(255,255,255,.2)}
button:active,button[aria-expanded=true]{background:rgba(255,255,255,.3)}
svg{width:15px;height:15px}
span{top:-5px;right:-6px}
`;

/**
 * The first time it appears late, so that it does not flash up while the header is being built. Below the CRM+ toasts (100000),
 * so that one that comes up for two seconds can be read.
 */
const FLOATING = `
:host{all:initial;position:fixed;right:20px;bottom:20px;z-index:99990}
:host([data-early]){animation:appear .15s .4s both}
@keyframes appear{from{opacity:0}}
button{width:48px;height:48px;border-radius:50%;background:#2f3a4b;box-shadow:0 2px 10px rgba(0,0,0,.3);transition:background .15s}
button:hover{background:#3d4b61}
button:active{background:#232c39}
button:focus-visible{outline:3px solid #1a66c9;outline-offset:2px;box-shadow:0 0 0 2px #fff}
svg{width:22px;height:22px}
span{top:-2px;right:-2px;box-shadow:0 0 0 2px #fff}
@media (prefers-reduced-motion:reduce){button{transition:none}}
@media print{:host{display:none}}
`;

export function buttonCss(place: Place): string {
  return SHARED + (place === "header" ? HEADER : FLOATING);
}
