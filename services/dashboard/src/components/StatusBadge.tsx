import { Badge, type MantineColor } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBan,
  IconBolt,
  IconCheck,
  IconClock,
  IconPlayerPlay,
  IconX,
  type TablerIcon,
} from "@tabler/icons-react";

interface Look {
  label: string;
  color: MantineColor;
  icon: TablerIcon;
}

/** Every state that a job, a cartridge, a document or a key can be in. Never told by color alone. */
const LOOKS: Record<string, Look> = {
  queued: { label: "Queued", color: "gray", icon: IconClock },
  running: { label: "Running", color: "iris", icon: IconPlayerPlay },
  succeeded: { label: "Succeeded", color: "lagoon", icon: IconCheck },
  failed: { label: "Failed", color: "rose", icon: IconX },
  cancelled: { label: "Cancelled", color: "gray", icon: IconBan },
  ready: { label: "Ready", color: "lagoon", icon: IconCheck },
  preview: { label: "Preview", color: "amber", icon: IconBolt },
  needs_review: { label: "Needs review", color: "amber", icon: IconAlertTriangle },
  uploading: { label: "Uploading", color: "iris", icon: IconClock },
  checking: { label: "Checking", color: "iris", icon: IconClock },
  expanded: { label: "Unpacked", color: "gray", icon: IconCheck },
  open: { label: "Open", color: "iris", icon: IconClock },
  accepted: { label: "Accepted", color: "lagoon", icon: IconCheck },
  active: { label: "Active", color: "lagoon", icon: IconCheck },
  expired: { label: "Expired", color: "gray", icon: IconClock },
  revoked: { label: "Revoked", color: "gray", icon: IconBan },
};

export function StatusBadge({ status }: { status: string }) {
  const look = LOOKS[status] ?? { label: status, color: "gray", icon: IconClock };
  return (
    <Badge color={look.color} leftSection={<look.icon size={12} stroke={2.2} aria-hidden />} miw="max-content" style={{ flex: "none" }}>
      {look.label}
    </Badge>
  );
}
