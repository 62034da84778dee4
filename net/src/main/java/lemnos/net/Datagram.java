package lemnos.net;

import io.netty.buffer.ByteBuf;

/**
 * A datagram. Closing it releases its bytes.
 *
 * @param data what it says; whoever has it releases it
 * @param peer who sent it, or who is to get it
 */
public record Datagram<P>(ByteBuf data, P peer) implements AutoCloseable {
  @Override
  public void close() {
    data.release();
  }
}
