import { Alert, Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";

import { fieldErrors } from "@/api/problems";
import type { MemberRole, NewInvitation } from "@/api/types";
import { CopyableCode } from "@/components/CopyableCode";
import { ErrorNotice } from "@/components/ErrorNotice";

import { linkOf, ROLES, useInvite } from "./queries";

/** Invite somebody; then the link to give them, which is shown once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewInvitation | null>(null);
  const invite = useInvite(setMade);
  const form = useForm({
    initialValues: { email: "", role: "member" as MemberRole },
    validate: { email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : "This is no e-mail address") },
  });
  if (made !== null) {
    return (
      <Modal opened onClose={onClose} title={`Invitation for ${made.email}`} closeOnClickOutside={false} size="lg">
        <Stack>
          <Alert color="amber" title="Give them this link">
            No mail is sent, and the link is not shown again. It works once, for {made.email} alone.
          </Alert>
          <CopyableCode code={linkOf(made)} label="link" />
          <Group justify="flex-end">
            <Button onClick={onClose}>I have copied it</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Invite somebody">
      <form onSubmit={form.onSubmit(({ email, role }) => invite.mutate({ email: email.trim(), role }))}>
        <Stack>
          <TextInput
            label="Email"
            type="email"
            data-autofocus
            {...form.getInputProps("email")}
            error={form.errors.email ?? fieldErrors(invite.error).email}
          />
          <Select
            label="Role"
            description={ROLES.find(({ value }) => value === form.values.role)?.hint}
            data={ROLES}
            allowDeselect={false}
            {...form.getInputProps("role")}
          />
          {invite.isError && <ErrorNotice error={invite.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make the invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
