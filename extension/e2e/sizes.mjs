/** The CRM+ header fits, with our button in it. */
export const WIDE = { width: 1700, height: 900 };
/** The right end of the header is out of the window. */
export const LAPTOP = { width: 1280, height: 800 };
/** The narrowest that the panel is made for. */
export const NARROW = { width: 320, height: 640 };
