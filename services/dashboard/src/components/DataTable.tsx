import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";

import styles from "./DataTable.module.css";

export interface Column<T> {
  header: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the end. */
  align?: "start" | "end";
  /** The header is for screen readers alone: a column of buttons. */
  hiddenHeader?: boolean;
}

interface Props<T> {
  /** What the rows are, for screen readers. */
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
}

/** A table; at a phone's width each row becomes a block. The first column names the row. */
export function DataTable<T>({ caption, columns, rows, rowKey }: Props<T>) {
  return (
    <table className={styles.table}>
      <caption>
        <VisuallyHidden>{caption}</VisuallyHidden>
      </caption>
      <thead>
        <tr>
          {columns.map(({ header, align, hiddenHeader }) => (
            <th key={header} scope="col" className={align === "end" ? styles.end : undefined}>
              {hiddenHeader ? <VisuallyHidden>{header}</VisuallyHidden> : header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ header, cell, align, hiddenHeader }) => (
              <td
                key={header}
                data-label={hiddenHeader ? undefined : header}
                className={align === "end" ? styles.end : undefined}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
