package lemnos.http;

import io.netty.buffer.ByteBufAllocator;

/**
 * What is behind a {@link Link}: a channel, or a stream of a connection that has no channel of its
 * own. It tells the link what comes. Everything happens on one worker.
 */
sealed interface Wire extends Flusher.Flushed permits ChannelWire, ServerStream {
  ByteBufAllocator alloc();

  /** Whether it is one of many streams of a connection. */
  boolean isStream();

  /** Whether it goes through TLS. */
  boolean isSecure();

  /** Whether it can still send. */
  boolean isActive();

  /** Whether it can take more now. */
  boolean isWritable();

  /** Writes {@code message}, which this releases; it goes out at the end of the turn. */
  void write(Object message);

  /** The actor has taken {@code message}, behind which {@code queuedBytes} still wait. */
  void taken(Object message, int queuedBytes);

  /** Ends it when what was written is on its way. */
  void close();

  /** Ends it now; what was written may be lost. */
  void abort();
}
