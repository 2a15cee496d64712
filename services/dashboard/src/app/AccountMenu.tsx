import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { meQuery } from "@/api/queries";
import { signOut } from "@/auth/session";

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { data: me } = useQuery(meQuery);
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label="Account">
          <IconUserCircle size={20} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {me && (
          <>
            <Menu.Label>Signed in with the API key</Menu.Label>
            <Text px="sm" pb={2} size="sm" fw={600} truncate>
              {me.key.name}
            </Text>
            <Text px="sm" pb="xs" size="xs" c="dimmed">
              {me.key.scopes.join(", ")}
            </Text>
            <Menu.Divider />
          </>
        )}
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
