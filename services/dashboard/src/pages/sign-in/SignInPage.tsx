import { Alert, Button, Divider, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle, useLocalStorage } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { api, data } from "@/api/client";
import { explain } from "@/api/problems";
import { leaveForProvider } from "@/auth/actions";
import { whySignedOut } from "@/auth/session";
import { ErrorNotice } from "@/components/ErrorNotice";

import { providerError } from "./provider-errors";
import { Frame } from "./Frame";
import { KeyForm } from "./KeyForm";
import { PasswordForm } from "./PasswordForm";

type Way = "key" | "password";

/** The first page: a person's account or an API key opens the dashboard. */
export function SignInPage() {
  useDocumentTitle("Sign in · Cartridges");
  const { next = "/", sign_in_error: failed } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const [way, setWay] = useLocalStorage<Way>({ key: "cartridges.sign-in-way", defaultValue: "key" });
  const { data: ways } = useQuery({ queryKey: ["ways"], queryFn: () => data(api.GET("/v1/session/ways")) });
  const leave = useMutation({
    mutationFn: () => leaveForProvider(`/sign-in?next=${encodeURIComponent(next)}`),
    meta: { ownErrors: true },
  });
  const ended = whySignedOut();
  const onSignedIn = () => void navigate({ href: next });

  return (
    <Frame>
      <div>
        <Title order={1}>Sign in</Title>
        <Text c="dimmed">To your corpora, cartridges and jobs.</Text>
      </div>
      {ended !== null && (
        <Alert color="amber" title="You were signed out">
          {explain(ended).detail}
        </Alert>
      )}
      {failed !== undefined && (
        <Alert color="rose" title="You are not signed in" role="alert">
          {providerError(failed)}
        </Alert>
      )}
      <Paper p="lg">
        <Stack>
          {ways?.oidc && (
            <>
              <Button variant="default" fullWidth loading={leave.isPending} onClick={() => leave.mutate()}>
                Continue with {ways.oidc}
              </Button>
              {leave.isError && <ErrorNotice error={leave.error} />}
              <Divider label="or" />
            </>
          )}
          <SegmentedControl
            fullWidth
            value={way}
            onChange={(value) => setWay(value)}
            data={[
              { value: "key", label: "API key" },
              { value: "password", label: "Email and password" },
            ]}
          />
          {way === "key" ? <KeyForm onSignedIn={onSignedIn} /> : <PasswordForm onSignedIn={onSignedIn} />}
        </Stack>
      </Paper>
    </Frame>
  );
}
