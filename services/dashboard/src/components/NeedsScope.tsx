import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { meQuery } from "@/api/queries";
import type { Scope } from "@/api/types";

import { EmptyState } from "./EmptyState";
import { PageHeader } from "./PageHeader";
import { PageSkeleton } from "./PageSkeleton";

interface Props {
  scope: Scope;
  /** The page's title. */
  title: string;
  /** What the scope is needed for: "see and make API keys". */
  purpose: string;
  children: ReactNode;
}

/** A page that is nothing without a scope: who lacks it reads why, and nothing is asked in vain. */
export function NeedsScope({ scope, title, purpose, children }: Props) {
  const me = useQuery(meQuery);
  if (me.isPending) return <PageSkeleton />;
  // Where it cannot be told who asks, the page's own requests say what is wrong.
  if (me.data === undefined || me.data.scopes.includes(scope)) return children;
  const who = me.data.key === null ? `Your role here, ${me.data.role},` : `The key you signed in with, ${me.data.key.name},`;
  return (
    <>
      <PageHeader title={title} />
      <EmptyState icon={IconLock} title={`Only with the scope ${scope}`}>
        {who} does not let you {purpose}. Sign in with a key that has the scope {scope}, or ask an admin of your tenant.
      </EmptyState>
    </>
  );
}
