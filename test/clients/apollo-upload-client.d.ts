/** The package has its types in JSDoc comments, which the compiler options of this project do not read. */
declare module 'apollo-upload-client/UploadHttpLink.mjs' {
  import { ApolloLink } from '@apollo/client';

  export default class UploadHttpLink extends ApolloLink {
    constructor(options: { readonly uri: string; readonly fetch: typeof fetch });
  }
}
