import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { ReactNode } from "react";

interface Question {
  title: string;
  /** What will be gone or changed, and what stays. */
  body: ReactNode;
  /** The button's verb: "Delete". */
  verb: string;
  onConfirm: () => void;
}

/** Ask before something that cannot be taken back. */
export function confirmDanger({ title, body, verb, onConfirm }: Question): void {
  modals.openConfirmModal({
    title,
    children: <Text>{body}</Text>,
    labels: { confirm: verb, cancel: "Keep it" },
    confirmProps: { color: "rose" },
    onConfirm,
  });
}
