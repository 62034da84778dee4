package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;

/**
 * A datagram. Closing it releases its bytes.
 *
 * @param data what it says; whoever has it releases it
 * @param peer who sent it, or who is to get it
 */
public record Datagram(ByteBuf data, InetSocketAddress peer) implements AutoCloseable {
  @Override
  public void close() {
    data.release();
  }
}
