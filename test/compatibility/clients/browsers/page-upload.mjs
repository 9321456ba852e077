/** Script that uploads the file of the page's only new file input. It runs in the browser. */
export const uploadFromInput = async ({ endpoint, token, operations, map }) => {
  const form = new FormData();
  form.append('operations', operations);
  form.append('map', map);
  form.append('file', document.querySelector('#compatibility').files[0]);
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body: form });
  return { status: response.status, body: await response.text() };
};

/** Script that adds an empty file input to the page. */
export const addInput = () => {
  const input = Object.assign(document.createElement('input'), { type: 'file', id: 'compatibility' });
  document.body.append(input);
};

const { ENDPOINT, TOKEN, OPERATIONS, MAP } = process.env;

/** Argument of `uploadFromInput`. */
export const UPLOAD = { endpoint: ENDPOINT, token: TOKEN, operations: OPERATIONS, map: MAP };

/** Page of the same origin as the API. */
export const PAGE = new URL('/', ENDPOINT).href;
