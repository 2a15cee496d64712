import { MultiSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { cartridgesQuery } from "@/api/queries";

interface Props {
  label: string;
  description: string;
  error: string | undefined;
  value: string[];
  onChange: (value: string[]) => void;
}

/** Some of the tenant's cartridges, by name; an id that is in no list any more stays to be seen and removed. */
export function CartridgesField({ value, ...props }: Props) {
  const known = useInfiniteQuery(cartridgesQuery()).data ?? [];
  const gone = value.filter((id) => known.every((each) => each.id !== id));
  const data = [
    ...known.map(({ id, kind, name }) => ({ value: id, label: kind === "preview" ? `${name} (preview)` : name })),
    ...gone.map((id) => ({ value: id, label: id })),
  ];
  return <MultiSelect {...props} data={data} value={value} nothingFoundMessage="No such cartridge" maxValues={8} searchable clearable />;
}
