import { chmod, copyFile, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A folder that stands for the file system of an image, and what runs in it. */
export interface Root {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly user: string;
  /** Folders of this machine, beside those of the base image. */
  readonly mounts?: readonly Mount[];
  /** Nothing can be written but to the mounts, and no other host can be reached. */
  readonly sealed?: boolean;
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/** Ids of the users that the official image of Node has. */
const USER_IDS: Readonly<Record<string, number>> = { root: 0, node: 1000 };

/** As the image has them in /usr/local, which is this machine's here. */
const NODE_FOLDER = '/opt/node';
const NPM_FOLDER = '/opt/npm';
export const PATH = `${NODE_FOLDER}/bin:/usr/sbin:/usr/bin`;

/** The npm that runs the tests. */
const NPM = dirname(dirname(process.env['npm_execpath'] as string));

/** What stands for the base image; the rest of it is made in {@link makeRoot}. */
const BASE_MOUNTS: readonly Mount[] = [
  { source: '/usr', target: '/usr', writable: false },
  { source: '/etc/ssl', target: '/etc/ssl', writable: false },
  { source: NPM, target: NPM_FOLDER, writable: false },
];

/**
 * For a shell as root in namespaces of its own: the root, whether it is sealed, a mode, a source and a target for each
 * mount, `--`, and the command.
 */
const ENTER = `
  set -e
  root=$1; sealed=$2; shift 2
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  while [ "$1" != -- ]; do
    mkdir -p "$root$3"
    mount --bind "$2" "$root$3"
    [ "$1" = rw ] || mount -o remount,bind,ro "$root$3"
    shift 3
  done
  shift
  if [ "$sealed" = true ]; then
    ip link set lo up
    mount -t tmpfs tmpfs "$root/tmp"
    mount -o remount,bind,ro "$root"
  fi
  exec chroot "$root" "$@"`;

/** Makes what a slim image of Debian with Node has, as far as Portrait needs it. */
export async function makeRoot(root: string): Promise<void> {
  for (const folder of [
    'usr',
    'proc',
    'dev',
    'etc/ssl',
    'root',
    'tmp',
    'var/lib',
    'home/node',
    'opt/node/bin',
  ]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) {
    if ((await lstat(`/${link}`)).isSymbolicLink()) {
      await symlink(await readlink(`/${link}`), join(root, link));
    }
  }
  for (const file of ['resolv.conf', 'hosts', 'nsswitch.conf']) {
    await copyFile(join('/etc', file), join(root, 'etc', file));
  }
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  const bin = join(root, NODE_FOLDER, 'bin');
  await copyFile(process.execPath, join(bin, 'node'));
  await writeFile(join(bin, 'npm'), `#!/bin/sh\nexec node ${NPM_FOLDER}/bin/npm-cli.js "$@"\n`);
  await chmod(join(bin, 'npm'), 0o755);
}

/** The words that run a command inside, as the first process there. It needs root. */
export function enterRoot(options: Root, command: readonly string[]): string[] {
  const { root, sealed = false, mounts = [] } = options;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', ...(sealed ? ['--net'] : [])];
  return [
    'unshare',
    ...namespaces,
    ...['sh', '-c', ENTER, 'sh', root, String(sealed)],
    ...[...BASE_MOUNTS, ...mounts].flatMap(({ source, target, writable }) => [
      writable ? 'rw' : 'ro',
      source,
      target,
    ]),
    '--',
    ...asUser(options, command),
  ];
}

/** The words that run a command as a user, in a folder, with nothing but an environment, by programs of the image. */
export function asUser(options: Omit<Root, 'root'>, command: readonly string[]): string[] {
  const { user, directory, environment } = options;
  const id = USER_IDS[user];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    ...['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'],
    ...['env', '-i', `--chdir=${directory}`, ...variables],
    ...command,
  ];
}
