import { expect, it } from 'vitest';
import { findPictures } from '../../src/web/graphiql/find-pictures.ts';

const OWN = 'http://localhost:4000/portrait';

it('finds each picture of a result once, including those in a srcset', () => {
  const response = JSON.stringify({
    data: {
      users: [
        { avatarUrl: `${OWN}/initials/128/3/A.svg`, profilePicture: null },
        {
          avatarUrl: `${OWN}/static/64.webp`,
          profilePicture: {
            srcSet: `${OWN}/static/64.webp 64w, ${OWN}/static/128.jpg 128w`,
            placeholder: 'data:image/webp;base64,AAAA',
          },
        },
      ],
    },
  });
  expect(findPictures(response, [OWN])).toEqual([
    { url: `${OWN}/initials/128/3/A.svg`, path: 'users.0.avatarUrl' },
    { url: `${OWN}/static/64.webp`, path: 'users.1.avatarUrl' },
    { url: `${OWN}/static/128.jpg`, path: 'users.1.profilePicture.srcSet' },
    { url: 'data:image/webp;base64,AAAA', path: 'users.1.profilePicture.placeholder' },
  ]);
});

it('ignores pictures of other hosts, and text that is not the URL of a picture', () => {
  const texts = [
    'https://tracker.example/pixel.png',
    `${OWN}.example/pixel.png`,
    `${OWN}/graphql`,
    'photo.webp',
    'data:text/html,x',
  ];
  expect(findPictures(JSON.stringify({ data: { texts } }), [OWN])).toEqual([]);
});

it('finds pictures under a second URL prefix', () => {
  const url = 'https://cdn.example/pictures/64.webp';
  const response = JSON.stringify({ data: { url, other: 'https://cdn.example/other/64.webp' } });
  expect(findPictures(response, [OWN, 'https://cdn.example/pictures'])).toEqual([{ url, path: 'url' }]);
});

it.for([null, '', 'no JSON', 'null', '{"errors":[]}', '[]'])('finds no pictures in %s', (response) => {
  expect(findPictures(response, [OWN])).toEqual([]);
});
