import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The same names and places as in `cargo dev test`, which hands on what it found through the variable. */
const BROWSERS = {
  Chromium: {
    variable: "CHROMIUM",
    package: "chromium",
    programs: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    places: [
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "C:/Program Files/Chromium/Application/chrome.exe",
      "C:/Program Files/Google/Chrome/Application/chrome.exe",
    ],
  },
  Firefox: {
    variable: "FIREFOX",
    package: "firefox-esr",
    programs: ["firefox-esr", "firefox"],
    places: [
      "/Applications/Firefox.app/Contents/MacOS/firefox",
      "C:/Program Files/Mozilla Firefox/firefox.exe",
    ],
  },
};

/** The program of a browser. One that is missing is an error with a remedy, never a reason to skip. */
export async function findBrowser(name) {
  const { variable, programs, places, package: debian } = BROWSERS[name];
  const named = process.env[variable];
  const onPath = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = named
    ? [named]
    : [...programs.flatMap((p) => onPath.map((dir) => join(dir, p))), ...places];
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new Error(
    `${name} is missing: install it (Debian: apt-get install ${debian}), or name its program in the variable ${variable}`,
  );
}

function isProgram(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
