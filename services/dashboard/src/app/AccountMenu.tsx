import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconCheck, IconLogout, IconSettings, IconUserCircle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { meQuery } from "@/api/queries";
import { chooseTenant, signOut } from "@/auth/actions";

/** Who is signed in, the tenants to choose from, and the way out. */
export function AccountMenu() {
  const { data: me } = useQuery(meQuery);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({ mutationFn: signOut });
  const choose = useMutation({
    mutationFn: chooseTenant,
    async onSuccess() {
      // Nothing of the other tenant stays on the screen.
      await navigate({ to: "/" });
      await queryClient.resetQueries();
    },
  });
  return (
    <Menu position="bottom-end" width={270}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label="Account">
          <IconUserCircle size={20} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {me && (
          <>
            <Menu.Label>{me.key ? "Signed in with the API key" : `Signed in as ${me.role}`}</Menu.Label>
            <Text px="sm" size="md" fw={600} truncate>
              {me.key?.name ?? me.person?.name}
            </Text>
            <Text px="sm" pb="xs" size="xs" c="dimmed" truncate>
              {me.person?.email ?? me.scopes.join(", ")}
            </Text>
            <Menu.Divider />
          </>
        )}
        {me && me.tenants.length > 1 && (
          <>
            <Menu.Label>Tenant</Menu.Label>
            {me.tenants.map((tenant) => (
              <Menu.Item
                key={tenant.id}
                onClick={() => choose.mutate(tenant.id)}
                rightSection={tenant.id === me.tenant.id ? <IconCheck size={14} aria-label="chosen" /> : null}
              >
                {tenant.name}
              </Menu.Item>
            ))}
            <Menu.Divider />
          </>
        )}
        {me?.person && (
          <Menu.Item
            leftSection={<IconSettings size={16} stroke={1.7} />}
            onClick={() => void navigate({ to: "/account" })}
          >
            Account
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} />} onClick={() => leave.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
