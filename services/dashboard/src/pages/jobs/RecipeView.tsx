import { Accordion, Badge, Group, Text } from "@mantine/core";

import styles from "./RecipeView.module.css";
import { isChanged, SETTING_GROUPS, shown, valueAt, type RecipeValues } from "./recipe";

/** A recipe with every setting explained in place; those that differ from the defaults are marked. */
export function RecipeView({ recipe }: { recipe: RecipeValues }) {
  return (
    <Accordion multiple variant="separated" defaultValue={["Cartridge"]} order={3}>
      {SETTING_GROUPS.map(({ label, settings }) => {
        const rows = settings.map((setting) => {
          const value = valueAt(recipe, setting.path) ?? setting.default;
          return { setting, value, changed: isChanged(setting, value) };
        });
        const changes = rows.filter(({ changed }) => changed).length;
        return (
          <Accordion.Item key={label} value={label}>
            <Accordion.Control>
              <Group gap="xs">
                <Text fw={550}>{label}</Text>
                {changes > 0 && (
                  <Text size="sm" c="dimmed">
                    {changes} changed
                  </Text>
                )}
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <dl className={styles.settings}>
                {rows.map(({ setting, value, changed }) => (
                  <div key={setting.path} className={styles.setting}>
                    <dt>
                      <Group gap={8}>
                        {setting.label}
                        {changed && (
                          <Badge size="xs" color="iris" title={`Default: ${shown(setting.default)}`}>
                            changed
                          </Badge>
                        )}
                      </Group>
                      <Text size="sm" c="dimmed" fw={400}>
                        {setting.description}
                      </Text>
                    </dt>
                    <dd className="tabular">{shown(value)}</dd>
                  </div>
                ))}
              </dl>
            </Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}
