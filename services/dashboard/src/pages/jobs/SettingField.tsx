import { JsonInput, MultiSelect, NumberInput, Select, Switch, Textarea } from "@mantine/core";

import { labelOf, shown, type Setting } from "./recipe";

interface Props {
  setting: Setting;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

/** The field of one setting, with its explanation and its default. */
export function SettingField({ setting, value, error, onChange }: Props) {
  const { label, kind, options, min, max } = setting;
  const description = `${setting.description} Default: ${shown(setting.default)}.`;
  const common = { label, description, error };
  const choices = options.map((each) => ({ value: each, label: labelOf(each) }));
  switch (kind) {
    case "integer":
    case "number":
      return (
        <NumberInput
          {...common}
          value={value as number | string}
          min={min}
          max={max}
          allowDecimal={kind === "number"}
          step={kind === "number" ? 0.05 : 1}
          onChange={onChange}
        />
      );
    case "boolean":
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "choice":
      return <Select {...common} data={choices} value={value as string} onChange={onChange} allowDeselect={false} />;
    case "choices":
      return <MultiSelect {...common} data={choices} value={value as string[]} onChange={onChange} />;
    case "questions":
      return (
        <JsonInput
          {...common}
          placeholder='[{"question": "Who …?", "answer": "…", "distractors": ["…", "…"]}]'
          defaultValue={Array.isArray(value) && value.length > 0 ? JSON.stringify(value, null, 1) : ""}
          validationError="This is no JSON"
          autosize
          minRows={3}
          maxRows={12}
          onChange={(text) => onChange(parsed(text, setting.default))}
        />
      );
    default:
      return (
        <Textarea
          {...common}
          value={(value as string | null) ?? ""}
          onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value)}
          autosize
          maxRows={8}
        />
      );
  }
}

/** What the field holds; a text that is not JSON yet goes to the API as it is, which says what is wrong with it. */
function parsed(text: string, otherwise: unknown): unknown {
  if (text.trim() === "") return otherwise;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
