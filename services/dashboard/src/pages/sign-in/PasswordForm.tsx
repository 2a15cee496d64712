import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";

import { signInWithPassword } from "@/auth/actions";
import { ErrorNotice } from "@/components/ErrorNotice";

export function PasswordForm({ onSignedIn }: { onSignedIn: () => void }) {
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : "This is no e-mail address"),
      password: (password) => (password === "" ? "Enter your password" : null),
    },
  });
  const signIn = useMutation({
    mutationFn: ({ email, password }: typeof form.values) => signInWithPassword(email.trim(), password),
    meta: { ownErrors: true },
    onSuccess: onSignedIn,
  });
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
      <Stack>
        <TextInput label="Email" type="email" autoComplete="username" {...form.getInputProps("email")} />
        <PasswordInput label="Password" autoComplete="current-password" {...form.getInputProps("password")} />
        {signIn.isError && <ErrorNotice error={signIn.error} />}
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
        <Text size="sm" c="dimmed">
          No account yet? An admin of your tenant invites you; the link they give you makes one.
        </Text>
      </Stack>
    </form>
  );
}
