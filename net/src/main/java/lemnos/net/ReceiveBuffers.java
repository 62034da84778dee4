package lemnos.net;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * How large the buffer is that a stream reads into: as small as it can be without a second read for
 * the same message. What many connections read then stays in the processor's cache.
 *
 * <p>The sizes are a bit above the powers of two, which many messages have: a read that fills its
 * buffer looks as if there were more. Up to the last but two they are what Netty's allocator keeps
 * ready for each thread; it looks longer for what is larger, and in a JVM whose heap has 512 MiB or
 * less it takes that from the system for each read anew.
 */
final class ReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  static final ReceiveBuffers OF_STREAMS = new ReceiveBuffers();

  static final int[] SIZES = {128, 256, 640, 1152, 2304, 4352, 8704, 16896, 33792, 65536};

  /** More than a packet holds. */
  static final int FIRST = 4;

  /** By how many sizes the buffer grows: bulk is soon read in the largest pieces. */
  private static final int GROWTH = 2;

  /** How often a channel that asks by itself may be read in a row: as Netty has it for streams. */
  private static final int MAX_READS = 16;

  private ReceiveBuffers() {
    super(MAX_READS);
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Guess();
  }

  private final class Guess extends MaxMessageHandle {
    private int index = FIRST;

    /** Whether the last read would have done with the next smaller buffer: twice, and it is. */
    private boolean wasSmall;

    @Override
    public int guess() {
      return SIZES[index];
    }

    @Override
    public void lastBytesRead(int bytes) {
      super.lastBytesRead(bytes);
      if (bytes <= 0) {
        return; // nothing was there, or the end is: no message's size
      }
      if (bytes == attemptedBytesRead()) {
        index = Math.min(index + GROWTH, SIZES.length - 1);
        wasSmall = false;
      } else if (index > 0 && bytes < SIZES[index - 1]) {
        index -= wasSmall ? 1 : 0;
        wasSmall = true;
      } else {
        wasSmall = false;
      }
    }
  }
}
