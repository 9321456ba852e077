/** Values of the columns of a user that is being deleted. Only the id remains until the pictures are deleted. */
export const WITHOUT_USER_DATA = {
  name: null,
  emailMd5: null,
  emailSha256: null,
  blockedAt: null,
  blockedUntil: null,
  blockReason: null,
};

/** Values of the columns of a picture whose user is being deleted. The id and the path remain, to delete the files. */
export const WITHOUT_TEXTS = { fileName: '', altText: null, placeholder: null, dominantColor: null };
