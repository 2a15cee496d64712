import { AppShell, Burger, Group, ScrollArea, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconExternalLink } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";

import { meQuery } from "@/api/queries";
import type { Scope } from "@/api/types";

import { AccountMenu } from "./AccountMenu";
import { BrandMark } from "./Brand";
import { ColorSchemeToggle } from "./ColorSchemeToggle";
import { NAVIGATION } from "./navigation";
import styles from "./Shell.module.css";

/** Navigation on the left, the tenant and the caller on top, a page in the middle. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const { data: me } = useQuery(meQuery);
  useEffect(close, [pathname, close]);
  const shown = ({ scope }: { scope?: Scope }) => scope === undefined || (me?.scopes.includes(scope) ?? true);

  return (
    <AppShell
      layout="alt"
      header={{ height: 52 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <AppShell.Header className={styles.header}>
        <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Open the navigation" />
        <Text className={styles.tenant} truncate title="The tenant you work in">
          {me?.tenant.name ?? " "}
        </Text>
        <Group ml="auto" gap={4} wrap="nowrap">
          <ColorSchemeToggle />
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar} component="nav" aria-label="Pages">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Link to="/" className={styles.brand}>
            <BrandMark />
            Cartridges
          </Link>
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" mt={4} aria-label="Close the navigation" />
        </Group>
        <ScrollArea flex={1} type="never">
          {NAVIGATION.map((group) => (
            <div key={group.label}>
              <div className={styles.group}>{group.label}</div>
              <ul className={styles.list}>
                {group.links.filter(shown).map(({ to, label, icon: Icon }) => (
                  <li key={to}>
                    <Link to={to} className={styles.link} activeOptions={{ exact: to === "/" }}>
                      <Icon size={18} stroke={1.7} aria-hidden />
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </ScrollArea>
        <div className={styles.foot}>
          <a className={styles.link} href="/docs" target="_blank" rel="noreferrer">
            <IconExternalLink size={18} stroke={1.7} aria-hidden />
            API reference
            <VisuallyHidden>(opens another tab)</VisuallyHidden>
          </a>
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className={styles.content}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
