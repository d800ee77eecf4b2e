import { useEffect, useState } from "preact/hooks";
import type { DeviceUse } from "../core/types";
import { deviceText } from "../strings/devices";
import { entryText } from "../strings/entry";
import { screenText } from "../strings/screens";
import { AskFirst } from "./ask-first";
import type { Act } from "./guard";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { Door, Screen, type ScreenProps } from "./screen";
import { dateAndTime } from "./when";

/** Every workstation of oneself. */
export function MyDevices(props: ScreenProps) {
  const { me, pages } = props;
  return (
    <Screen title={deviceText.mine} back={pages.back}>
      <DeviceList {...props} user={me.user} />
      <ul class="doors">
        <Door
          id="add-device"
          label={deviceText.add}
          more={deviceText.addMore}
          open={() => pages.go({ name: "addDevice" })}
        />
      </ul>
    </Screen>
  );
}

/** The workstations of one person, each with a way to sign it out. Also for administrators, about others. */
export function DeviceList({ backend, view, guard, user, fixed = false }: ScreenProps & DevicesOf) {
  const fetching = useJob(backend, view);
  const revoking = useJob(backend, view, guard);
  const result = fetching.job?.result;
  const fetched = result?.kind === "devices" ? result.devices : null;
  // While it is asked for anew, what is known stays on the screen.
  const [devices, setDevices] = useState(fetched);
  useEffect(() => {
    if (fetched !== null) setDevices(fetched);
  }, [fetched]);
  const revoked = revoking.job?.state === "done";

  const look = () => void fetching.start((job) => backend.do("fetchDevices", user, job));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list opens; `look` is new each time
  useEffect(look, [user]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when something was signed out; `look` is new each time
  useEffect(() => {
    if (revoked) look();
  }, [revoked]);

  return (
    <>
      <Outcome problem={fetching.problem ?? revoking.problem} status={status()} />
      {devices?.length === 0 && <p>{deviceText.none}</p>}
      <ul class="rows">
        {devices?.map((device) => (
          <li key={device.device}>
            <span class="row-name">{nameOfDevice(device)}</span>
            <span class="soft">
              {[
                use(device),
                device.thisOne && deviceText.since(dateAndTime(device.since)),
                deviceText.tail(tail(device)),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
            {!device.thisOne && !fixed && <Revoke device={device} revoke={revoke} />}
          </li>
        ))}
      </ul>
      {!fetching.working && (
        <button type="button" class="quiet" onClick={look}>
          {deviceText.again}
        </button>
      )}
    </>
  );

  function revoke(device: string, lost: boolean) {
    return revoking.start((job) => backend.do("revokeDevice", device, lost, job));
  }

  function status(): string {
    if (revoking.working) return screenText.working;
    if (fetching.working) return deviceText.loading;
    return revoked ? deviceText.revoked : "";
  }
}

interface DevicesOf {
  user: string;
  /** To look at alone. */
  fixed?: boolean;
}

interface RevokeProps {
  device: DeviceUse;
  revoke: Act<[device: string, lost: boolean]>;
}

function Revoke({ device, revoke }: RevokeProps) {
  const [lost, setLost] = useState(false);
  const name = nameOfDevice(device);
  const choices = [
    { value: false, label: deviceText.notLost },
    { value: true, label: deviceText.lost },
  ];
  return (
    <AskFirst
      id={`revoke-${device.device}`}
      label={deviceText.revokeOf(name, tail(device))}
      title={deviceText.revokeSure(name)}
      more={deviceText.revokeMore}
      yes={deviceText.revokeYes}
      no={entryText.cancel}
      act={() => revoke(device.device, lost)}
    >
      <fieldset class="radios">
        <legend>{deviceText.why}</legend>
        {choices.map(({ value, label }) => (
          <label key={label}>
            <input
              type="radio"
              name={`lost-${device.device}`}
              checked={lost === value}
              onChange={() => setLost(value)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </AskFirst>
  );
}

function nameOfDevice({ thisOne, since }: DeviceUse): string {
  return thisOne ? deviceText.thisOne : deviceText.other(dateAndTime(since));
}

function use({ online, lastAt }: DeviceUse): string {
  if (online) return deviceText.online;
  return lastAt === null ? deviceText.never : deviceText.last(dateAndTime(lastAt));
}

/** Tells two apart that were added in the same minute. */
function tail({ device }: DeviceUse): string {
  return device.slice(-4);
}
