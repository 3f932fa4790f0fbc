import type { Socket } from 'node:net';

/** The next bytes, with the socket paused again afterwards; undefined once it has ended. */
export function nextChunk(socket: Socket): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const onData = (chunk: Buffer): void => {
    socket.pause();
    resolve(chunk);
  };
  const onEnd = (): void => resolve(undefined);
  socket.once('data', onData).once('end', onEnd).once('close', onEnd).once('error', onEnd);
  socket.resume();
  return promise.finally(() => {
    socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
  });
}
