/** An operation that developers can copy and run. */
export interface ExampleOperation {
  readonly title: string;
  readonly query: string;
}

/** An upload. Short, because it is one line of a command. */
export const UPLOAD = 'mutation ($file: File!) { uploadProfilePicture(file: $file) { avatarUrl } }';

/** Operations in the order in which developers need them. */
export const EXAMPLE_OPERATIONS: readonly ExampleOperation[] = [
  {
    title: 'Read the signed-in user',
    query: `query {
  viewer {
    id
    name
    avatarUrl(size: 128)
    profilePicture { altText width height srcSet }
  }
}`,
  },
  {
    title: 'Read several users',
    query: `query {
  users(ids: ["alice", "bob"]) {
    id
    avatarUrl(size: 64)
  }
}`,
  },
  {
    title: 'Describe the picture for screen readers',
    query: `mutation {
  updateProfilePicture(altText: "Smiling in front of a bookshelf") {
    profilePicture { altText }
  }
}`,
  },
  {
    title: 'Remove the picture',
    query: `mutation {
  removeProfilePicture { avatarUrl }
}`,
  },
  {
    title: 'Restore the previous picture',
    query: `mutation {
  restoreProfilePicture { avatarUrl }
}`,
  },
];
