import { Office } from "bench-office";
import { START } from "./device.js";
import { MatrixRounds } from "./matrix.js";
import { CoreRounds } from "./rounds.js";
import { Samples } from "./samples.js";
import { Boxes } from "./sodium.js";

/** Ours and the peers for so many devices. Every round does everything once, so that whatever else the machine does disturbs all alike. */
export async function measure(devices, rounds, say) {
  const samples = new Samples();
  say({ doing: `${devices} devices: keys and rosters` });
  const core = new CoreRounds(samples, Office.open(devices, START), devices);
  const matrix = new MatrixRounds(samples, devices, core.text);
  await matrix.begin((doing) => say({ doing }));
  const boxes = new Boxes(samples, devices);
  for (let round = 0; round < rounds; round += 1) {
    say({ doing: `${devices} devices: first contact, round ${round + 1} of ${rounds}` });
    core.firstContact();
    await matrix.firstContact();
  }
  core.meet();
  await matrix.meet();
  for (let round = 0; round < rounds; round += 1) {
    say({ doing: `${devices} devices: round ${round + 1} of ${rounds}` });
    const payload = core.round();
    boxes.round(payload);
    await matrix.round();
  }
  core.close();
  matrix.close();
  for (const line of samples.lines(devices)) say(line);
}
