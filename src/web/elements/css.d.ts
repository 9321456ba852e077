/** Vite replaces such an import by the text of the stylesheet. */
declare module '*.css?inline' {
  const css: string;
  export default css;
}
