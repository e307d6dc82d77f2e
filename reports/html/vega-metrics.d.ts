/** What vega exports and its types leave out: how it measures texts where there is no canvas. */
declare module "vega" {
  export const textMetrics: {
    width: (
      item: { readonly fontSize?: number; readonly fontWeight?: number | string; readonly limit?: number },
      text: unknown,
    ) => number;
  };
}
