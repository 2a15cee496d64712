import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { explain } from "@/api/problems";

interface Props {
  error: unknown;
  /** Asks again. */
  retry?: () => void;
}

/** An error in place: what happened, what to do, and what to tell whoever runs the server. */
export function ErrorNotice({ error, retry }: Props) {
  const { title, detail, advice, link, requestId } = explain(error);
  return (
    <Alert color="rose" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      <Text size="md">{detail}</Text>
      {advice !== null && (
        <Text size="md" mt={4}>
          {advice}
        </Text>
      )}
      <Group mt="sm" gap="md">
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
        {link && (
          <Anchor component={Link} to={link.to} size="sm">
            {link.label}
          </Anchor>
        )}
        {requestId !== null && (
          <Text size="xs" c="dimmed">
            Request {requestId}
          </Text>
        )}
      </Group>
    </Alert>
  );
}
