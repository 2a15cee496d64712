/** The recipe's settings with their explanations, limits and defaults, all from the API's own schema of it. */
import schemas from "@/api/recipe-schema.json";

interface Property {
  title?: string;
  description?: string;
  type?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  enum?: string[];
  items?: Property;
  anyOf?: Property[];
  $ref?: string;
}

interface ObjectSchema {
  description?: string;
  properties?: Record<string, Property>;
  enum?: string[];
}

const SCHEMAS = schemas as unknown as Record<string, ObjectSchema>;

export interface Setting {
  /** `training.steps`: where it stands in the recipe. */
  path: string;
  label: string;
  description: string;
  kind: "integer" | "number" | "boolean" | "choice" | "choices" | "text" | "questions";
  options: string[];
  default: unknown;
  min: number | undefined;
  max: number | undefined;
}

export interface SettingGroup {
  name: string;
  label: string;
  settings: Setting[];
}

export type RecipeValues = Record<string, unknown>;

function referred({ $ref }: Property): ObjectSchema | undefined {
  return $ref === undefined ? undefined : SCHEMAS[$ref.slice($ref.lastIndexOf("/") + 1)];
}

/** "min_gap_closed" reads "Minimum gap closed". */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\bmin\b/, "minimum").replace(/\bmax\b/, "maximum");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function settingOf(path: string, name: string, property: Property): Setting {
  const shape = property.anyOf?.find(({ type }) => type !== "null") ?? property;
  const options = referred(shape)?.enum ?? shape.enum ?? [];
  const itemOptions = shape.items === undefined ? undefined : referred(shape.items)?.enum;
  let kind: Setting["kind"] = "text";
  if (options.length > 0) kind = "choice";
  else if (itemOptions !== undefined) kind = "choices";
  else if (shape.type === "array") kind = "questions";
  else if (shape.type === "integer" || shape.type === "number" || shape.type === "boolean") kind = shape.type;
  return {
    path,
    label: labelOf(name),
    description: property.description ?? "",
    kind,
    options: itemOptions ?? options,
    default: property.default,
    min: shape.minimum ?? shape.exclusiveMinimum,
    max: shape.maximum ?? shape.exclusiveMaximum,
  };
}

function groups(): SettingGroup[] {
  const general: Setting[] = [];
  const found: SettingGroup[] = [{ name: "", label: "Cartridge", settings: general }];
  for (const [name, property] of Object.entries(SCHEMAS.Recipe?.properties ?? {})) {
    const inner = referred(property)?.properties;
    if (inner === undefined) {
      general.push(settingOf(name, name, property));
      continue;
    }
    const settings = Object.entries(inner).map(([each, of]) => settingOf(`${name}.${each}`, each, of));
    found.push({ name, label: name === "self_study" ? "Self-study" : labelOf(name), settings });
  }
  const order = ["", "self_study", "training", "retraining", "initialization", "evaluation"];
  const place = ({ name }: SettingGroup) => (order.indexOf(name) < 0 ? order.length : order.indexOf(name));
  return found.sort((a, b) => place(a) - place(b));
}

/** Every setting, in groups, the most important first. */
export const SETTING_GROUPS: readonly SettingGroup[] = groups();

export function valueAt(recipe: RecipeValues, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, name) => (inner as RecipeValues | undefined)?.[name], recipe);
}

/** Whether a recipe's value is another than the product's own choice. */
export function isChanged(setting: Setting, value: unknown): boolean {
  return value !== undefined && JSON.stringify(value ?? null) !== JSON.stringify(setting.default ?? null);
}

/** A recipe that says what differs from the defaults and nothing else, as the API takes it. */
export function recipeOf(values: Record<string, unknown>): RecipeValues {
  const recipe: RecipeValues = {};
  for (const { settings, name: group } of SETTING_GROUPS) {
    for (const setting of settings) {
      const value = values[setting.path];
      if (value === "" || !isChanged(setting, value)) continue;
      const name = setting.path.slice(group === "" ? 0 : group.length + 1);
      if (group === "") recipe[name] = value;
      else recipe[group] = { ...(recipe[group] as RecipeValues | undefined), [name]: value };
    }
  }
  return recipe;
}

/** The values of every setting, by path: those of a recipe, and defaults for what it leaves out. */
export function valuesOf(recipe: RecipeValues): Record<string, unknown> {
  const all = SETTING_GROUPS.flatMap(({ settings }) => settings);
  return Object.fromEntries(all.map((setting) => [setting.path, valueAt(recipe, setting.path) ?? setting.default]));
}

export function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 6 });
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each === "string")) return value.length === 0 ? "none" : value.map(labelOf).join(", ");
    return value.length === 1 ? "1 question" : `${value.length} questions`;
  }
  return typeof value === "string" ? value.replaceAll("_", " ") : JSON.stringify(value);
}
