import styles from "./CopyableCode.module.css";
import { CopyButton } from "./CopyButton";

/** A command or a piece of code, to be copied whole. */
export function CopyableCode({ code, label = "code" }: { code: string; label?: string }) {
  return (
    <div className={styles.frame}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0} role="region" aria-label={label}>
        {code}
      </pre>
      <div className={styles.copy}>
        <CopyButton value={code} label={`Copy the ${label}`} />
      </div>
    </div>
  );
}
