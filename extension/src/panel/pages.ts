import { useState } from "preact/hooks";

/** Everything inside an office that is not the chat itself. */
export type Page =
  | {
      name:
        | "account"
        | "passphrase"
        | "kit"
        | "devices"
        | "addDevice"
        | "newRoom"
        | "office"
        | "staff"
        | "invite"
        | "import"
        | "invites"
        | "otherRooms"
        | "rules"
        | "officeKey";
    }
  | { name: "person"; user: string }
  | { name: "room"; room: string };

export interface Pages {
  /** `null` is the chat. */
  page: Page | null;
  go(page: Page): void;
  /** To where one came from; the cursor stands again on what one pressed there. */
  back(): void;
  /** To the chat, from however deep. */
  home(): void;
}

interface Step {
  page: Page;
  /** Id of the element that led here. */
  opener: string;
}

export function usePages(): Pages {
  const [steps, setSteps] = useState<Step[]>([]);
  function leave(left: Step | undefined, rest: Step[]): void {
    setSteps(rest);
    requestAnimationFrame(() => {
      if (left === undefined) return;
      const opener = document.getElementById(left.opener);
      // What one pressed may be gone with what was done.
      (opener ?? document.querySelector<HTMLElement>("h1[tabindex], .person"))?.focus();
    });
  }
  return {
    page: steps.at(-1)?.page ?? null,
    go: (page) => setSteps([...steps, { page, opener: document.activeElement?.id ?? "" }]),
    back: () => leave(steps.at(-1), steps.slice(0, -1)),
    home: () => leave(steps[0], []),
  };
}
