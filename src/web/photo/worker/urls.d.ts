/** Vite replaces such an import by the URL of the unchanged file. */
declare module '*?url' {
  const url: string;
  export default url;
}
