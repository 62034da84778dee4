package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReceiveBuffersTest {
  private final ExtendedHandle handle = ReceiveBuffers.OF_STREAMS.newHandle();

  /** A read as Netty's channels do it, while {@code there} bytes are there. */
  private int read(int there) {
    ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    handle.attemptedBytesRead(buffer.writableBytes());
    handle.lastBytesRead(there < 0 ? there : Math.min(there, buffer.writableBytes()));
    int size = buffer.capacity();
    buffer.release();
    return size;
  }

  private int sizeAfter(int reads, int bytes) {
    for (int i = 0; i < reads; i++) {
      read(bytes);
    }
    return read(bytes);
  }

  @Test
  void theFirstBufferTakesMoreThanAPacket() {
    assertEquals(2304, read(1));
  }

  /** Each fits with some room, so no second read finds that nothing more is there. */
  @ParameterizedTest
  @ValueSource(ints = {64, 100, 127})
  void whatIsSmallGetsTheSmallest(int bytes) {
    assertEquals(128, sizeAfter(20, bytes));
  }

  @Test
  void aMessageOfAPowerOfTwoIsReadAtOnceAndInTheLeastThatHoldsIt() {
    assertEquals(256, sizeAfter(20, 128));
    assertEquals(640, sizeAfter(20, 512));
    assertEquals(640, sizeAfter(20, 256));
    assertEquals(4352, sizeAfter(20, 4096));
    assertEquals(16896, sizeAfter(20, 16384));
    assertEquals(33792, sizeAfter(20, 32768));
    assertEquals(16896, sizeAfter(20, 16384));
    assertEquals(256, sizeAfter(20, 200));
  }

  @Test
  void bulkGetsTheLargestSoon() {
    assertEquals(2304, read(1 << 20));
    assertEquals(8704, read(1 << 20));
    assertEquals(33792, read(1 << 20));
    assertEquals(65536, read(1 << 20));
    assertEquals(65536, read(1 << 20));
  }

  @Test
  void oneSmallReadAmongLargeOnesChangesNothing() {
    assertEquals(16896, sizeAfter(20, 16384));
    for (int i = 0; i < 20; i++) {
      assertEquals(16896, read(100));
      assertEquals(16896, read(16384));
    }
    assertEquals(16896, read(100));
    assertEquals(16896, read(100));
    assertEquals(8704, read(100));
  }

  @Test
  void aReadThatFindsNothingAndTheEndSayNothing() {
    assertEquals(16896, sizeAfter(20, 16384));
    for (int i = 0; i < 20; i++) {
      assertEquals(16896, read(0));
      assertEquals(16896, read(-1));
    }
  }

  /** A read that fills the smallest buffer, or the largest, stays within the sizes. */
  @Test
  void thereIsASmallestAndALargest() {
    assertEquals(128, sizeAfter(20, 1));
    assertEquals(128, read(128));
    assertEquals(640, read(1));
    assertEquals(65536, sizeAfter(20, Integer.MAX_VALUE));
    assertEquals(65536, read(1));
    assertEquals(65536, read(1 << 20));
    assertEquals(65536, read(1));
    assertEquals(65536, read(1));
    assertEquals(33792, read(1));
  }

  @Test
  void streamsReadByThem() {
    var channel = new EmbeddedChannel();
    TcpOptions.standard().applyTo(channel);
    assertSame(
        ReceiveBuffers.OF_STREAMS,
        channel.config().<io.netty.channel.RecvByteBufAllocator>getRecvByteBufAllocator());
    assertEquals(16, ReceiveBuffers.OF_STREAMS.maxMessagesPerRead());
    channel.finishAndReleaseAll();
  }
}
