import { ActionIcon, Button, Group, Progress, Text, Tooltip } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import "@mantine/dropzone/styles.css";
import { IconCheck, IconCloudUpload, IconRefresh, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { explain } from "@/api/problems";
import { Panel } from "@/components/Panel";
import { formatBytes, formatCount } from "@/lib/format";

import type { UploadItem, UploadQueue } from "./queue";
import { queueOf } from "./queues";
import styles from "./UploadPanel.module.css";

/** A dropped folder's files know where in it they were. */
function relativeName(file: File & { relativePath?: string; path?: string }): string {
  const path = file.webkitRelativePath || file.relativePath || file.path || file.name;
  return path.replace(/^(\.?\/)+/, "");
}

/** Files go in here: dropped or chosen, many at once, each with its progress and its own error. */
export function UploadPanel({ corpusId }: { corpusId: string }) {
  const queue = queueOf(corpusId, useQueryClient());
  const items = useSyncExternalStore(queue.subscribe, queue.snapshot);
  const failed = items.filter(({ state }) => state === "failed").length;
  const done = items.filter(({ state }) => state === "done").length;
  return (
    <Panel title="Add documents">
      <Dropzone
        className={styles.drop}
        onDrop={(files) => queue.add(files.map((file) => ({ file, name: relativeName(file) })))}
        multiple
        p="lg"
        inputProps={{ "aria-label": "Choose files" }}
      >
        <Group justify="center" gap="md" wrap="nowrap" mih={72} style={{ pointerEvents: "none" }}>
          <IconCloudUpload size={34} stroke={1.3} aria-hidden />
          <div>
            <Text fw={550}>Drop files or folders here, or click to choose</Text>
            <Text size="sm" c="dimmed">
              Text, Markdown, HTML, PDF, docx, data and source code; zip and tar of such files.
            </Text>
          </div>
        </Group>
      </Dropzone>
      {items.length > 0 && (
        <>
          <Group justify="space-between" mt="md" gap="xs">
            <Text size="sm" aria-live="polite">
              {formatCount(done)} of {formatCount(items.length)} uploaded
              {failed > 0 && `, ${formatCount(failed)} refused or broken off`}
            </Text>
            <Group gap="xs">
              {failed > 0 && (
                <Button size="compact-sm" variant="default" onClick={() => queue.retryFailed()}>
                  Try all failed again
                </Button>
              )}
              {done > 0 && (
                <Button size="compact-sm" variant="subtle" color="gray" onClick={() => queue.clearEnded()}>
                  Clear
                </Button>
              )}
            </Group>
          </Group>
          <ul className={styles.list} aria-label="Uploads">
            {items.map((item) => (
              <UploadRow key={item.id} item={item} queue={queue} />
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function stateOf({ state, sent, size, resumedAt }: UploadItem): string {
  switch (state) {
    case "waiting":
      return `${formatBytes(size)}, waiting`;
    case "sending":
      return `${formatBytes(sent)} of ${formatBytes(size)}${resumedAt > 0 ? `, went on at ${formatBytes(resumedAt)}` : ""}`;
    case "finishing":
      return "checking";
    case "done":
      return `${formatBytes(size)}, uploaded`;
    case "failed":
      return "not uploaded";
    case "cancelled":
      return "cancelled";
  }
}

function UploadRow({ item, queue }: { item: UploadItem; queue: UploadQueue }) {
  const active = item.state === "waiting" || item.state === "sending" || item.state === "finishing";
  return (
    <li className={styles.item}>
      <div style={{ minWidth: 0 }}>
        <Text truncate title={item.name}>
          {item.name}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {stateOf(item)}
        </Text>
      </div>
      {item.state === "done" && <IconCheck size={18} color="var(--series-cartridge)" aria-hidden />}
      {active && (
        <Tooltip label="Cancel">
          <ActionIcon aria-label={`Cancel ${item.name}`} onClick={() => queue.cancel(item.id)}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {(item.state === "failed" || item.state === "cancelled") && (
        <Tooltip label="Try again">
          <ActionIcon aria-label={`Upload ${item.name} again`} onClick={() => queue.retry(item.id)}>
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {(item.state === "sending" || item.state === "finishing") && (
        <Progress
          className={styles.wide}
          size="xs"
          value={item.size === 0 ? 100 : Math.min(100, (100 * item.sent) / item.size)}
          animated={item.state === "finishing"}
          aria-label={`Progress of ${item.name}`}
        />
      )}
      {item.state === "failed" && (
        <Text className={styles.wide} size="sm" c="rose" role="alert">
          {explain(item.error).detail}
        </Text>
      )}
    </li>
  );
}
