import { useEffect, useState } from "preact/hooks";
import type { Backend, PanelState } from "./backend";
import { FIRST_STATE } from "./backend";
import type { Sight } from "./sight";

export function useBackend(backend: Backend): PanelState {
  const [state, setState] = useState(FIRST_STATE);
  useEffect(() => backend.subscribe(setState), [backend]);
  return state;
}

/** The time, anew each second while `running`. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

/**
 * Somebody looks: the panel is on screen and has the keyboard focus or the pointer. A panel that merely stands
 * open on an empty desk must not mark messages as read.
 */
export function useAttention(sight: Sight): boolean {
  const [attention, setAttention] = useState(false);
  useEffect(() => {
    let pointer = false;
    const update = () => setAttention(sight.seen() && (document.hasFocus() || pointer));
    const enter = () => {
      pointer = true;
      update();
    };
    const leave = () => {
      pointer = false;
      update();
    };
    const page = document.documentElement;
    window.addEventListener("focus", update);
    window.addEventListener("blur", update);
    page.addEventListener("pointerenter", enter);
    page.addEventListener("pointerleave", leave);
    const stop = sight.subscribe(update);
    update();
    return () => {
      window.removeEventListener("focus", update);
      window.removeEventListener("blur", update);
      page.removeEventListener("pointerenter", enter);
      page.removeEventListener("pointerleave", leave);
      stop();
    };
  }, [sight]);
  return attention;
}

/** The core counts somebody as present for far longer than this. */
const USE_EVERY_MS = 20_000;

/** Tells the background, now and then, that somebody uses the panel: it locks itself otherwise. */
export function useUse(backend: Backend): void {
  useEffect(() => {
    let told = 0;
    const used = () => {
      if (Date.now() - told < USE_EVERY_MS) return;
      told = Date.now();
      backend.active();
    };
    const kinds = ["keydown", "pointerdown", "wheel"] as const;
    for (const kind of kinds) document.addEventListener(kind, used, { passive: true, capture: true });
    return () => {
      for (const kind of kinds) document.removeEventListener(kind, used, { capture: true });
    };
  }, [backend]);
}
