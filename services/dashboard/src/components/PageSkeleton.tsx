import { SimpleGrid, Skeleton, Stack } from "@mantine/core";

/** Stands where a page will be. */
export function PageSkeleton() {
  return (
    <Stack gap="lg" aria-busy="true" role="status" aria-label="Loading the page">
      <Skeleton h={28} w={220} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {Array.from({ length: 4 }, (_, index) => (
          <Skeleton key={index} h={96} radius="lg" />
        ))}
      </SimpleGrid>
      <Skeleton h={280} radius="lg" />
    </Stack>
  );
}
