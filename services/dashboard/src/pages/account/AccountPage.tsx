import { Badge, Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { fieldErrors } from "@/api/problems";
import type { Browser } from "@/api/types";
import { endSession } from "@/auth/session";
import { confirmDanger } from "@/components/confirm";
import { DataTable } from "@/components/DataTable";
import { ErrorNotice } from "@/components/ErrorNotice";
import { showDone } from "@/components/notify";
import { PageHeader } from "@/components/PageHeader";
import { PageSkeleton } from "@/components/PageSkeleton";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";

import { browserName } from "./browser-name";

/** A person's own account: its password, and the browsers in which it is signed in. */
export function AccountPage() {
  const signedIn = useQuery({ queryKey: ["session"], queryFn: () => data(api.GET("/v1/session")) });
  if (signedIn.isError) return <ErrorNotice error={signedIn.error} retry={() => void signedIn.refetch()} />;
  if (signedIn.data === undefined) return <PageSkeleton />;
  return (
    <>
      <PageHeader title="Account" description={signedIn.data.person.email} />
      <Stack gap="lg">
        <PasswordPanel hasPassword={signedIn.data.has_password} />
        <BrowsersPanel />
      </Stack>
    </>
  );
}

function PasswordPanel({ hasPassword }: { hasPassword: boolean }) {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { current: "", next: "" },
    validate: { next: (next) => (next.length < 12 ? "12 characters or more" : null) },
  });
  const change = useMutation({
    mutationFn: ({ current, next }: typeof form.values) =>
      data(api.PUT("/v1/account/password", { body: { current_password: hasPassword ? current : null, new_password: next } })),
    meta: { ownErrors: true },
    onSuccess() {
      form.reset();
      showDone("The password is changed; other browsers are signed out.");
      void queryClient.invalidateQueries({ queryKey: ["browsers"] });
      void queryClient.invalidateQueries({ queryKey: ["session"] });
    },
    onError: (error) => form.setErrors({ next: fieldErrors(error).new_password ?? null }),
  });
  return (
    <Panel
      title="Password"
      description={hasPassword ? "Changing it signs you out everywhere else." : "Your account has none yet: your provider opens it."}
    >
      <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <Stack maw={360}>
          {hasPassword && (
            <PasswordInput label="Current password" autoComplete="current-password" {...form.getInputProps("current")} />
          )}
          <PasswordInput label="New password" autoComplete="new-password" {...form.getInputProps("next")} />
          {change.isError && <ErrorNotice error={change.error} />}
          <Button type="submit" loading={change.isPending} w="fit-content">
            {hasPassword ? "Change the password" : "Set a password"}
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}

function BrowsersPanel() {
  const queryClient = useQueryClient();
  const browsers = useQuery({
    queryKey: ["browsers"],
    queryFn: async () => (await data(api.GET("/v1/account/sessions"))).data,
  });
  const end = useMutation({
    mutationFn: (id: string) => data(api.DELETE("/v1/account/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["browsers"] }),
  });
  const endAll = useMutation({ mutationFn: () => data(api.DELETE("/v1/account/sessions")), onSuccess: endSession });
  return (
    <Panel
      title="Signed in"
      description="Sign out where you do not know the browser."
      flush
      actions={
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            confirmDanger({
              title: "Sign out everywhere?",
              body: "All browsers are signed out, this one too. API keys work on.",
              verb: "Sign out everywhere",
              onConfirm: () => endAll.mutate(),
            })
          }
        >
          Sign out everywhere
        </Button>
      }
    >
      {browsers.isError && <ErrorNotice error={browsers.error} retry={() => void browsers.refetch()} />}
      <DataTable<Browser>
        caption="browsers"
        rows={browsers.data ?? []}
        rowKey={({ id }) => id}
        columns={[
          {
            header: "Browser",
            cell: (row) => (
              <Group gap="xs">
                <span title={row.user_agent}>{browserName(row.user_agent)}</span>
                {row.current && <Badge>This one</Badge>}
              </Group>
            ),
          },
          { header: "Signed in", cell: (row) => <RelativeTime at={row.created_at} /> },
          { header: "Last used", cell: (row) => <RelativeTime at={row.last_used_at} /> },
          {
            header: "Actions",
            hiddenHeader: true,
            align: "end",
            cell: (row) =>
              row.current ? null : (
                <Button size="compact-sm" variant="subtle" color="rose" onClick={() => end.mutate(row.id)}>
                  Sign out
                </Button>
              ),
          },
        ]}
      />
    </Panel>
  );
}
