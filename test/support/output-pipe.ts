import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** A named pipe for the output of a process. Node's own `stdio: 'pipe'` is a pair of sockets. */
export interface OutputPipe {
  /** Write end for a process. It blocks, as if a shell had opened it. */
  readonly fd: number;
  /** Fills the pipe completely. @returns the number of bytes written. */
  fill(): number;
  /** Starts to read the pipe. @returns a function that returns the text so far. */
  read(): () => string;
  /** Closes both ends in this process, so that the pipe has no reader. */
  close(): void;
  /** Reopens the read end after `close`. @returns its descriptor, which does not block. */
  reopen(): number;
  /** Opens another write end, which does not block. */
  openWriter(): number;
}

/** Creates a pipe for the current test. At first, no process reads it. */
export async function outputPipe(): Promise<OutputPipe> {
  const path = join(await temporaryFolder(), 'output');
  await promisify(execFile)('mkfifo', [path]);
  const openReader = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const openWriter = () => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  let reader: number | undefined = openReader();
  let writer: number | undefined = openSync(path, constants.O_WRONLY);
  let socket: Socket | undefined;
  const close = () => {
    socket?.destroy();
    for (const fd of [socket === undefined ? reader : undefined, writer]) {
      if (fd !== undefined) {
        closeSync(fd);
      }
    }
    reader = undefined;
    writer = undefined;
    socket = undefined;
  };
  onTestFinished(close);
  return {
    get fd() {
      if (writer === undefined) {
        throw new Error('The pipe is closed.');
      }
      return writer;
    },
    fill() {
      const fd = openWriter();
      let bytes = 0;
      try {
        // A pipe accepts a write of up to a page completely or not at all.
        for (const size of [4096, 1]) {
          bytes += fillWith(fd, '\n'.repeat(size));
        }
      } finally {
        closeSync(fd);
      }
      return bytes;
    },
    read() {
      let text = '';
      socket = new Socket({ fd: reader as number, readable: true, writable: false });
      socket.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      return () => text;
    },
    close,
    reopen() {
      reader = openReader();
      return reader;
    },
    openWriter() {
      const fd = openWriter();
      onTestFinished(() => closeSync(fd));
      return fd;
    },
  };
}

function fillWith(fd: number, text: string): number {
  let bytes = 0;
  try {
    for (;;) {
      bytes += writeSync(fd, text);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
      throw error;
    }
  }
  return bytes;
}
