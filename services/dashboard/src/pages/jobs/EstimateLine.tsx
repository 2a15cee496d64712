import { Alert, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import type { RecipeValues } from "./recipe";
import { estimateQuery } from "./queries";
import { basisOf, costOf, exceeds } from "./estimate";

const SETTLED_MS = 400;

interface Props {
  corpusId: string;
  recipe: RecipeValues;
}

/** What the job would take, as soon as its settings stand still. Settings that the API refuses are told when it starts. */
export function EstimateLine({ corpusId, recipe }: Props) {
  const [asked] = useDebouncedValue(JSON.stringify(recipe), SETTLED_MS);
  const { data: estimate } = useQuery(estimateQuery(corpusId, asked));
  if (estimate === undefined) return null;
  return (
    <Alert color={exceeds(estimate) ? "amber" : "lagoon"} title={costOf(estimate)} aria-live="polite">
      <Text size="sm">{basisOf(estimate)}</Text>
    </Alert>
  );
}
