/** Messages between two people in a round: enough for the browsers' coarse clocks. */
export const LETTERS = 16;
/** First messages that are opened in a round. */
export const FIRST_MESSAGES = 10;
