package lemnos.http;

import io.netty.buffer.ByteBufHolder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Messages that wait to be taken, and how much memory they have, roughly. */
final class MessageQueue {
  /** What a message without content counts as. */
  private static final int HEAD_BYTES = 1024;

  private static final int CONTENT_BYTES = 64;

  /** The first message: mostly there is no other, and then this is all that is touched. */
  private @Nullable Object first;

  private int firstBytes;

  /** Those behind it. */
  private final ArrayDeque<Object> others = new ArrayDeque<>(0);

  /** Of all of them. */
  private int bytes;

  boolean isEmpty() {
    return first == null;
  }

  int bytes() {
    return bytes;
  }

  void add(Object message) {
    int weight = weight(message);
    bytes += weight;
    if (first == null) {
      first = message;
      firstBytes = weight;
    } else {
      others.add(message);
    }
  }

  @Nullable Object poll() {
    Object message = first;
    if (message != null) {
      bytes -= firstBytes;
      first = bytes == 0 ? null : others.poll();
      firstBytes = first == null ? 0 : weight(first);
    }
    return message;
  }

  private static int weight(Object message) {
    return message instanceof ByteBufHolder holder
        ? CONTENT_BYTES + holder.content().readableBytes()
        : HEAD_BYTES;
  }

  void release() {
    for (Object message = poll(); message != null; message = poll()) {
      ReferenceCountUtil.release(message);
    }
  }
}
