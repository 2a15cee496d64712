/** The product's look: one accent, quiet neutrals, small type, hairlines instead of shadows. */
import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  createTheme,
  type CSSVariablesResolver,
  Loader,
  type MantineColorsTuple,
  Modal,
  Paper,
  SegmentedControl,
  Skeleton,
  Tooltip,
} from "@mantine/core";

const lagoon: MantineColorsTuple = [
  "#ecfaf7", "#d3f2ec", "#a8e5da", "#76d4c5", "#48bfae", "#24a595", "#128a7d", "#0c7269", "#0a5c55", "#084a45",
];
const amber: MantineColorsTuple = [
  "#fff8e8", "#fdedc8", "#fadb94", "#f5c55a", "#eeb02e", "#d99613", "#b5780b", "#90590a", "#71460d", "#593710",
];
const iris: MantineColorsTuple = [
  "#f2f1fe", "#e3e1fc", "#c7c3f8", "#a7a1f2", "#8a82eb", "#7168e1", "#5d53d0", "#4b42ae", "#3d368c", "#312c70",
];
const rose: MantineColorsTuple = [
  "#fef1f2", "#fde0e2", "#fac4c9", "#f59ba4", "#ed6d7b", "#df4658", "#c42c42", "#a32135", "#861e30", "#6f1c2b",
];
const gray: MantineColorsTuple = [
  "#f7f8f8", "#eff1f1", "#e4e7e8", "#d3d8da", "#b4bcc0", "#8a949a", "#636d74", "#4b545a", "#343b40", "#1b2023",
];
const dark: MantineColorsTuple = [
  "#dfe3e5", "#b9c0c4", "#98a1a7", "#707a81", "#3f484e", "#2c3439", "#1e2529", "#13181b", "#0e1214", "#090c0d",
];

export const theme = createTheme({
  colors: { lagoon, amber, iris, rose, gray, dark },
  primaryColor: "lagoon",
  // The same in both schemes: the color of text on it is reckoned once, for light.
  primaryShade: 7,
  autoContrast: true,
  luminanceThreshold: 0.25,
  black: "#14191c",
  fontFamily: '"Inter Variable", ui-sans-serif, system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  headings: {
    fontFamily: '"Inter Variable", ui-sans-serif, system-ui, sans-serif',
    fontWeight: "620",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "2rem" },
      h2: { fontSize: "1rem", lineHeight: "1.5rem" },
      h3: { fontSize: "0.875rem", lineHeight: "1.25rem" },
    },
  },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "18px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray" } }),
    Alert: Alert.extend({ defaultProps: { variant: "light" } }),
    Badge: Badge.extend({
      defaultProps: { variant: "light", radius: "sm" },
      styles: { label: { textTransform: "none", fontWeight: 550, letterSpacing: 0 } },
    }),
    Button: Button.extend({ styles: { label: { fontWeight: 550 } } }),
    Loader: Loader.extend({ defaultProps: { type: "dots" } }),
    Modal: Modal.extend({
      styles: { title: { fontWeight: 620, fontSize: "1.0625rem" } },
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        closeButtonProps: { "aria-label": "Close" },
      },
    }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: "lg" } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: "xs" } }),
    Skeleton: Skeleton.extend({ defaultProps: { radius: "sm" } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } }),
  },
});

/** Text in an accent on the dark ground. Mantine takes the palette's palest, which looks white: nothing reads as danger. */
const darkAccents = Object.fromEntries(
  Object.entries({ lagoon: 4, amber: 3, iris: 3, rose: 4 }).map(([color, shade]) => [
    `--mantine-color-${color}-light-color`,
    `var(--mantine-color-${color}-${shade})`,
  ]),
);

/**
 * Colors with a meaning, the same on every page and in every chart: what a cartridge does, what ICL (the whole text in
 * the context) does, what no context does. Plus those of surfaces. In light, in dark.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f7f8f8",
    "--mantine-color-dimmed": "#5b656b",
    "--surface": "#ffffff",
    "--surface-sunken": "#f1f3f3",
    "--hairline": "#e2e6e7",
    "--series-cartridge": "#0c7269",
    "--series-icl": "#b5780b",
    "--series-none": "#8a949a",
    "--series-4": "#5d53d0",
    "--series-5": "#df4658",
    "--series-6": "#2f7fb8",
  },
  dark: {
    ...darkAccents,
    "--mantine-color-body": "#0e1214",
    "--mantine-color-dimmed": "#98a1a7",
    "--surface": "#151a1d",
    "--surface-sunken": "#0a0d0f",
    "--hairline": "#262d32",
    "--series-cartridge": "#48bfae",
    "--series-icl": "#eeb02e",
    "--series-none": "#79848b",
    "--series-4": "#a7a1f2",
    "--series-5": "#ed6d7b",
    "--series-6": "#6db6e6",
  },
});
