import { PageHeader } from "@/components/PageHeader";

export function CartridgePage() {
  return <PageHeader title="Cartridge" />;
}
