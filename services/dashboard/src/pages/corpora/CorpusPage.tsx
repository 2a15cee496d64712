import { PageHeader } from "@/components/PageHeader";

export function CorpusPage() {
  return <PageHeader title="Corpus" />;
}
