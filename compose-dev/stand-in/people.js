// Nobody here exists: the names say so, and numbers from 555-0100 to 555-0199 are kept free for fiction.
export const people = [
  { id: "Qx7tPlaceholder01", first: "Penny", last: "Placebo", phone: "(801) 555-0101", born: "02/29/1952", srx: "900001", city: "Nowhere", note: "Prefers a call in the morning." },
  { id: "Qx7tPlaceholder02", first: "Sam", last: "Sample", phone: "(801) 555-0102", born: "11/03/1967", srx: "900002", city: "Erewhon", note: "Asks for large print." },
  { id: "Qx7tPlaceholder03", first: "Exa", last: "Example", phone: "(801) 555-0103", born: "07/14/1948", srx: "900003", city: "Nowhere", note: "" },
  { id: "Qx7tPlaceholder04", first: "Max", last: "Mockup", phone: "(801) 555-0104", born: "05/21/1990", srx: "900004", city: "Dummyville", note: "Picks up on Fridays." },
  { id: "Qx7tPlaceholder05", first: "Testa", last: "Testperson", phone: "(801) 555-0105", born: "12/24/1975", srx: "900005", city: "Erewhon", note: "" },
  { id: "Qx7tPlaceholder06", first: "Fay", last: "Fictitious", phone: "(801) 555-0106", born: "03/09/1983", srx: "900006", city: "Dummyville", note: "Address has changed." },
  { id: "Qx7tPlaceholder07", first: "Lorem", last: "Ipsum", phone: "(801) 555-0107", born: "08/30/1959", srx: "900007", city: "Nowhere", note: "" },
  { id: "Qx7tPlaceholder08", first: "Ann", last: "Onymous", phone: "(801) 555-0108", born: "01/01/1970", srx: "900008", city: "Erewhon", note: "Delivery only." },
];
