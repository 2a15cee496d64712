/** The product's mark: a page of text above, the few positions that stand for it below. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-lagoon-7)" />
      <g fill="#fff">
        <rect x="8" y="7" width="16" height="5" rx="1.6" />
        <rect x="8" y="13.5" width="16" height="5" rx="1.6" opacity=".78" />
        <rect x="8" y="20" width="4" height="5" rx="1.4" opacity=".56" />
        <rect x="14" y="20" width="4" height="5" rx="1.4" opacity=".56" />
        <rect x="20" y="20" width="4" height="5" rx="1.4" opacity=".56" />
      </g>
    </svg>
  );
}
