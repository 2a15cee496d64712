/** The charts' code, which is large: only ever imported lazily, by `./index`. */
import "@mantine/charts/styles.css";

export { AreaChart, BarChart, BarsList, CompositeChart, LineChart, ScatterChart, Sparkline } from "@mantine/charts";
