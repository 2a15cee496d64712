import { Text } from "@mantine/core";

import type { Considered } from "@/api/types";

/** Which of the cartridges answered, and which were left out as the question is not about them. */
export function SelectionNote({ selection, names }: { selection: readonly Considered[]; names: ReadonlyMap<string, string> }) {
  const chosen = selection.filter((each) => each.chosen);
  const left = selection.filter((each) => !each.chosen);
  return (
    <Text size="xs" c="dimmed" component="div">
      {chosen.length === 0 ? "With no cartridge" : <>With {listed(chosen, names)}</>}
      {left.length > 0 && <>; not about {listed(left, names)}</>}
    </Text>
  );
}

function listed(considered: readonly Considered[], names: ReadonlyMap<string, string>) {
  return considered.map(({ cartridge, gain }, index) => (
    <span key={cartridge} title={`It makes the words that decided ${gain.toFixed(1)} nats likelier`}>
      {index > 0 && ", "}
      {names.get(cartridge) ?? cartridge}
    </span>
  ));
}
