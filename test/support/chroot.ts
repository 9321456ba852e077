import { chmod, copyFile, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A folder that serves as the file system of an image, and the settings of commands that run in it. */
export interface Root {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly user: string;
  /** Folders of this machine to mount, in addition to those of the base image. */
  readonly mounts?: readonly Mount[];
  /** Whether only /tmp and the writable mounts can be written to, and other hosts are unreachable. */
  readonly sealed?: boolean;
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/** IDs of the users in Node's official image. */
const USER_IDS: Readonly<Record<string, number>> = { root: 0, node: 1000 };

/** The image has Node and npm in /usr/local. Here, /usr is mounted from this machine, so they need other folders. */
const NODE_FOLDER = '/opt/node';
const NPM_FOLDER = '/opt/npm';
export const PATH = `${NODE_FOLDER}/bin:/usr/sbin:/usr/bin`;

/** The npm that runs the tests. */
const NPM = dirname(dirname(process.env['npm_execpath'] as string));

/** Mounts that replace the base image. {@link makeRoot} creates the rest. */
const BASE_MOUNTS: readonly Mount[] = [
  { source: '/usr', target: '/usr', writable: false },
  { source: '/etc/ssl', target: '/etc/ssl', writable: false },
  { source: NPM, target: NPM_FOLDER, writable: false },
];

/**
 * Script for a root shell in new namespaces. Its arguments are the root, whether it is sealed, the mode, source and
 * target of each mount, `--`, and the command.
 */
const ENTER_SCRIPT = `
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

/** Creates the parts of a slim Debian image with Node that Portrait needs. */
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

/** Returns the command line that runs a command in the root, as its first process. Only the user `root` can run it. */
export function rootCommandLine(options: Root, command: readonly string[]): string[] {
  const { root, sealed = false, mounts = [] } = options;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', ...(sealed ? ['--net'] : [])];
  return [
    'unshare',
    ...namespaces,
    ...['sh', '-c', ENTER_SCRIPT, 'sh', root, String(sealed)],
    ...[...BASE_MOUNTS, ...mounts].flatMap(({ source, target, writable }) => [
      writable ? 'rw' : 'ro',
      source,
      target,
    ]),
    '--',
    ...userCommandLine(options, command),
  ];
}

/**
 * Returns the command line that runs a command as a user, in a folder, with only the given environment. The command
 * line uses programs of the image.
 */
export function userCommandLine(options: Omit<Root, 'root'>, command: readonly string[]): string[] {
  const { user, directory, environment } = options;
  const id = USER_IDS[user];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    ...['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'],
    ...['env', '-i', `--chdir=${directory}`, ...variables],
    ...command,
  ];
}
