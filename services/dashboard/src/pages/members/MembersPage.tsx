import { Badge, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Invitation, Member } from "@/api/types";
import { useHolds } from "@/auth/scopes";
import { confirmDanger } from "@/components/confirm";
import type { Column } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { ListView } from "@/components/ListView";
import { PageHeader } from "@/components/PageHeader";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatusBadge } from "@/components/StatusBadge";

import { InviteDialog } from "./InviteDialog";
import { invitationsQuery, membersQuery, ROLES, useChangeRole, useRemoveMember, useRevokeInvitation } from "./queries";

/** Who is in the tenant, as what, and who is invited. */
export function MembersPage() {
  const mayAdminister = useHolds("admin");
  const members = useInfiniteQuery(membersQuery);
  const change = useChangeRole();
  const remove = useRemoveMember();
  const [inviting, setInviting] = useState(false);
  const button = mayAdminister && (
    <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
      Invite somebody
    </Button>
  );
  const columns: Column<Member>[] = [
    {
      header: "Person",
      cell: ({ person, is_caller }) => (
        <div>
          <Group gap="xs">
            <Text inherit fw={550}>
              {person.name}
            </Text>
            {is_caller && <Badge>You</Badge>}
          </Group>
          <Text size="xs" c="dimmed">
            {person.email}
          </Text>
        </div>
      ),
    },
    {
      header: "Role",
      cell: (member) =>
        mayAdminister && !member.is_caller ? (
          <Select
            size="xs"
            w={120}
            aria-label={`Role of ${member.person.name}`}
            data={ROLES}
            value={member.role}
            allowDeselect={false}
            onChange={(role) => role !== null && change.mutate({ member, role })}
          />
        ) : (
          ROLES.find(({ value }) => value === member.role)?.label
        ),
    },
    { header: "May", cell: ({ scopes }) => scopes.join(", ") },
    { header: "Joined", align: "end", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
    {
      header: "Actions",
      hiddenHeader: true,
      align: "end",
      cell: (member) =>
        mayAdminister && !member.is_caller ? (
          <Button
            size="compact-sm"
            variant="subtle"
            color="rose"
            onClick={() =>
              confirmDanger({
                title: `Remove ${member.person.name}?`,
                body: "They are out from their next request on. API keys that they made work on: revoke those on the keys' page.",
                verb: "Remove",
                onConfirm: () => remove.mutate(member),
              })
            }
          >
            Remove
          </Button>
        ) : null,
    },
  ];
  return (
    <>
      <PageHeader
        title="Members"
        description="People who sign in with an account of their own, and what their role lets them do."
        actions={(members.data?.length ?? 0) > 0 && button}
      />
      <Stack gap="lg">
        <ListView
          query={members}
          caption="members"
          columns={columns}
          rowKey={({ id }) => id}
          empty={
            <EmptyState icon={IconUsers} title="Nobody has an account yet" action={button}>
              Invite the people you work with: each signs in with a password or your provider, and the audit log tells
              who did what.
            </EmptyState>
          }
        />
        {mayAdminister && <InvitationsPanel />}
      </Stack>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function InvitationsPanel() {
  const invitations = useInfiniteQuery(invitationsQuery);
  const revoke = useRevokeInvitation();
  const columns: Column<Invitation>[] = [
    { header: "Email", cell: ({ email }) => email },
    { header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
    { header: "Role", cell: ({ role }) => ROLES.find(({ value }) => value === role)?.label },
    { header: "Ends", align: "end", cell: ({ expires_at }) => <RelativeTime at={expires_at} /> },
    {
      header: "Actions",
      hiddenHeader: true,
      align: "end",
      cell: (invitation) =>
        invitation.status === "open" ? (
          <Button size="compact-sm" variant="subtle" color="rose" onClick={() => revoke.mutate(invitation)}>
            Revoke
          </Button>
        ) : null,
    },
  ];
  return (
    <Panel title="Invitations" flush>
      <ListView
        bare
        query={invitations}
        caption="invitations"
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <Text c="dimmed" p="md">
            Nobody is invited.
          </Text>
        }
      />
    </Panel>
  );
}
