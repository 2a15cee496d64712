import { ActionIcon, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Puts a text on the clipboard. */
export function CopyButton({ value, label = "Copy" }: { value: string; label?: string }) {
  const { copied, copy } = useClipboard();
  return (
    <Tooltip label={copied ? "Copied" : label}>
      <ActionIcon size="md" aria-label={label} onClick={() => copy(value)}>
        {copied ? <IconCheck size={16} stroke={1.8} /> : <IconCopy size={16} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}
