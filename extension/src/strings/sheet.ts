/** Text of the print page around what is printed. */
export const sheetText = {
  count: (n: number) => (n === 1 ? "1 sheet to print" : `${n} sheets to print`),
  print: "Print",
  after: "Then close this page. What stands here is secret until it is used.",
  qr: "Code for a camera",
  gone: "There is nothing to print here any more. Go back to chat and choose Print again.",
};
