import { ActionIcon, Button, Menu, SimpleGrid, Stack, Tabs } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconFlame, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import type { Corpus } from "@/api/types";
import { useMay } from "@/auth/scopes";
import { confirmDanger } from "@/components/confirm";
import { CopyButton } from "@/components/CopyButton";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { PageSkeleton } from "@/components/PageSkeleton";
import { StatCard } from "@/components/StatCard";
import { formatBytes, formatCount } from "@/lib/format";

import { DocumentsPanel } from "./DocumentsPanel";
import { LearnedPanel } from "./LearnedPanel";
import { useDeleteCorpus, useRenameCorpus } from "./mutations";
import { NameDialog } from "./NameDialog";
import { corpusQuery } from "./queries";
import { UploadPanel } from "./uploads/UploadPanel";
import { VersionsPanel } from "./VersionsPanel";

const NewJob = lazy(async () => ({ default: (await import("@/pages/jobs/NewJob")).NewJob }));

export function CorpusPage() {
  const { corpusId } = useParams({ from: "/signed-in/corpora/$corpusId" });
  const corpus = useQuery(corpusQuery(corpusId));
  if (corpus.data === undefined) {
    return corpus.isError ? (
      <>
        <PageHeader title="Corpus" back={{ to: "/corpora", label: "Corpora" }} />
        <ErrorNotice error={corpus.error} retry={() => void corpus.refetch()} />
      </>
    ) : (
      <PageSkeleton />
    );
  }
  return <CorpusView corpus={corpus.data} />;
}

function CorpusView({ corpus }: { corpus: Corpus }) {
  const mayWrite = useMay("write");
  const [renaming, rename] = useDisclosure(false);
  const [training, train] = useDisclosure(false);
  const renameMutation = useRenameCorpus(corpus, rename.close);
  const remove = useDeleteCorpus(corpus);
  return (
    <>
      <PageHeader
        title={corpus.name}
        back={{ to: "/corpora", label: "Corpora" }}
        aside={<CopyButton value={corpus.id} label={`Copy the id ${corpus.id}`} />}
        actions={
          mayWrite && (
            <>
              <Button leftSection={<IconFlame size={16} />} onClick={train.open} disabled={corpus.documents === 0}>
                Train a cartridge
              </Button>
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon size="lg" variant="default" aria-label="More for this corpus">
                    <IconDots size={18} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item leftSection={<IconPencil size={16} />} onClick={rename.open}>
                    Rename
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<IconTrash size={16} />}
                    color="rose"
                    onClick={() =>
                      confirmDanger({
                        title: `Delete ${corpus.name}?`,
                        body: "Its documents, its jobs and their conversations go. Cartridges that were trained from it stay.",
                        verb: "Delete the corpus",
                        onConfirm: () => remove.mutate(),
                      })
                    }
                  >
                    Delete
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </>
          )
        }
      />
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <StatCard
            label="Documents"
            value={formatCount(corpus.documents)}
            hint={corpus.pending > 0 ? `${formatCount(corpus.pending)} being checked` : "ready to be learned"}
          />
          <StatCard label="Size" value={formatBytes(corpus.size_bytes)} hint="of text" />
          <StatCard
            label="Tokens"
            value={corpus.tokens === null ? "–" : formatCount(corpus.tokens)}
            hint={corpus.tokens === null ? "counted by the first job" : "for the base model"}
          />
          <StatCard label="Version" value={corpus.version} hint="counts changes of the texts" />
        </SimpleGrid>
        {mayWrite && <UploadPanel corpusId={corpus.id} />}
        <Tabs defaultValue="documents" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="documents">Documents</Tabs.Tab>
            <Tabs.Tab value="learned">Jobs and cartridges</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="documents">
            <DocumentsPanel corpus={corpus} />
          </Tabs.Panel>
          <Tabs.Panel value="learned">
            <LearnedPanel corpus={corpus} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsPanel corpus={corpus} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      <NameDialog
        opened={renaming}
        onClose={rename.close}
        title="Rename the corpus"
        label="Name"
        verb="Rename"
        initial={corpus.name}
        mutation={renameMutation}
      />
      {training && (
        <Suspense>
          <NewJob corpusId={corpus.id} onClose={train.close} />
        </Suspense>
      )}
    </>
  );
}
