/** Short messages in the corner: what was done, and what could not be. */
import { notifications } from "@mantine/notifications";

import { explain } from "@/api/problems";

export function showDone(message: string): void {
  notifications.show({ message, color: "lagoon", autoClose: 4_000 });
}

export function showError(error: unknown): void {
  const { title, detail, advice } = explain(error);
  notifications.show({
    title,
    message: advice === null ? detail : `${detail} ${advice}`,
    color: "rose",
    autoClose: 12_000,
    role: "alert",
  });
}
