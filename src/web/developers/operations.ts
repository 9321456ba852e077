/** An operation that developers can copy and run. */
export interface ExampleOperation {
  readonly title: string;
  readonly query: string;
}

/** An upload. Short, because it is one line of a command. */
export const UPLOAD = 'mutation Upload($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }';

/** Operations in the order in which developers need them. */
export const EXAMPLE_OPERATIONS: readonly ExampleOperation[] = [
  {
    title: 'Read the signed-in user',
    query: `query Viewer {
  viewer {
    id
    name
    avatarUrl(size: 128)
    profilePicture { id altText width height srcSet }
  }
}`,
  },
  {
    title: 'Read several users',
    query: `query Users {
  users(ids: ["alice", "bob"]) {
    id
    avatarUrl(size: 64)
  }
}`,
  },
  {
    title: 'Describe the picture for screen readers',
    query: `mutation Describe {
  updateProfilePicture(altText: "Smiling in front of a bookshelf") {
    id
    profilePicture { id altText }
  }
}`,
  },
  {
    title: 'Remove the picture',
    query: `mutation Remove {
  removeProfilePicture { id avatarUrl }
}`,
  },
  {
    title: 'Restore the previous picture',
    query: `mutation Restore {
  restoreProfilePicture { id avatarUrl }
}`,
  },
];
