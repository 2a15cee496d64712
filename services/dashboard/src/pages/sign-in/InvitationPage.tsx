import { Alert, Button, Divider, Paper, PasswordInput, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, data } from "@/api/client";
import { acceptInvitation, leaveForProvider } from "@/auth/actions";
import { useSession } from "@/auth/session";
import { ErrorNotice } from "@/components/ErrorNotice";

import { Frame } from "./Frame";

/** The secret stands after the #, which browsers send to no server. */
function tokenOfAddress(): string {
  return new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "";
}

/** Where an invitation's link leads: what it is to, and the ways to accept it. */
export function InvitationPage() {
  useDocumentTitle("Invitation · Cartridges");
  const [token] = useState(tokenOfAddress);
  const session = useSession();
  const navigate = useNavigate();
  const preview = useQuery({
    queryKey: ["invitation"],
    queryFn: () => data(api.POST("/v1/invitations/preview", { body: { token } })),
    enabled: token !== "",
  });
  const { data: ways } = useQuery({ queryKey: ["ways"], queryFn: () => data(api.GET("/v1/session/ways")) });
  const form = useForm({
    initialValues: { name: "", password: "" },
    validate: { password: (password) => (password === "" ? "Enter a password" : null) },
  });
  const accept = useMutation({
    mutationFn: (account?: { name: string; password: string }) =>
      acceptInvitation(token, account && { password: account.password, ...(account.name && { name: account.name }) }),
    meta: { ownErrors: true },
    onSuccess: () => navigate({ to: "/" }),
  });
  const leave = useMutation({ mutationFn: () => leaveForProvider("/sign-in", token), meta: { ownErrors: true } });

  if (token === "") {
    return (
      <Frame>
        <Alert color="amber" title="This link is not whole">
          An invitation's link ends with <code>#token=…</code>. Copy all of it into the address bar.
        </Alert>
      </Frame>
    );
  }
  return (
    <Frame>
      {preview.isError && <ErrorNotice error={preview.error} />}
      {preview.isPending && <Skeleton h={120} />}
      {preview.data && (
        <>
          <div>
            <Title order={1}>Join {preview.data.tenant_name}</Title>
            <Text c="dimmed">
              {preview.data.email} is invited as {preview.data.role}.
            </Text>
          </div>
          <Paper p="lg">
            <Stack>
              {session?.kind === "person" && (
                <>
                  <Button loading={accept.isPending} onClick={() => accept.mutate(undefined)}>
                    Accept as who you are signed in
                  </Button>
                  <Divider label="or" />
                </>
              )}
              {ways?.oidc && (
                <>
                  <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
                    Continue with {ways.oidc}
                  </Button>
                  <Divider label="or" />
                </>
              )}
              <form onSubmit={form.onSubmit((values) => accept.mutate(values))}>
                <Stack>
                  <TextInput
                    label="Your name"
                    description="For a new account; others in the tenant see it."
                    autoComplete="name"
                    {...form.getInputProps("name")}
                  />
                  <PasswordInput
                    label="Password"
                    description="Of your account. If you have none yet, choose one of 12 characters or more."
                    autoComplete="current-password"
                    {...form.getInputProps("password")}
                  />
                  {(accept.isError || leave.isError) && <ErrorNotice error={accept.error ?? leave.error} />}
                  <Button type="submit" loading={accept.isPending}>
                    Accept the invitation
                  </Button>
                </Stack>
              </form>
            </Stack>
          </Paper>
        </>
      )}
    </Frame>
  );
}
