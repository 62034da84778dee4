package lemnos.net;

import io.netty.buffer.ByteBuf;

/**
 * What is done with each piece of what arrives on a connection.
 *
 * @param <X> what it throws
 */
@FunctionalInterface
public interface PieceHandler<X extends Exception> {
  /** Handles {@code piece}, and releases it or passes it on. */
  void handle(ByteBuf piece) throws X;
}
