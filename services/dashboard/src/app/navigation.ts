/** The pages of the left side, in the order of the work: from texts to answers, then who may do it. */
import {
  IconActivity,
  IconBooks,
  IconChartBar,
  IconCpu2,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconMessages,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";

import type { Scope } from "@/api/types";

interface NavigationLink {
  to: string;
  label: string;
  icon: TablerIcon;
  /** Shown to those alone who have it: the page is nothing without it. */
  scope?: Scope;
}

export const NAVIGATION: readonly { label: string; links: readonly NavigationLink[] }[] = [
  {
    label: "Build",
    links: [
      { to: "/", label: "Overview", icon: IconLayoutDashboard },
      { to: "/corpora", label: "Corpora", icon: IconBooks },
      { to: "/jobs", label: "Training jobs", icon: IconActivity },
      { to: "/cartridges", label: "Cartridges", icon: IconCpu2 },
      { to: "/playground", label: "Playground", icon: IconMessages },
    ],
  },
  {
    label: "Manage",
    links: [
      { to: "/keys", label: "API keys", icon: IconKey, scope: "admin" },
      { to: "/members", label: "Members", icon: IconUsers },
      { to: "/usage", label: "Usage & quotas", icon: IconChartBar, scope: "admin" },
      { to: "/audit", label: "Audit log", icon: IconHistory, scope: "admin" },
    ],
  },
];
