/** Vite replaces such an import by the URL of the built worker. */
declare module '*?worker&url' {
  const url: string;
  export default url;
}
