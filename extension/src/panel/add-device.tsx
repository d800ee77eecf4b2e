import { useEffect } from "preact/hooks";
import { deviceText } from "../strings/devices";
import { screenText } from "../strings/screens";
import { CopyField } from "./copy-field";
import { useNow } from "./hooks";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { QrPicture } from "./qr-picture";
import { Screen, type ScreenProps } from "./screen";

/** A code with which another workstation becomes one's own, for as long as it can be used. */
export function AddDevice({ backend, view, guard, pages }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const sheet = task.job?.result?.kind === "code" ? task.job.result.sheet : null;
  const now = useNow(sheet !== null);
  const left = sheet === null ? 0 : Math.max(Math.ceil((sheet.expiresAt - now) / 1000), 0);

  const make = () => void task.start((job) => backend.do("addDevice", job));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens; `make` is new each time
  useEffect(make, [backend]);

  const over = sheet !== null && left === 0;
  return (
    <Screen title={deviceText.add} back={pages.back}>
      <Outcome
        problem={task.problem}
        status={task.working ? deviceText.making : over && deviceText.expired}
      />
      {sheet !== null && !over && (
        <>
          <p>{deviceText.addIntro}</p>
          <dl class="facts">
            <div>
              <dt>{screenText.address}</dt>
              <dd>{sheet.address}</dd>
            </div>
            <div>
              <dt>{screenText.code}</dt>
              <dd class="code">{sheet.code}</dd>
            </div>
          </dl>
          <p role="timer">{deviceText.leftFor(Math.floor(left / 60), left % 60)}</p>
          <QrPicture qr={sheet.qr} label={screenText.qr} />
          <CopyField label={screenText.link} value={sheet.link} />
          <p class="soft">{deviceText.secret}</p>
        </>
      )}
      {(over || (task.problem !== null && !task.working)) && (
        <button type="button" class="primary" onClick={make}>
          {deviceText.newCode}
        </button>
      )}
    </Screen>
  );
}
